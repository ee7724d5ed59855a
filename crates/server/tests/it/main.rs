//! The gateway's surface, on a fake Temporal: real sockets for what is spoken over them.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails there")]

mod auth;
mod drain;
mod events;
mod fairness;
mod hardening;
mod health;
mod limit;
mod openapi;
mod openapi_responses;
mod payloads;
mod rest;
mod seed;
mod support;
mod v1;
