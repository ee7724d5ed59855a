//! The gateway's surface, on a fake Temporal: real sockets for what is spoken over them.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails there")]

mod client;
mod discovery;
mod drain;
mod events;
mod gateway;
mod hardening;
mod health;
mod raw;
mod seed;
mod silence;
