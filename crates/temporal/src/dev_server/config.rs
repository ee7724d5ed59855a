//! How to run a dev server.

use std::path::PathBuf;

/// How to run a dev server.
#[derive(Clone, Debug)]
pub struct DevServerConfig {
    /// The Temporal CLI. See [`find_cli`](crate::cli::find_cli).
    pub cli: PathBuf,
    /// The port of its gRPC service on 127.0.0.1; a free one where `None`.
    pub port: Option<u16>,
    /// Whether it serves Temporal's UI.
    pub ui: Ui,
    /// The file that keeps its state; it forgets all where `None`.
    pub database: Option<PathBuf>,
    /// The file that its log is appended to.
    pub log: Option<PathBuf>,
    /// Further arguments of `temporal server start-dev`, such as `--dynamic-config-value`,
    /// `frontend.namespaceCount=10`, or `--search-attribute`, `Customer=Keyword`.
    pub extra_args: Vec<String>,
}

/// Whether a dev server serves Temporal's UI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ui {
    /// No.
    Off,
    /// On a free port of 127.0.0.1.
    FreePort,
    /// On this port of 127.0.0.1.
    Port(u16),
}

impl DevServerConfig {
    /// A server on a free port, without UI, that forgets all.
    pub fn new(cli: impl Into<PathBuf>) -> Self {
        Self {
            cli: cli.into(),
            port: None,
            ui: Ui::Off,
            database: None,
            log: None,
            extra_args: Vec::new(),
        }
    }
}
