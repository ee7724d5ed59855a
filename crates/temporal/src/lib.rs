//! Temporal, as the gateway sees it.
//!
//! [`TemporalEngine`], made from a [`TemporalConfig`], is the [`Engine`](fast_temporal_core::Engine)
//! that is a real cluster. This is the one crate of the gateway that names Temporal's own types; it
//! knows nothing of HTTP.

mod codec;
mod config;
mod connect;
mod engine;
mod enum_name;
mod failure;
mod history;
mod payload;
mod projection;
mod rpc;
mod rpc_error;
mod source;
mod stream_item;

pub use secrecy::{ExposeSecret, SecretString};

pub use self::{
    config::{DEFAULT_ADDRESS, TemporalConfig, TlsConfig},
    connect::ConnectError,
    engine::TemporalEngine,
    projection::Projection,
};
