//! Values on the page.

use serde_json::Value;

use super::{
    array, object, string,
    text::{escape, inline, paragraphs},
};

/// A value that has a name.
pub(super) fn section(name: &str, schema: &Value) -> String {
    let name = escape(name);
    let mut html =
        format!("<section id=\"{name}\" class=\"value\"><h3><a href=\"#{name}\">{name}</a></h3>");
    html += &paragraphs(string(&schema["description"]));
    if schema.get("properties").is_some() {
        html += &fields(schema);
    } else if let Some(choices) = choices(schema) {
        html += "<table>";
        for choice in choices {
            html += &format!(
                "<tr><td><code>{}</code><td>{}",
                escape(&choice["const"].to_string()),
                inline(string(&choice["description"])),
            );
        }
        html += "</table>";
    } else {
        html += &format!("<p>{}</p>", kind(schema));
    }
    html + "</section>"
}

/// The schema that a reference leads to.
pub(super) fn find<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = string(&schema["$ref"]).trim_start_matches('#');
    document.pointer(pointer).unwrap_or(schema)
}

/// The fields of an object; with a `?` those that may be left out.
pub(super) fn fields(schema: &Value) -> String {
    let required = array(&schema["required"]);
    let mut html = String::from("<table>");
    for (name, field) in object(&schema["properties"]) {
        let is_required = required.iter().any(|required| required == name);
        html += &format!(
            "<tr><td><code>{}</code>{}<td>{}<td>{}",
            escape(name),
            if is_required { "" } else { "?" },
            kind(field),
            inline(string(&field["description"])),
        );
    }
    html + "</table>"
}

/// What kind of value it is, in a few words.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        let name = escape(name);
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values
            .iter()
            .map(|value| format!("<code>{}</code>", escape(&value.to_string())))
            .collect();
        return values.join(" or ");
    }
    for choices in ["anyOf", "oneOf", "allOf"] {
        // What an object needs besides its fields is no choice between kinds.
        if let Some(choices) = schema[choices]
            .as_array()
            .filter(|_| schema.get("type").is_none())
        {
            return any_of(choices.iter().map(kind));
        }
    }
    let words: Vec<_> = match &schema["type"] {
        Value::String(word) => vec![word.as_str()],
        Value::Array(words) => words.iter().map(string).collect(),
        _ => return "any JSON".to_owned(),
    };
    any_of(words.iter().map(|word| one_kind(word, schema)))
}

/// What may be left out may be `null` as well, so that is not said.
fn any_of(kinds: impl Iterator<Item = String>) -> String {
    // What is `null` and nothing else is nothing by then.
    let kinds: Vec<_> = kinds
        .filter(|kind| kind != "null" && !kind.is_empty())
        .collect();
    kinds.join(" or ")
}

fn one_kind(word: &str, schema: &Value) -> String {
    match word {
        "array" => format!("list of {}", kind(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind(&schema["additionalProperties"]))
        }
        "string" if schema["format"] == "date-time" => "time".to_owned(),
        "number" | "integer" => match (&schema["minimum"], &schema["maximum"]) {
            (Value::Number(min), Value::Number(max)) => format!("{word}, {min} to {max}"),
            (Value::Number(min), _) => format!("{word}, {min} or more"),
            _ => word.to_owned(),
        },
        word => escape(word),
    }
}

/// The values of an enumeration that says of each what it means.
fn choices(schema: &Value) -> Option<&[Value]> {
    let choices = array(&schema["oneOf"]);
    let all_named = !choices.is_empty() && choices.iter().all(|one| one.get("const").is_some());
    all_named.then_some(choices)
}
