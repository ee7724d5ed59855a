//! This crate on a real Temporal dev server.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod cli;
mod dev_server;
mod engine;
mod source;
mod worker;
