//! Finding Temporal's CLI and running its dev server.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod dev_server;
mod temporal_cli;
