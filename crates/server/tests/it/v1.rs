//! The `v1` protocol over WebSockets.

mod auth;
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

pub use crate::support::V1;
use crate::support::v1 as client;
