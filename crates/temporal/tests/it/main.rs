//! This crate on a Temporal dev server. What the engine shares with the fake one is in `contract`.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod codec;
mod connect;
mod contract;
mod engine;
mod projection;
mod source;
mod support;
