//! One operation of the page.

use serde_json::{Map, Value};

use super::{
    array, object, schema, string,
    text::{escape, inline, paragraphs},
};

pub(super) fn render(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let id = escape(string(&operation["operationId"]));
    let mut html = format!(
        "<section id=\"{id}\"><h3><a href=\"#{id}\"><b class=\"{method}\">{}</b> <code>{}</code></a> {}</h3>",
        method.to_uppercase(),
        escape(path),
        inline(string(&operation["summary"])),
    );
    html += &paragraphs(string(&operation["description"]));
    html += &parameters(operation);
    let body = &operation["requestBody"]["content"]["application/json"];
    if !body.is_null() {
        html += &format!("<h4>Body: {}</h4>", schema::kind(&body["schema"]));
        html += &schema::fields(schema::find(document, &body["schema"]));
    }
    html += &format!(
        "<h4>Example</h4><pre>{}</pre>",
        escape(&example(path, method, operation))
    );
    html += &responses(operation);
    html + "</section>"
}

fn parameters(operation: &Value) -> String {
    let parameters = array(&operation["parameters"]);
    if parameters.is_empty() {
        return String::new();
    }
    let mut html = String::from("<h4>Parameters</h4><table>");
    for parameter in parameters {
        html += &format!(
            "<tr><td><code>{}</code><td>{}<td>{}<td>{}",
            escape(string(&parameter["name"])),
            escape(string(&parameter["in"])),
            schema::kind(&parameter["schema"]),
            inline(string(&parameter["description"])),
        );
    }
    html + "</table>"
}

fn responses(operation: &Value) -> String {
    let mut html = String::from("<h4>Answers</h4><table>");
    for (status, response) in object(&operation["responses"]) {
        let contents: Vec<_> = object(&response["content"])
            .map(|(kind, content)| match content["schema"].get("allOf") {
                // An error, whose codes the description names.
                Some(all) => schema::kind(&all[0]),
                None if kind == "application/json" => schema::kind(&content["schema"]),
                None => format!("<code>{}</code>", escape(kind)),
            })
            .collect();
        html += &format!(
            "<tr><td><b class=\"s{}\">{}</b><td>{}<td>{}",
            &status[..1],
            escape(status),
            contents.join(", "),
            inline(string(&response["description"])),
        );
        for (kind, content) in object(&response["content"]) {
            if let Some(example) = content.get("example") {
                let example = escape(&format!("{example:#}"));
                let kind = escape(kind);
                html +=
                    &format!("<details><summary>{kind}</summary><pre>{example}</pre></details>");
            }
        }
    }
    html + "</table>"
}

/// The operation as a command.
fn example(path: &str, method: &str, operation: &Value) -> String {
    let path = path
        .replace("{id}", "order-42")
        .replace("{name}", "approve");
    let mut command = String::from("curl");
    if method != "get" {
        command += &format!(" -X {}", method.to_uppercase());
    }
    command += &format!(" \"$GATEWAY{path}\"");
    if operation.get("security").is_none() {
        command += " \\\n  -H \"Authorization: Bearer $TOKEN\"";
    }
    let example = operation["requestBody"]["content"]["application/json"].get("example");
    if let Some(example) = example.filter(|example| **example != Value::Object(Map::new())) {
        command += &format!(" \\\n  -H 'Content-Type: application/json' \\\n  -d '{example}'");
    }
    command
}
