//! The workflows that clients can start by name: `[workflows.NAME]`, and `[default_workflow]`.

use std::{collections::BTreeMap, path::Path};

use fast_temporal_core::{
    Catalog, InputSchema, InvalidSchema, catalog::CatalogEntry, settings::name,
};
use fast_temporal_protocol::seed::SeedWorkflow;
use serde_json::Value as JsonValue;

use super::{
    document::{Node, Value},
    reader::Reader,
    section::Section,
};

const TABLE: &str = "workflows";

fast_temporal_core::settings! {
    /// The workflow that a message of the seed dialect starts if the message names none.
    pub struct DefaultWorkflow {
        /// Type of the workflow. If not set, each message must name its workflow.
        pub workflow_type: Option<String> = None
            => ["default_workflow.type", "TEMPORAL_WORKFLOW", name().optional(), example "\"OrderWorkflow\""],

        /// Task queue of its workers. Required if the type is set.
        pub task_queue: Option<String> = None
            => ["default_workflow.task_queue", "TEMPORAL_TASK_QUEUE", name().optional(), example "\"orders\""],

        /// Signal that starts the workflow and carries the arguments. If not set, the workflow receives them itself.
        pub start_signal: Option<String> = None
            => ["default_workflow.start_signal", "START_SIGNAL_FUNCTION", name().optional(), example "\"start\""],
    }
}

/// Reads the default workflow.
pub(super) fn read_default(reader: &mut Reader) -> Option<SeedWorkflow> {
    const TYPE: &str = "default_workflow.type";
    const TASK_QUEUE: &str = "default_workflow.task_queue";
    let mut settings = DefaultWorkflow::default();
    settings.read_settings(reader);
    if settings.workflow_type.is_some() && !reader.is_set(TASK_QUEUE) {
        reader.require(TASK_QUEUE, TYPE, "a workflow requires a task queue");
    }
    if settings.workflow_type.is_none() {
        // Only a warning: workers can read these two from the same file.
        for key in [TASK_QUEUE, "default_workflow.start_signal"] {
            if reader.is_set(key) {
                let (name, required) = (reader.name(key), reader.name_beside(TYPE, key));
                let warning = format!("{name} is ignored, as {required} is not set");
                reader.warnings.push(warning);
            }
        }
    }
    Some(SeedWorkflow {
        workflow_name: settings.workflow_type?,
        workflow_task_queue: settings.task_queue?,
        start_signal_function: settings.start_signal,
    })
}

/// Reads the tables `[workflows.NAME]`.
pub(super) fn read_entries(
    reader: &mut Reader,
    default: Option<&SeedWorkflow>,
) -> BTreeMap<String, CatalogEntry> {
    let Some(table) = Section::take(reader, TABLE) else {
        return BTreeMap::new();
    };
    let sections = table.into_sections(reader).into_iter();
    let entries: BTreeMap<_, _> = sections
        .filter_map(|(name, section)| Some((name.clone(), entry(reader, &name, section)?)))
        .collect();
    if let Some(default) = default
        && let Some(entry) = entries.get(&default.workflow_name)
    {
        let expected = default_entry(default);
        let differs = (&entry.workflow_type, &entry.task_queue, &entry.start_signal)
            != (
                &expected.workflow_type,
                &expected.task_queue,
                &expected.start_signal,
            );
        if differs {
            let name = &default.workflow_name;
            reader.warnings.push(format!(
                "the default workflow {name} and {TABLE}.{name} differ: clients that name it start the latter"
            ));
        }
    }
    entries
}

/// Returns the catalog. It includes the default workflow by its type, unless an entry has that name.
pub(super) fn catalog(
    mut entries: BTreeMap<String, CatalogEntry>,
    default: Option<&SeedWorkflow>,
) -> Catalog {
    if let Some(default) = default {
        let entry = entries.entry(default.workflow_name.clone());
        entry.or_insert_with(|| default_entry(default));
    }
    Catalog::new(entries)
}

fn default_entry(default: &SeedWorkflow) -> CatalogEntry {
    CatalogEntry {
        workflow_type: default.workflow_name.clone(),
        task_queue: default.workflow_task_queue.clone(),
        start_signal: default.start_signal_function.clone(),
        ..CatalogEntry::default()
    }
}

fn entry(reader: &mut Reader, entry_name: &str, mut section: Section) -> Option<CatalogEntry> {
    section.check_name(reader, entry_name, &name());
    let workflow_type = section.optional(reader, "type", &name());
    let because = "a workflow requires a task queue";
    let task_queue = section.required(reader, "task_queue", &name(), because);
    let start_signal = section.optional(reader, "start_signal", &name());
    let input = schema(reader, &mut section);
    let signals = messages(reader, &mut section, "signals");
    let updates = messages(reader, &mut section, "updates");
    section.finish(reader);
    Some(CatalogEntry {
        workflow_type: workflow_type.unwrap_or_else(|| entry_name.to_owned()),
        task_queue: task_queue?,
        start_signal,
        input,
        signals,
        updates,
    })
}

/// Reads the schemas of signals or updates by name.
fn messages(
    reader: &mut Reader,
    section: &mut Section,
    key: &'static str,
) -> BTreeMap<String, InputSchema> {
    let Some(table) = section.take_section(reader, key) else {
        return BTreeMap::new();
    };
    let sections = table.into_sections(reader).into_iter();
    let messages = sections.filter_map(|(message_name, mut section)| {
        section.check_name(reader, &message_name, &name());
        let errors = reader.errors.len();
        let schema = schema(reader, &mut section);
        if schema.is_none() && reader.errors.len() == errors {
            section.reject_missing(reader, INPUT, "it requires the schema of its arguments");
        }
        section.finish(reader);
        Some((message_name, schema?))
    });
    messages.collect()
}

const INPUT: &str = "input";
const ARGS: &str = "args";
const SCHEMA: &str = "a JSON Schema, or the path of a file with one";

/// Reads the schema of the only argument (`input`), or of the array of all arguments (`args`).
fn schema(reader: &mut Reader, section: &mut Section) -> Option<InputSchema> {
    type Compile = fn(&JsonValue) -> Result<InputSchema, InvalidSchema>;
    let only: Compile = InputSchema::of_only_argument;
    let all: Compile = InputSchema::of_all_arguments;
    let (key, node, compile) = match (section.take_node(INPUT), section.take_node(ARGS)) {
        (None, None) => return None,
        (Some(node), None) => (INPUT, node, only),
        (None, Some(node)) => (ARGS, node, all),
        (Some(_), Some(node)) => {
            let expected = format!("either {INPUT}, for the only argument, or {ARGS}, for all");
            let origin = reader.line(&node);
            reader.reject(
                section.name_of(ARGS),
                node.value.type_name(),
                &origin,
                expected,
            );
            return None;
        }
    };
    let name = section.name_of(key);
    let origin = reader.line(&node);
    let (found, shown, schema) = schema_source(reader, &name, &node)?;
    section.show(reader, key, shown, origin.clone());
    compile(&schema)
        .map_err(|error| reader.reject(name, found, &origin, format!("{SCHEMA}; this is {error}")))
        .ok()
}

/// Returns how errors and how reports show a schema, and the schema itself, which is inline or in a file.
fn schema_source(
    reader: &mut Reader,
    name: &str,
    node: &Node,
) -> Option<(String, String, JsonValue)> {
    let Value::Text(path) = &node.value else {
        let found = node.value.type_name();
        let schema = node.value.to_json();
        let schema = schema.filter(|schema| schema.is_object() || schema.is_boolean());
        if schema.is_none() {
            let origin = reader.line(node);
            reader.reject(name, found, &origin, SCHEMA);
        }
        return Some((found.to_owned(), "(inline)".to_owned(), schema?));
    };
    let file = reader.beside_file(Path::new(path));
    let content = reader.content(name, &file)?;
    match serde_json::from_slice(&content) {
        Ok(schema) => Some((format!("{path:?}"), path.clone(), schema)),
        Err(error) => {
            reader.unreadable(name, &file, format!("invalid JSON: {error}"));
            None
        }
    }
}
