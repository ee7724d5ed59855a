//! A Temporal server for development and tests.
//!
//! [`find_cli`] finds Temporal's CLI or fetches it, and [`DevServer`] runs the dev server that the
//! CLI contains. `fast-temporal dev` and the test fixtures use this crate; a deployed gateway does
//! not contain it.

mod dev_server;
mod temporal_cli;

pub use self::{
    dev_server::{DevServer, DevServerConfig, DevServerError},
    temporal_cli::{CliSearch, CliSource, FindCliError, FoundCli, find_cli},
};
