//! The vocabulary of the server's tests.
//!
//! | to | use |
//! |---|---|
//! | start a gateway on a fake Temporal | [`Gateway::start`], [`Gateway::start_with`], [`config`] |
//! | drive the workflows behind it | [`Gateway::engine`] |
//! | call REST with users, their keys and a catalog | [`Users`], [`Api`]; [`at`] is a workflow's path |
//! | send a request without a socket, and read its JSON | [`Gateway::get`], [`json`] |
//! | check a response against the OpenAPI document | [`Document::check`]; [`Api`] does it itself |
//! | read an event stream | [`Stream`] |
//! | speak `v1` over a WebSocket | [`V1`] |
//! | speak the `seed` dialect | [`Client`] |
//! | send malformed bytes | [`Raw`], [`frame`] |
//! | sign tokens, and serve their keys | [`token`], [`KeyServer`] |
//! | read what the gateway logs | [`Log`] |

pub mod gateway;
pub mod key_server;
pub mod log;
mod openapi;
pub mod raw_socket;
pub mod rest;
mod sse;
pub mod token;
pub mod v1;
pub mod websocket;

pub use self::{
    gateway::{Gateway, config, json},
    key_server::{KeyServer, Mood},
    log::Log,
    openapi::Document,
    raw_socket::{Raw, frame, upgrade_request},
    rest::{Api, Reply, Users, at},
    sse::{Block, Stream},
    v1::V1,
    websocket::{Client, frames},
};
