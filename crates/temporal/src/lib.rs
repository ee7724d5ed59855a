//! Temporal, as the gateway sees it.
//!
//! The way in: [`TemporalEngine`] is the [`Engine`](fast_temporal_core::Engine) that is a real
//! cluster, made from a [`TemporalConfig`]. [`cli::find_cli`] finds or fetches Temporal's CLI, and
//! [`DevServer`] runs a dev server with it. This is the one crate of the gateway that names
//! Temporal's own types; it knows nothing of HTTP.

pub mod cli;
mod config;
mod connect;
pub mod dev_server;
mod engine;
mod failure;
mod payload;
mod projection;
mod rpc;
mod source;
mod stream_item;
mod word;

pub use self::{
    config::{Secret, TemporalConfig, TlsConfig},
    connect::ConnectError,
    dev_server::{DevServer, DevServerConfig, DevServerError},
    engine::TemporalEngine,
    projection::Projection,
};
