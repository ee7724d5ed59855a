//! The workflows that may be started by name, and how.

mod schema;

use std::collections::BTreeMap;

use fast_temporal_protocol::Json;

pub use self::schema::{InputSchema, InvalidSchema, SchemaMismatch};

/// The workflows that may be started by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    entries: BTreeMap<String, CatalogEntry>,
}

/// One workflow of the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogEntry {
    /// The workflow type.
    pub workflow_type: String,
    /// The task queue that its workers poll.
    pub task_queue: String,
    /// The signal that gets the arguments of a start; without one, the workflow itself gets them.
    pub start_signal: Option<String>,
    /// What the arguments of a start must be like.
    pub input: Option<InputSchema>,
    /// What the arguments of these signals must be like, by the signal's name.
    pub signals: BTreeMap<String, InputSchema>,
    /// What the arguments of these updates must be like, by the update's name.
    pub updates: BTreeMap<String, InputSchema>,
}

/// What is sent to a workflow that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A signal.
    Signal,
    /// An update.
    Update,
}

impl Catalog {
    /// A catalog of these entries, by name.
    pub fn new(entries: BTreeMap<String, CatalogEntry>) -> Self {
        Self { entries }
    }

    /// The entry of that name.
    pub fn get(&self, name: &str) -> Option<&CatalogEntry> {
        self.entries.get(name)
    }

    /// All entries, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CatalogEntry)> {
        self.entries
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// Whether any entry says what messages of that kind and name must be like. Where none does,
    /// the workflow's type need not be known.
    pub fn has_schema(&self, message: Message, name: &str) -> bool {
        self.entries
            .values()
            .any(|entry| entry.schema(message, name).is_some())
    }

    /// Checks a message's arguments against all entries of the workflow's type that say what they
    /// must be like.
    ///
    /// # Errors
    /// Where they don't fit, and why.
    pub fn check(
        &self,
        workflow_type: &str,
        message: Message,
        name: &str,
        args: &[Json],
    ) -> Result<(), SchemaMismatch> {
        self.entries
            .values()
            .filter(|entry| entry.workflow_type == workflow_type)
            .filter_map(|entry| entry.schema(message, name))
            .try_for_each(|schema| schema.check(args))
    }
}

impl CatalogEntry {
    fn schema(&self, message: Message, name: &str) -> Option<&InputSchema> {
        match message {
            Message::Signal => self.signals.get(name),
            Message::Update => self.updates.get(name),
        }
    }
}
