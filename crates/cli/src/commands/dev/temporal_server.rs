//! The Temporal server of `dev`: a dev server of its own, or the configured one.

use std::path::PathBuf;

use anyhow::Context as _;
use fast_temporal_dev::{CliSearch, DevServer, DevServerConfig, find_cli};
use fast_temporal_temporal::TemporalConfig;

use crate::{args::DevArgs, config::Settings, output};

/// The namespace that every dev server has.
const DEFAULT_NAMESPACE: &str = "default";

/// The Temporal server.
pub(super) enum TemporalServer {
    /// A dev server that ends with this command.
    Own {
        server: Box<DevServer>,
        /// The CLI's version and source.
        cli: String,
        database: Option<PathBuf>,
    },
    /// A server at this address, which is already running.
    Configured(String),
}

impl TemporalServer {
    /// Finds or fetches the CLI, starts the server and waits until it is ready.
    pub(super) async fn prepare(
        arguments: &DevArgs,
        settings: &Settings,
        search: &CliSearch,
    ) -> anyhow::Result<Self> {
        if let Some(address) = &settings.temporal_address {
            output::say(&format!("Using Temporal at {address}"));
            return Ok(Self::Configured(address.clone()));
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

    /// Points the gateway at the started server, which has no API keys and no TLS.
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

    /// Describes the server: names and values.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let (server, cli, database) = match self {
            Self::Configured(address) => return vec![("Temporal", address.clone())],
            Self::Own {
                server,
                cli,
                database,
            } => (server, cli, database),
        };
        let ui = server.ui_url().map(|url| ("Temporal's UI", url));
        let state = match database {
            Some(path) => format!("kept in {}", path.display()),
            None => "deleted at the end (--db FILE keeps it)".to_owned(),
        };
        let address = format!("{}  ({cli})", server.address());
        let lines = [Some(("Temporal", address)), ui, Some(("State", state))];
        lines.into_iter().flatten().collect()
    }

    /// Waits until a started server ends by itself. Returns its exit status. Cancel safe.
    pub(super) async fn ended(&mut self) -> String {
        match self {
            Self::Own { server, .. } => server.ended().await,
            Self::Configured(_) => std::future::pending().await,
        }
    }

    pub(super) async fn stop(self) {
        if let Self::Own { server, .. } = self {
            output::say("Stopping Temporal's dev server");
            server.stop().await;
        }
    }
}
