//! The gateway's surface, on a fake Temporal. WebSockets use real sockets; HTTP requests call the router.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot continue fails there"
)]

mod auth;
mod connection;
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
mod seed_discovery;
mod support;
mod v1;
