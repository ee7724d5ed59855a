//! The gateway's surface, on a fake Temporal: real sockets for what is spoken over them.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails there")]

mod auth;
mod client;
mod discovery;
mod document;
mod drain;
mod events;
mod gateway;
mod hardening;
mod health;
mod limit;
mod log;
mod payloads;
mod raw;
mod rest;
mod seed;
mod silence;
mod v1;
