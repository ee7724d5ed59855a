//! The Temporal of `dev`: a dev server of its own, or the one that the settings name.

use std::path::PathBuf;

use anyhow::Context as _;
use fast_temporal_dev::{CliSearch, DevServer, DevServerConfig, find_cli};
use fast_temporal_temporal::TemporalConfig;

use crate::{args::DevArgs, config::Settings, output};

/// The namespace that a dev server has by itself.
const DEFAULT_NAMESPACE: &str = "default";

/// Temporal, as `dev` uses it.
pub(super) enum Temporal {
    /// A dev server that was started here and ends with this program.
    Own {
        server: Box<DevServer>,
        /// The CLI's version, and where it came from.
        cli: String,
        database: Option<PathBuf>,
    },
    /// One that runs elsewhere, at this address.
    Given(String),
}

impl Temporal {
    /// Finds or fetches what is needed, starts the server and waits until it answers.
    pub(super) async fn prepare(
        arguments: &DevArgs,
        settings: &Settings,
        search: &CliSearch,
    ) -> anyhow::Result<Self> {
        if let Some(address) = &settings.temporal.address {
            output::say(&format!("Using Temporal at {address}"));
            return Ok(Self::Given(address.clone()));
        }
        output::say("Looking for the Temporal CLI");
        let cli = find_cli(search, output::say).await?;
        let path = cli.path.display();
        output::say(&format!(
            "Starting Temporal's dev server with {path}, from {}",
            cli.source
        ));
        let namespace = &settings.temporal.namespace;
        let mut extra_args = Vec::new();
        if namespace != DEFAULT_NAMESPACE {
            extra_args = vec!["--namespace".to_owned(), namespace.clone()];
        }
        let config = DevServerConfig {
            ui: !arguments.headless,
            database: arguments.db.clone(),
            extra_args,
            ..DevServerConfig::new(cli.path)
        };
        let server = DevServer::start(config, output::say)
            .await
            .context("cannot start Temporal")?;
        let cli = format!("{}, from {}", cli.version, cli.source);
        Ok(Self::Own {
            server: Box::new(server),
            cli,
            database: arguments.db.clone(),
        })
    }

    /// Points the gateway at the server that was started. It knows no keys and no TLS.
    pub(super) fn direct(&self, config: &mut TemporalConfig) {
        if let Self::Own { server, .. } = self {
            *config = TemporalConfig {
                address: server.address(),
                namespace: config.namespace.clone(),
                request_timeout: config.request_timeout,
                ..TemporalConfig::default()
            };
        }
    }

    /// What people should know of it: names and values.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let (server, cli, database) = match self {
            Self::Given(address) => return vec![("Temporal", address.clone())],
            Self::Own {
                server,
                cli,
                database,
            } => (server, cli, database),
        };
        let ui = server.ui_url().map(|url| ("Temporal's UI", url));
        let state = match database {
            Some(path) => format!("kept in {}", path.display()),
            None => "forgotten at the end (--db FILE keeps it)".to_owned(),
        };
        let address = format!("{}  ({cli})", server.address());
        let lines = [Some(("Temporal", address)), ui, Some(("State", state))];
        lines.into_iter().flatten().collect()
    }

    /// Waits until a server that was started here ends by itself. Returns its exit status. Cancel
    /// safe.
    pub(super) async fn ended(&mut self) -> String {
        match self {
            Self::Own { server, .. } => server.ended().await,
            Self::Given(_) => std::future::pending().await,
        }
    }

    pub(super) async fn stop(self) {
        if let Self::Own { server, .. } = self {
            output::say("Stopping Temporal's dev server");
            server.stop().await;
        }
    }
}
