//! PROTOCOL.md says of events and error codes what the code does.

use std::{collections::BTreeSet, fs, path::Path};

use fast_temporal_protocol::{ErrorCode, Event, EventData};
use serde_json::Value;

use crate::sample;

/// The first and the last cells of all table rows.
fn rows() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../PROTOCOL.md");
    let text = fs::read_to_string(path).expect("PROTOCOL.md");
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|row| {
        let cells: Vec<_> = row.split(" | ").collect();
        (cells[0].to_owned(), cells[1..].join(" | "))
    })
    .collect()
}

fn row(first: &str) -> String {
    let found: Vec<_> = rows().into_iter().filter(|row| row.0 == first).collect();
    assert_eq!(found.len(), 1, "rows that begin with {first}");
    found[0].1.clone()
}

/// The fields that a row names, outside parentheses, and whether each may be left out.
fn fields(row: &str) -> BTreeSet<(String, bool)> {
    let mut depth = 0;
    let outside = |c: &char| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth == 0 && *c != ')'
    };
    let data: String = row
        .split(" | ")
        .last()
        .unwrap_or_default()
        .chars()
        .filter(outside)
        .collect();
    let fields = data.split(", ").map(|field| {
        let field = field.trim();
        (
            field.trim_end_matches('?').trim_matches('`').to_owned(),
            field.ends_with('?'),
        )
    });
    fields.collect()
}

#[test]
fn document_has_the_fields_of_every_event_type() {
    let schema = serde_json::to_value(schemars::schema_for!(Event)).expect("JSON");
    for bare in sample::bare_events() {
        let name = bare.data.type_name();
        let row = row(&format!("`{name}`"));
        if name == "status" {
            continue;
        }
        let data = serde_json::to_value(&bare).expect("JSON")["data"].take();
        let always = |field: &str| data.get(field).is_some();
        let expected: BTreeSet<_> = properties(&schema, name)
            .into_iter()
            .map(|field| {
                let optional = !always(&field);
                (field, optional)
            })
            .collect();
        assert_eq!(fields(&row), expected, "{name}");
    }
}

/// The fields of a type's data.
fn properties(schema: &Value, type_name: &str) -> Vec<String> {
    let kinds = schema["anyOf"].as_array().expect("one schema per type");
    let kind = kinds
        .iter()
        .find(|kind| kind["properties"]["type"]["const"] == type_name)
        .expect("every type has a schema");
    let reference = kind["properties"]["data"]["$ref"]
        .as_str()
        .expect("a named schema");
    let definition = schema
        .pointer(reference.trim_start_matches('#'))
        .expect("its definition");
    let properties = definition["properties"].as_object().expect("fields");
    properties.keys().cloned().collect()
}

#[test]
fn document_has_no_event_type_that_is_gone() {
    let is_type = |name: &str| name.contains('.') || name == "status";
    let named: BTreeSet<_> = rows()
        .into_iter()
        .filter_map(|(first, _)| Some(first.strip_prefix('`')?.strip_suffix('`')?.to_owned()))
        .filter(|name| is_type(name))
        .collect();
    let types: BTreeSet<_> = EventData::TYPES.iter().map(ToString::to_string).collect();
    assert_eq!(named, types);
}

#[test]
fn document_has_every_error_code_and_whether_to_retry() {
    for code in ErrorCode::ALL {
        let row = row(&format!("[`{code}`](docs/errors/{code}.md)"));
        assert_eq!(row.starts_with("yes"), code.retryable(), "{code}: {row}");
    }
    let rows = rows()
        .into_iter()
        .filter(|row| row.0.contains("(docs/errors/"))
        .count();
    assert_eq!(rows, ErrorCode::ALL.len());
}
