//! The HTTP, SSE and WebSocket surface of the gateway.
//!
//! The way in: an [`App`] holds what all connections share; [`router`] is the whole surface on one
//! page; [`serve`] accepts connections until it is told to stop, and then lets them come to an end.
//! Knows nothing of Temporal but what [`fast_temporal_core::Engine`] says.

mod app;
mod config;
mod connection;
mod error;
mod events;
mod health;
mod origin;
mod router;
mod seed;
mod serve;
mod websocket;

pub use self::{
    app::App,
    config::{AllowedOrigins, AppConfig, EventsConfig, SeedConfig, WebSocketLimits},
    error::ApiError,
    router::router,
    serve::serve,
};
