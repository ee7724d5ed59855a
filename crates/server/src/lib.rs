//! The HTTP, SSE and WebSocket surface of the gateway.
//!
//! The way in: an [`App`] holds what all connections share; [`router`] is the whole surface on one
//! page; [`serve`] accepts connections until shutdown, and then drains them.
//! Knows of Temporal only what [`fast_temporal_core::Engine`] provides.

mod app;
mod auth;
mod caller;
mod config;
mod connection;
mod error;
mod events;
mod limit;
mod openapi;
mod operation;
mod origin;
mod readiness;
mod rest;
mod router;
mod seed;
mod serve;
mod v1;
mod websocket;

pub use ipnet::IpNet;

pub use self::{
    app::App,
    auth::{
        api_key::{ApiKey, ApiKeyError, NewApiKey},
        auth_config::{
            AuthConfig, CredentialsConfig, InvalidJwksUrl, JwksConfig, JwtConfig, TicketConfig,
        },
        jwt_key::{JwtAlgorithm, JwtKey, JwtKeyError},
        secret::{Secret, SecretTooShort},
    },
    config::{
        AppConfig, ConnectionLimits, EventsConfig, OperationTimeouts, RequestLimits, SeedConfig,
        V1Config, WebSocketLimits,
    },
    error::ApiError,
    origin::AllowedOrigins,
    router::{openapi, router},
    serve::serve,
};
