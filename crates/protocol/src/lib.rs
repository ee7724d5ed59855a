//! Frames, events, cursors and codes of the Fast Temporal protocols: plain values, with their
//! text forms and JSON Schemas. Knows nothing of sockets, runtimes or Temporal's own types.
//!
//! The way in: [`Event`] is what clients receive, [`Cursor`] is where they resume, [`ErrorCode`]
//! is what they are told when something is wrong, [`v1`] is what they ask for, [`seed`] is the
//! protocol of the Python package `fast-temporal`, and [`stream`] is how workers mark what they
//! publish.

mod argument;
pub mod close;
mod cursor;
mod error;
pub mod event;
mod failure;
mod json;
pub mod path;
pub mod seed;
pub mod stream;
pub mod v1;

pub use self::{
    argument::{Args, ArgumentError, check_argument},
    cursor::{Cursor, CursorError, Position},
    error::{ErrorBody, ErrorCode},
    event::{Event, EventData},
    failure::Failure,
    json::Json,
};
