//! Events, cursors, requests and codes of the Fast Temporal protocols: plain values with their
//! wire forms and JSON Schemas. Knows nothing of sockets, runtimes or Temporal's own types.
//!
//! Start here: [`Event`] is what clients receive, [`Cursor`] is where they resume, [`ErrorCode`]
//! says what went wrong, [`v1`] is the protocol of new clients, and [`seed`] is the protocol of the
//! Python package `fast-temporal`.

mod argument;
pub mod close;
mod cursor;
mod error;
pub mod event;
mod failure;
mod json;
mod parse;
pub mod path;
pub mod seed;
pub mod v1;

/// The crate that derives the JSON Schemas of these types.
pub use schemars;

pub use self::{
    argument::{Args, ArgumentError, check_argument},
    cursor::{Cursor, CursorError, Position},
    error::{ErrorBody, ErrorCode},
    event::{Event, EventData},
    failure::Failure,
    json::Json,
};
