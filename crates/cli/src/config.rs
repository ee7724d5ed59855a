//! The settings: defaults < `.env` < environment < flags.
//!
//! Loading is pure: what stands in the sources is passed in, and what comes out is either all
//! settings or everything that is wrong with them. Only [`Sources::gather`] looks at the machine.

mod error;
mod feed;
mod layer;
mod limit;
mod listen;
mod log;
mod reader;
mod report;
mod temporal;
mod tool;
mod workflow;

#[cfg(test)]
mod tests;

use self::reader::Reader;
pub use self::{
    error::{ConfigError, ConfigErrors},
    feed::FeedSettings,
    layer::{Flag, Origin, Sources, read_dotenv},
    limit::LimitSettings,
    listen::ListenSettings,
    log::{LogFormat, LogSettings},
    reader::Row,
    temporal::TemporalSettings,
    tool::ToolSettings,
    workflow::WorkflowSettings,
};

/// The prefix of the variables that are only ours.
const PREFIX: &str = "FAST_TEMPORAL_";

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the gateway listens, and to whom.
    pub listen: ListenSettings,
    /// How Temporal is reached.
    pub temporal: TemporalSettings,
    /// The workflow that clients start where they name none.
    pub workflow: Option<WorkflowSettings>,
    /// Limits on connections.
    pub limit: LimitSettings,
    /// How workflows are followed.
    pub feed: FeedSettings,
    /// Log lines.
    pub log: LogSettings,
    /// What the `dev` command needs.
    pub tool: ToolSettings,
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
        let mut warnings = Vec::new();
        let temporal = TemporalSettings::read(&mut reader, &mut warnings);
        let workflow = WorkflowSettings::read(&mut reader, &mut warnings);
        let listen = ListenSettings::read(&mut reader);
        let limit = LimitSettings::read(&mut reader);
        let feed = FeedSettings::read(&mut reader);
        let log = LogSettings::read(&mut reader);
        let tool = ToolSettings::read(&mut reader);
        let unknown = reader.unknown(PREFIX).into_iter();
        warnings.extend(unknown.map(|name| format!("{name} is set, and there is no such setting")));
        let Reader { rows, errors, .. } = reader;
        if !errors.is_empty() {
            return Err(ConfigErrors(errors));
        }
        Ok(Self {
            listen,
            temporal,
            workflow,
            limit,
            feed,
            log,
            tool,
            warnings,
            rows,
        })
    }

    /// Whether nobody said anything of that setting.
    pub fn is_default(&self, name: &str) -> bool {
        self.rows
            .iter()
            .any(|row| row.name == name && row.origin == Origin::Default)
    }

    /// Every setting with its value and where that came from.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}
