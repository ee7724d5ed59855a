//! The document as a page: plain HTML, written once, that needs nothing from elsewhere.

mod operation;
mod schema;
mod text;

use std::cmp::Reverse;

use serde_json::Value;

use self::text::{escape, inline};

const STYLE: &str = include_str!("page/style.css");

/// Writes the whole page.
pub(super) fn render(document: &Value) -> String {
    let info = &document["info"];
    let title = escape(string(&info["title"]));
    let version = escape(string(&info["version"]));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} {version}</title><style>{STYLE}</style></head><body>"
    );
    page += &navigation(document);
    page += "<main>";
    page += &format!(
        "<header><h1>{title} <small>{version}</small></h1><p>{}</p>\
         <p>For programs: <a href=\"openapi.json\">openapi.json</a> (OpenAPI {}).</p></header>",
        inline(string(&info["description"])),
        escape(string(&document["openapi"])),
    );
    page += &credentials(document);
    for (tag, operations) in tags(document) {
        page += &format!(
            "<h2 id=\"{name}\">{name}</h2><p>{}</p>",
            inline(string(&tag["description"])),
            name = escape(string(&tag["name"])),
        );
        for (path, method, operation) in operations {
            page += &operation::render(document, path, method, operation);
        }
    }
    page += "<h2 id=\"values\">values</h2>";
    for (name, schema) in object(&document["components"]["schemas"]) {
        page += &schema::section(name, schema);
    }
    page += "</main></body></html>\n";
    page
}

fn navigation(document: &Value) -> String {
    let mut list = String::from("<nav><ul>");
    for (tag, operations) in tags(document) {
        let name = escape(string(&tag["name"]));
        list += &format!("<li><a href=\"#{name}\">{name}</a><ul>");
        for (_, _, operation) in operations {
            let id = escape(string(&operation["operationId"]));
            list += &format!("<li><a href=\"#{id}\">{id}</a></li>");
        }
        list += "</ul></li>";
    }
    list + "<li><a href=\"#values\">values</a></li></ul></nav>"
}

/// How requests say who they come from.
fn credentials(document: &Value) -> String {
    let mut text = String::from("<h2 id=\"authentication\">authentication</h2>");
    let is_open = array(&document["security"])
        .iter()
        .any(|requirement| object(requirement).next().is_none());
    if is_open {
        text += "<p>This gateway asks for no credentials.</p>";
    }
    text += "<dl>";
    for (name, scheme) in object(&document["components"]["securitySchemes"]) {
        let form = match string(&scheme["type"]) {
            "http" => "Authorization: Bearer …".to_owned(),
            _ => format!("?{}=…", escape(string(&scheme["name"]))),
        };
        let description = inline(string(&scheme["description"]));
        text += &format!(
            "<dt>{} <code>{form}</code></dt><dd>{description}</dd>",
            escape(name)
        );
    }
    text + "</dl>"
}

/// The tags, each with its operations: path, method, and the rest.
fn tags(document: &Value) -> impl Iterator<Item = (&Value, Vec<(&str, &str, &Value)>)> {
    array(&document["tags"]).iter().map(|tag| {
        let operations = object(&document["paths"]).flat_map(|(path, item)| {
            object(item).map(move |(method, operation)| (path, method, operation))
        });
        let tagged = operations.filter(|(_, _, operation)| operation["tags"][0] == tag["name"]);
        let mut tagged: Vec<_> = tagged.collect();
        // What makes something comes before what looks at it.
        tagged.sort_by_key(|(path, method, _)| (*path, Reverse(*method)));
        (tag, tagged)
    })
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn object(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.as_str(), value))
}
