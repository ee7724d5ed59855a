//! A Temporal dev server for tests, on free ports. The CLI is found or fetched as `fast-temporal dev`
//! does it.

use std::env;

use fast_temporal_dev::{CliSearch, DevServer, DevServerConfig, FoundCli, find_cli};
use fast_temporal_temporal::{TemporalConfig, TemporalEngine};
use tempfile::TempDir;

/// A dev server. Dropping it kills it.
#[derive(Debug)]
pub struct TestServer {
    config: DevServerConfig,
    server: Option<DevServer>,
    address: String,
    _folder: Option<TempDir>,
}

/// Starts a server without a database.
pub async fn start() -> TestServer {
    start_with(|_| {}).await
}

/// Starts a server with a database, so that its state survives a restart.
pub async fn start_with_database() -> TestServer {
    let folder = TempDir::new().expect("a folder for temporary files");
    let database = folder.path().join("temporal.db");
    start_in(Some(folder), |config| config.database = Some(database)).await
}

/// Starts a server with changed settings.
pub async fn start_with(set: impl FnOnce(&mut DevServerConfig)) -> TestServer {
    start_in(None, set).await
}

async fn start_in(folder: Option<TempDir>, set: impl FnOnce(&mut DevServerConfig)) -> TestServer {
    let mut config = DevServerConfig::new(cli().await.path);
    set(&mut config);
    let server = run(&config).await;
    let address = server.address();
    config.port = Some(server.port());
    TestServer {
        config,
        server: Some(server),
        address,
        _folder: folder,
    }
}

/// Finds the Temporal CLI, or fetches it into the cache of `fast-temporal dev`.
///
/// # Panics
/// There is no CLI and it can't be fetched. The message says what to install.
pub async fn cli() -> FoundCli {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no settings to read these from"
    )]
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let search = CliSearch::from_variables(variable);
    match find_cli(&search, report).await {
        Ok(found) => found,
        Err(error) => panic!("{error}"),
    }
}

#[expect(clippy::print_stderr, reason = "slow steps report progress")]
fn report(step: &str) {
    eprintln!("{step}");
}

async fn run(config: &DevServerConfig) -> DevServer {
    match DevServer::start(config.clone(), report).await {
        Ok(server) => server,
        Err(error) => panic!("{error}"),
    }
}

impl TestServer {
    /// Returns its address, `127.0.0.1:port`, which a restart keeps.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the settings of a connection to it.
    pub fn config(&self) -> TemporalConfig {
        TemporalConfig {
            address: self.address.clone(),
            ..TemporalConfig::default()
        }
    }

    /// Returns an engine with a connection of its own.
    ///
    /// # Panics
    /// Never: the address is valid.
    pub fn engine(&self) -> TemporalEngine {
        TemporalEngine::new(self.config()).expect("the address is valid")
    }

    /// Kills it, as `kill -9` does.
    pub async fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill().await;
        }
    }

    /// Stops it and waits until it has exited.
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Restarts it on the same port, with the same database if it has one.
    pub async fn restart(&mut self) {
        self.kill().await;
        self.server = Some(run(&self.config).await);
    }
}
