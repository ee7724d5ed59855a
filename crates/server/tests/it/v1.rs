//! The `v1` protocol over WebSockets.

mod auth;
mod client;
mod fairness;
mod from_now;
mod hostile;
mod progress;
mod request;
mod selection;
mod session;
mod stream;
mod subscribe;
mod upgrade;
mod wanderer;

pub use client::V1;
