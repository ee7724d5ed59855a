//! The `v1` dialect over WebSockets.

mod auth;
mod event_filter;
mod operation;
mod progress;
mod random_input;
mod reconnecting_client;
mod subscribe;
mod subscribe_from_now;
mod upgrade;
mod workflow_stream;
