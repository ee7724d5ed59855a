//! The tables of the protocol pages, from the protocol's types and their schemas.

use std::collections::{BTreeMap, BTreeSet};

use fast_temporal_protocol::{ErrorCode, EventData, close, v1::Operation};
use serde_json::Value;

/// All error codes with their status and the client's action.
pub fn errors() -> String {
    let mut table = header(&["code", "meaning", "status", "retryable", "action"]);
    for code in ErrorCode::ALL {
        let action = match code {
            ErrorCode::Unauthenticated | ErrorCode::TokenExpired => "sign in again",
            ErrorCode::WorkflowTaskFailed => "keep the connection",
            code if code.retryable() => "retry",
            _ => "give up",
        };
        let link = format!("[`{code}`](../errors/{code}.md)");
        let retryable = if code.retryable() { "yes" } else { "no" };
        let status = code.status().to_string();
        table += &row(&[&link, &meaning(*code), &status, retryable, action]);
    }
    table
}

/// The meaning of an error code: its documentation, as one line.
pub fn meaning(code: ErrorCode) -> String {
    let schema = serde_json::to_value(schemars::schema_for!(ErrorCode)).expect("JSON");
    let variants = schema["oneOf"].as_array().expect("one schema per code");
    let mut variants = variants.iter();
    let variant = variants.find(|variant| variant["const"] == code.as_str());
    description(variant.expect("one schema per code"))
}

/// All close codes.
pub fn close_codes() -> String {
    let mut table = header(&["code", "meaning", "action"]);
    for close in close::ALL {
        let code = close.code.to_string();
        table += &row(&[&code, close.meaning.trim(), close.action]);
    }
    table
}

/// All notices with their fields.
pub fn notices(asyncapi: &Value) -> String {
    let mut table = header(&["notice", "meaning"]);
    let sent = asyncapi["operations"]["deliver"]["messages"].as_array();
    for message in sent.expect("messages") {
        let message = resolve(asyncapi, resolve(asyncapi, message));
        let name = message["name"].as_str().expect("a name");
        if name == "event" {
            continue;
        }
        let fields = fields(&message["payload"]["properties"][name]);
        let notice = format!("`{{\"{name}\": {{{}}}}}`", quoted(&fields));
        let summary = message["summary"].as_str().expect("a summary");
        table += &row(&[&notice, summary]);
    }
    table
}

/// All operations with their fields and the fields of their results.
pub fn operations(asyncapi: &Value) -> String {
    let mut table = String::from("A `?` marks an optional field.\n\n");
    table += &header(&["`op`", "meaning", "fields", "result"]);
    let messages = &asyncapi["components"]["messages"];
    for name in Operation::NAMES {
        let request = messages[name]["payload"]["allOf"].as_array();
        let request = request.expect("two parts");
        let mut all = fields(&request[0]);
        all.retain(|(field, _)| field != "id" && field != "op");
        all.extend(fields(resolve(asyncapi, &request[1])));
        let response = &messages[format!("{name}_response")]["payload"];
        let result = resolve(asyncapi, &response["properties"]["result"]);
        let result = match fields(result) {
            fields if fields.is_empty() => "`{}`".to_owned(),
            fields => listed(&fields),
        };
        let summary = messages[name]["summary"].as_str().expect("a summary");
        table += &row(&[&code(name), summary, &listed(&all), &result]);
    }
    table
}

/// All event types with the fields of their data, and what the fields mean.
pub fn events(asyncapi: &Value) -> String {
    let mut types = String::from("A `?` marks an optional field.\n\n");
    types += &header(&["type", "meaning", "`data`"]);
    // By field, then by meaning: the types that have the field.
    let mut meanings: BTreeMap<String, Vec<(String, Vec<&str>)>> = BTreeMap::new();
    let kinds = asyncapi["components"]["schemas"]["Event"]["anyOf"].as_array();
    let kinds = kinds.expect("one schema per type");
    for name in EventData::TYPES {
        let mut kinds = kinds.iter().map(|kind| &kind["properties"]);
        let kind = kinds.find(|kind| kind["type"]["const"] == *name);
        let data = resolve(asyncapi, &kind.expect("one schema per type")["data"]);
        let fields = fields(data);
        let names = match fields.as_slice() {
            [] => "the changed keys".to_owned(),
            fields => listed(fields),
        };
        types += &row(&[&code(name), &description(data), &names]);
        for (field, _) in fields {
            let meaning = description(&data["properties"][&field]);
            let known = meanings.entry(field).or_default();
            match known.iter_mut().find(|one| one.0 == meaning) {
                Some((_, types)) => types.push(name),
                None => known.push((meaning, vec![name])),
            }
        }
    }
    let mut fields = header(&["field", "of", "meaning"]);
    for (field, meanings) in &meanings {
        for (meaning, types) in meanings {
            let others = meanings.iter().filter(|other| other.0 != *meaning);
            let others: Vec<_> = others.flat_map(|(_, types)| types).collect();
            fields += &row(&[&code(field), &families(types, &others), meaning]);
        }
    }
    format!("{types}\nThe fields of `data`:\n\n{fields}")
}

/// Lists types by family, except those of a family that `others` share.
fn families(types: &[&str], others: &[&&str]) -> String {
    let mut names = Vec::new();
    for name in types {
        let is_shared = others.iter().any(|other| family(other) == family(name));
        let name = if is_shared {
            code(name)
        } else {
            format!("`{}.*`", family(name))
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn family(type_name: &str) -> &str {
    type_name.split('.').next().unwrap_or(type_name)
}

/// The names of an object's fields, and whether each is optional.
fn fields(schema: &Value) -> Vec<(String, bool)> {
    let required: BTreeSet<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut fields: Vec<_> = properties
        .map(|(name, _)| (name.clone(), !required.contains(name.as_str())))
        .collect();
    fields.sort_by_key(|(name, optional)| (*optional, name != "workflow_id"));
    fields
}

fn listed(fields: &[(String, bool)]) -> String {
    let fields = fields.iter().map(|(name, optional)| {
        let mark = if *optional { "?" } else { "" };
        format!("`{name}`{mark}")
    });
    fields.collect::<Vec<_>>().join(", ")
}

fn quoted(fields: &[(String, bool)]) -> String {
    let fields = fields.iter().map(|(name, _)| format!("\"{name}\""));
    fields.collect::<Vec<_>>().join(", ")
}

/// The description of a schema, as one line.
fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().expect("a documented schema");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Follows a reference, if there is one.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(target) => document
            .pointer(target.trim_start_matches('#'))
            .expect("a reference that resolves"),
        None => schema,
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn header(cells: &[&str]) -> String {
    format!("{}|{}\n", row(cells), "---|".repeat(cells.len()))
}

fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}
