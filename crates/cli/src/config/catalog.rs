//! The workflows that may be started by name: `[workflows.NAME]`, in the file only.

use std::{collections::BTreeMap, path::Path};

use fast_temporal_core::{Catalog, InputSchema, InvalidSchema, catalog::CatalogEntry};
use serde_json::Value as JsonValue;

use super::{
    WorkflowSettings,
    error::ConfigError,
    layer::document::{Node, Value},
    reader::{Reader, Section, kind},
};

/// The table of the file.
pub(crate) const TABLE: &str = "workflows";

/// The workflows that may be started by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogSettings {
    /// What the file says of them, by name.
    pub entries: BTreeMap<String, CatalogEntry>,
}

impl CatalogSettings {
    pub(super) fn read(reader: &mut Reader, default: Option<&WorkflowSettings>) -> Self {
        let sections = reader.sections(TABLE);
        let entries: BTreeMap<_, _> = sections
            .into_iter()
            .filter_map(|(name, section)| Some((name.clone(), entry(reader, &name, section)?)))
            .collect();
        if let Some(default) = default
            && let Some(entry) = entries.get(&default.name)
            && !is_same(entry, default)
        {
            let name = &default.name;
            reader.warnings.push(format!(
                "the default workflow {name} and {TABLE}.{name} differ: clients that name it are \
                 given the latter"
            ));
        }
        Self { entries }
    }

    /// The catalog. The default workflow stands in it too, unless another has its name.
    pub fn catalog(&self, default: Option<&WorkflowSettings>) -> Catalog {
        let mut entries = self.entries.clone();
        if let Some(default) = default {
            let entry = || CatalogEntry {
                workflow_type: default.name.clone(),
                task_queue: default.task_queue.clone(),
                start_signal: default.start_signal.clone(),
                ..CatalogEntry::default()
            };
            entries.entry(default.name.clone()).or_insert_with(entry);
        }
        Catalog::new(entries)
    }
}

fn is_same(entry: &CatalogEntry, default: &WorkflowSettings) -> bool {
    entry.workflow_type == default.name
        && entry.task_queue == default.task_queue
        && entry.start_signal == default.start_signal
}

fn entry(reader: &mut Reader, name: &str, mut section: Section) -> Option<CatalogEntry> {
    section.check_name(reader, name, &kind::name());
    let workflow_type = section.optional(reader, "type", &kind::name());
    let because = "a workflow needs a task queue";
    let task_queue = section.required(reader, "task_queue", &kind::name(), because);
    let start_signal = section.optional(reader, "start_signal", &kind::name());
    let input = schema(reader, &mut section);
    let signals = messages(reader, &mut section, "signals");
    let updates = messages(reader, &mut section, "updates");
    section.end(reader);
    Some(CatalogEntry {
        workflow_type: workflow_type.unwrap_or_else(|| name.to_owned()),
        task_queue: task_queue?,
        start_signal,
        input,
        signals,
        updates,
    })
}

/// What the arguments of signals, or of updates, must be like, by name.
fn messages(
    reader: &mut Reader,
    section: &mut Section,
    key: &'static str,
) -> BTreeMap<String, InputSchema> {
    let outer = section
        .take(key)
        .and_then(|node| reader.section(section.name_of(key), node));
    let sections = outer.map(|outer| outer.into_sections(reader));
    let sections = sections.unwrap_or_default().into_iter();
    sections
        .filter_map(|(name, mut section)| {
            section.check_name(reader, &name, &kind::name());
            let errors = reader.errors.len();
            let schema = schema(reader, &mut section);
            if schema.is_none() && reader.errors.len() == errors {
                reader.errors.push(ConfigError::Missing {
                    missing: section.name_of(INPUT),
                    because: format!(
                        "{} is there to say what its arguments are like",
                        section.name
                    ),
                });
            }
            section.end(reader);
            Some((name, schema?))
        })
        .collect()
}

type Compile = fn(&JsonValue) -> Result<InputSchema, InvalidSchema>;

const INPUT: &str = "input";
const ARGS: &str = "args";

/// `input`, which the one argument must be like, or `args`, which the array of all must.
fn schema(reader: &mut Reader, section: &mut Section) -> Option<InputSchema> {
    let of_one: Compile = InputSchema::of_only_argument;
    let of_all: Compile = InputSchema::of_all_arguments;
    let (key, node, compile) = match (section.take(INPUT), section.take(ARGS)) {
        (None, None) => return None,
        (Some(node), None) => (INPUT, node, of_one),
        (None, Some(node)) => (ARGS, node, of_all),
        (Some(_), Some(node)) => {
            let allowed = format!("{INPUT} for the one argument, or {ARGS} for all, not both");
            section.refuse(reader, ARGS, &node, node.value.kind().to_owned(), allowed);
            return None;
        }
    };
    let (read, shown, schema) = source(reader, section, key, &node)?;
    let origin = reader.line(&node);
    section.show(reader, key, shown, origin);
    compile(&schema)
        .map_err(|error| {
            section.refuse(
                reader,
                key,
                &node,
                read,
                format!("{SCHEMA}; this is {error}"),
            );
        })
        .ok()
}

const SCHEMA: &str = "a JSON Schema, or the path of a file with one";

/// A schema that stands here, or in a file: how errors and reports name it, and its text.
fn source(
    reader: &mut Reader,
    section: &Section,
    key: &str,
    node: &Node,
) -> Option<(String, String, JsonValue)> {
    let Value::Text(path) = &node.value else {
        let read = node.value.kind().to_owned();
        let schema = node.value.to_json();
        let schema = schema.filter(|schema| schema.is_object() || schema.is_boolean());
        if schema.is_none() {
            section.refuse(reader, key, node, read.clone(), SCHEMA.to_owned());
        }
        return Some((read, "(inline)".to_owned(), schema?));
    };
    let name = section.name_of(key);
    let file = reader.beside_file(Path::new(path));
    let text = reader.text(&name, &file)?;
    match serde_json::from_str(&text) {
        Ok(schema) => Some((format!("{path:?}"), path.clone(), schema)),
        Err(error) => {
            reader.errors.push(ConfigError::File {
                name,
                path: file.display().to_string(),
                reason: format!("it is no JSON: {error}"),
            });
            None
        }
    }
}
