//! The HTTP, SSE and WebSocket surface of the gateway.
//!
//! The way in: an [`App`] holds what all connections share; [`router`] is the whole surface on one
//! page; [`serve`] accepts connections until shutdown, and then drains them.
//! Knows nothing of Temporal but what [`fast_temporal_core::Engine`] says.

mod app;
pub mod auth;
mod caller;
mod config;
mod connection;
mod error;
mod events;
mod health;
mod limit;
mod openapi;
mod origin;
mod rest;
mod router;
mod seed;
mod serve;
mod v1;
mod verb;
mod websocket;

pub use ipnet::IpNet;

pub use self::{
    app::App,
    config::{
        AllowedOrigins, AppConfig, AuthConfig, ConnectionLimits, EventsConfig, RequestLimits,
        SeedConfig, V1Config, VerbTimeouts, WebSocketLimits,
    },
    error::ApiError,
    router::{openapi, router},
    serve::serve,
};
