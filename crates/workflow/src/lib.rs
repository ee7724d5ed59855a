//! Temporal workflows in Rust that report well.
#![deny(missing_docs)]

pub mod stream;
