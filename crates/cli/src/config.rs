//! The settings: defaults < `fast-temporal.toml` < `.env` < environment < flags.
//!
//! Loading is pure: what stands in the sources is passed in, and what comes out is either all
//! settings or everything that is wrong with them. Only [`Sources::gather`] looks at the machine,
//! and gives loading the means to read the files that settings name.

mod error;
mod layer;
mod reader;
mod report;
pub(crate) mod setting;
mod source;

pub(crate) mod auth;
pub(crate) mod catalog;
pub(crate) mod feed;
pub(crate) mod limit;
pub(crate) mod listen;
pub(crate) mod log;
pub(crate) mod temporal;
pub(crate) mod verb;
pub(crate) mod workflow;

#[cfg(test)]
mod tests;

use fast_temporal_server::VerbTimeouts;

use self::reader::{Reader, kind};
pub use self::{
    auth::{AuthMode, AuthSettings},
    catalog::CatalogSettings,
    error::{ConfigError, ConfigErrors},
    feed::FeedSettings,
    limit::LimitSettings,
    listen::ListenSettings,
    log::{LogFormat, LogSettings},
    reader::Row,
    setting::{Group, Setting},
    source::{CONFIG, File, Files, Flag, Origin, Sources},
    temporal::TemporalSettings,
    workflow::WorkflowSettings,
};

/// The prefix of the variables that are only ours.
const PREFIX: &str = "FAST_TEMPORAL_";

/// Everything that can be set, by concern.
pub static GROUPS: &[&Group] = &[
    &source::SOURCE,
    &listen::LISTEN,
    &auth::AUTH,
    &temporal::TEMPORAL,
    &workflow::WORKFLOW,
    &limit::LIMIT,
    &verb::VERB,
    &feed::FEED,
    &log::LOG,
];

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the gateway listens, and to whom.
    pub listen: ListenSettings,
    /// Who may do what.
    pub auth: AuthSettings,
    /// How Temporal is reached.
    pub temporal: TemporalSettings,
    /// The workflow that clients start where they name none.
    pub workflow: Option<WorkflowSettings>,
    /// The workflows that may be started by name.
    pub catalog: CatalogSettings,
    /// Limits on connections.
    pub limit: LimitSettings,
    /// How long each verb may take.
    pub verbs: VerbTimeouts,
    /// How workflows are followed.
    pub feed: FeedSettings,
    /// Log lines.
    pub log: LogSettings,
    /// What is no error and yet most likely not meant.
    pub warnings: Vec<String>,
    rows: Vec<Row>,
}

impl Settings {
    /// Reads all settings.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        for table in GROUPS.iter().filter_map(|group| group.table) {
            reader.check_table(table);
        }
        reader.optional(&CONFIG, &kind::path());
        let listen = ListenSettings::read(&mut reader);
        let auth = AuthSettings::read(&mut reader);
        let temporal = TemporalSettings::read(&mut reader);
        let workflow = WorkflowSettings::read(&mut reader);
        let catalog = CatalogSettings::read(&mut reader, workflow.as_ref());
        let limit = LimitSettings::read(&mut reader);
        let verbs = verb::read(&mut reader);
        let feed = FeedSettings::read(&mut reader);
        let log = LogSettings::read(&mut reader);
        reader.end(PREFIX);
        let Reader {
            rows,
            errors,
            warnings,
            ..
        } = reader;
        if !errors.is_empty() {
            return Err(ConfigErrors(errors));
        }
        Ok(Self {
            listen,
            auth,
            temporal,
            workflow,
            catalog,
            limit,
            verbs,
            feed,
            log,
            warnings,
            rows,
        })
    }

    /// Whether nobody said anything of that setting.
    pub fn is_default(&self, setting: &Setting) -> bool {
        self.rows
            .iter()
            .any(|row| row.name == setting.variable && row.origin == Origin::Default)
    }

    /// Every setting with its value and where that came from.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}
