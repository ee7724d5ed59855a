//! The settings of the gateway: defaults < `fast-temporal.toml` < `.env` < environment < flags.
//!
//! The configuration structs of the server and of core declare their settings. This module adds those of the program,
//! of authentication and of the connection to Temporal, and reads all of them. Loading is pure: it receives the contents
//! of the sources and returns all settings or all errors. Only [`Sources`] reads from the machine.

mod api_key;
pub mod auth;
mod catalog;
mod document;
mod dotenv;
pub mod error;
mod kind;
pub mod listen;
pub mod reader;
pub mod reference;
mod report;
mod section;
pub mod source;
mod table;
mod temporal;

#[cfg(test)]
mod tests;

#[cfg(feature = "dev")]
use std::collections::BTreeMap;
use std::{path::PathBuf, sync::Arc};

use fast_temporal_core::{
    FeedConfig,
    settings::{SettingReader as _, path},
};
use fast_temporal_server::AppConfig;
use fast_temporal_temporal::TemporalConfig;

use self::{
    auth::AuthSettings,
    error::ConfigErrors,
    listen::ListenSettings,
    reader::{Reader, Row},
    source::{CONFIG, Sources},
};
use crate::logging::LogSettings;

/// All settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the gateway listens.
    pub listen: ListenSettings,
    /// How clients authenticate.
    pub auth: AuthSettings,
    /// The connection to Temporal.
    pub temporal: TemporalConfig,
    /// The address of Temporal, if it is set.
    pub temporal_address: Option<String>,
    /// Feeds and followers.
    pub feed: FeedConfig,
    /// The server.
    pub app: AppConfig,
    /// Logging.
    pub log: LogSettings,
    /// Settings that are valid, but most likely a mistake.
    pub warnings: Vec<String>,
    #[cfg(feature = "dev")]
    entries: BTreeMap<String, fast_temporal_core::catalog::CatalogEntry>,
    rows: Vec<Row>,
}

impl Settings {
    /// Reads all settings.
    ///
    /// # Errors
    /// All errors in the settings.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        table::check(&mut reader);
        let mut file = PathBuf::from(source::DEFAULT_FILE);
        reader.read(&CONFIG, &path(), &mut file);
        let mut app = AppConfig::default();
        let listen = ListenSettings::read(&mut reader, &mut app);
        let auth = AuthSettings::read(&mut reader);
        app.auth = auth.config();
        let (temporal, temporal_address) = temporal::read(&mut reader);
        app.seed.default_workflow = catalog::read_default(&mut reader);
        let default_workflow = app.seed.default_workflow.as_ref();
        let entries = catalog::read_entries(&mut reader, default_workflow);
        app.catalog = Arc::new(catalog::catalog(entries.clone(), default_workflow));
        app.read_settings(&mut reader);
        check_idle_timeout(&mut reader, &app);
        let mut feed = FeedConfig::default();
        feed.read_settings(&mut reader);
        let mut log = LogSettings::default();
        log.read_settings(&mut reader);
        let (rows, warnings) = reader.finish()?;
        Ok(Self {
            listen,
            auth,
            temporal,
            temporal_address,
            feed,
            app,
            log,
            warnings,
            #[cfg(feature = "dev")]
            entries,
            rows,
        })
    }

    /// Sets the default workflow unless one is set. The catalog then includes it.
    #[cfg(feature = "dev")]
    pub fn default_workflow_or(&mut self, workflow: fast_temporal_protocol::seed::SeedWorkflow) {
        let workflow = self.app.seed.default_workflow.get_or_insert(workflow);
        self.app.catalog = Arc::new(catalog::catalog(self.entries.clone(), Some(workflow)));
    }

    /// Returns whether a setting is not set.
    #[cfg(feature = "dev")]
    pub fn is_default(&self, variable: &str) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| row.name == variable && row.origin == error::Origin::Default)
    }

    /// Returns every setting with its value and origin.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

fn check_idle_timeout(reader: &mut Reader, app: &AppConfig) {
    if app.websocket.idle_timeout <= app.websocket.ping_interval {
        reader.reject_setting(
            "websocket.idle_timeout_seconds",
            "more seconds than the ping interval",
        );
    }
}
