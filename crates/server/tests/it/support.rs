//! The vocabulary of the server's tests.
//!
//! | to | use |
//! |---|---|
//! | start a gateway on a fake Temporal | [`Gateway::start`], [`Gateway::start_with`] and a changed [`Setup`] |
//! | start one with users who have API keys, or with tokens | [`Gateway::with_users`], [`Gateway::with_tokens`] |
//! | start more nodes | [`Gateway::another_node`] |
//! | change the workflows behind it | [`Gateway::engine`], [`Gateway::started`] |
//! | act as a client with or without credentials | [`Gateway::user`], [`Gateway::bearer`], [`Gateway::anonymous`] |
//! | call REST, and check the response | [`Client::get`], [`Client::post`], [`Reply`]; [`path_of`] a workflow |
//! | check a response against the OpenAPI document | [`Document::check`]; [`Client`] does it itself |
//! | read an event stream | [`Client::event_stream`], [`EventStream`] |
//! | speak `v1` over a WebSocket | [`Client::v1`], [`V1Client`] |
//! | speak the `seed` dialect | [`Client::seed`], [`SeedClient`] |
//! | send malformed bytes | [`RawSocket`], [`frame`] |
//! | sign tokens, and serve their keys | [`token`], [`KeyServer`] |
//! | read what the gateway logs | [`CapturedLog`] |
//! | test random values | [`for_random`] |
//! | measure time on the paused clock | [`Timer`] |
//! | write payloads, and compare events | [`payload`], [`to_json`], [`last_cursor`], [`count_events`] |
//!
//! Unless its documentation says otherwise, a method of a client expects success, and a failure shows what it received.

mod captured_log;
mod client;
mod event_stream;
mod gateway;
mod key_server;
mod openapi;
mod random;
mod raw_socket;
mod seed_client;
mod timer;
pub mod token;
mod v1_client;
mod value;
mod websocket;

pub use fast_temporal_testkit::websocket::{frame, upgrade_request};

pub use self::{
    captured_log::CapturedLog,
    client::{Client, Reply, path_of},
    event_stream::EventStream,
    gateway::{Gateway, Setup, entry, only_argument},
    key_server::{KeyResponse, KeyServer},
    openapi::Document,
    random::{for_random, paused_runtime},
    raw_socket::RawSocket,
    seed_client::SeedClient,
    timer::Timer,
    v1_client::{V1Client, code},
    value::{count_events, last_cursor, payload, to_json},
    websocket::WebSocket,
};
