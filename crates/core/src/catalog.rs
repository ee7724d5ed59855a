//! The workflows that clients can start by name.

use std::collections::BTreeMap;

use fast_temporal_protocol::Json;

use crate::input_schema::{InputSchema, SchemaMismatch};

/// The workflows that clients can start by name.
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
    /// The signal that receives the arguments of a start; without one, the workflow itself does.
    pub start_signal: Option<String>,
    /// The schema of the arguments of a start.
    pub input: Option<InputSchema>,
    /// The schemas of the arguments of signals, by the signal's name.
    pub signals: BTreeMap<String, InputSchema>,
    /// The schemas of the arguments of updates, by the update's name.
    pub updates: BTreeMap<String, InputSchema>,
}

/// The kind of a message to a running workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A signal.
    Signal,
    /// An update.
    Update,
}

impl Catalog {
    /// Returns a catalog of these entries, by name.
    pub fn new(entries: BTreeMap<String, CatalogEntry>) -> Self {
        Self { entries }
    }

    /// Returns the entry of that name.
    pub fn get(&self, name: &str) -> Option<&CatalogEntry> {
        self.entries.get(name)
    }

    /// Returns all entries, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CatalogEntry)> {
        self.entries
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// Whether any entry has a schema for messages of that kind and name. If none has, the workflow's
    /// type does not matter.
    pub fn has_schema(&self, message: Message, name: &str) -> bool {
        self.entries
            .values()
            .any(|entry| entry.schema(message, name).is_some())
    }

    /// Checks a message's arguments against the schemas of all entries of the workflow's type.
    ///
    /// # Errors
    /// The arguments don't match a schema.
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
