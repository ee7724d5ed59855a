//! This crate on a real Temporal dev server.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod chain;
mod codec;
mod connect;
mod contract;
mod engine;
mod projection;
mod source;
mod worker;
