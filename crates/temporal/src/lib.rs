//! Temporal, as the gateway sees it.
//!
//! The way in: [`TemporalEngine`] is the [`Engine`](fast_temporal_core::Engine) that is a real
//! cluster, made from a [`TemporalConfig`]. This is the one crate of the gateway that names
//! Temporal's own types; it knows nothing of HTTP.

mod config;
mod connect;
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
    engine::TemporalEngine,
    projection::Projection,
};
