//! The library on a real Temporal dev server.

mod activities;
mod base_stream;
mod continue_as_new;
mod edge_case;
mod ending;
mod messages;
mod reports;
mod stream_attempt;
mod stream_in_python;
mod stream_in_rust;
mod stream_limit;
