//! The library on a real Temporal dev server.

mod activities;
mod base_stream;
mod compensation;
mod edge_case;
mod long_running;
mod messages;
mod stream_attempt;
mod stream_in_python;
mod stream_in_rust;
mod stream_limit;
