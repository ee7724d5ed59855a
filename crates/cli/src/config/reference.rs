//! The generated documents: the reference and the example file.

use std::fmt::Write as _;

use super::{Settings, reader::Row, source::Sources, table::TABLES};

const EXAMPLE_HEAD: &str = "\
# All settings of the gateway. Copy this file to fast-temporal.toml, and remove the # of the settings
# that you change. The values are the defaults, or examples for settings without a default. Variables in
# .env and in the environment, and flags, override this file. See docs/configuration.md.
";

/// The tables that aren't settings, after the table that they follow.
const EXAMPLE_TABLES: &[(&str, &str)] = &[
    (
        "auth",
        r#"
# Permissions of users whose token doesn't state them.
[auth.permissions]
#verbs = "all"   # or ["start", "subscribe", "signal", "query", "update", "cancel", "list"]
#workflows = "all"   # or names in the catalog: ["order"]
#any_workflow_type = false
#own_workflows = true
#workflow_ids = "own"   # or "all", or ["report-of-today"]
#payloads = false
#visibility_queries = false
#any_user = false

# An API key of a backend. `fast-temporal token key --name shop` generates it.
#[[auth.keys]]
#id = "shop"
#hash = "5f78c33274e43fa9de5659265c1d917e25c03722dcb0b8d27db8d5feaa813953"
#subject = "somebody"
#permissions = { verbs = ["start", "ticket"], any_user = true }
"#,
    ),
    (
        "default_workflow",
        r#"
# A workflow that clients can start by this name. The gateway rejects arguments that don't match the JSON
# Schema before they reach a worker.
[workflows.order]
type = "OrderWorkflow"
task_queue = "orders"
# start_signal = "start"
input = { type = "object", required = ["item"], properties = { item = { type = "string" } } }
# input = "schemas/order.json"
# args = { type = "array", maxItems = 2 }

[workflows.order.signals.pay]
input = { type = "object", required = ["amount"], properties = { amount = { type = "number" } } }

[workflows.order.updates.set_address]
args = { type = "array", minItems = 1, maxItems = 1, items = { type = "string" } }
"#,
    ),
];

/// Returns the generated part of `docs/configuration.md`: all settings.
pub fn reference() -> String {
    let settings = default_settings();
    let file = ("", "The path of the settings file itself.");
    let mut text = String::new();
    for (table, doc) in [file].iter().chain(TABLES) {
        let title = if table.is_empty() {
            "Settings file".to_owned()
        } else {
            format!("`[{table}]`")
        };
        let rows = rows(&settings, table).map(cells);
        let head = ["Key", "Variable, flag", "Default", "Accepts", "Description"];
        write!(
            text,
            "\n## {title}\n\n{doc}\n\n{}",
            markdown_table(head, rows)
        )
        .expect("a string");
    }
    text + "\n"
}

/// Returns the generated part of `docs/protocol/limits.md`: the limits that clients can notice.
pub fn limits() -> String {
    let settings = default_settings();
    let tables = [
        "connections",
        "requests",
        "websocket",
        "events",
        "seed",
        "timeouts",
    ];
    let rows = tables
        .iter()
        .flat_map(|table| rows(&settings, table))
        .map(|row| {
            let [_, _, default, _, doc] = cells(row);
            let key = row.key.as_deref().unwrap_or_default();
            [format!("`{key}`"), default, doc]
        });
    markdown_table(["Setting", "Default", "Description"], rows)
}

fn markdown_table<const N: usize>(
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(N));
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).expect("a string");
    }
    text
}

fn cells(row: &Row) -> [String; 5] {
    let code = |text: &str| format!("`{text}`");
    let key = row.key.as_deref().and_then(|key| key.split_once('.'));
    let flag = row.setting.and_then(|setting| setting.flag);
    let flag = flag.map(|flag| format!(", `{flag}`")).unwrap_or_default();
    [
        key.map(|(_, key)| code(key)).unwrap_or_default(),
        code(&row.name) + &flag,
        row.value.as_deref().map(code).unwrap_or_default(),
        row.allowed.replace('*', "`*`"),
        doc(row),
    ]
}

/// Returns the text of `fast-temporal.example.toml`.
pub fn example() -> String {
    let settings = default_settings();
    let mut text = EXAMPLE_HEAD.to_owned();
    for (table, table_doc) in TABLES {
        write!(text, "\n{}[{table}]\n", commented(table_doc)).expect("a string");
        for row in rows(&settings, table) {
            let Some((_, key)) = row.key.as_deref().and_then(|key| key.split_once('.')) else {
                continue;
            };
            let value = format!("{key} = {}", example_value(row)).replace('\n', "\n#");
            write!(text, "{}#{value}\n\n", commented(&doc(row))).expect("a string");
        }
        text.truncate(text.trim_end().len());
        text += "\n";
        let more = EXAMPLE_TABLES.iter().filter(|(after, _)| after == table);
        text.extend(more.map(|(_, tables)| *tables));
    }
    text
}

/// Returns an example, or the default, as TOML.
fn example_value(row: &Row) -> String {
    if let Some(example) = row.setting.and_then(|setting| setting.example) {
        return example.to_owned();
    }
    let value = row.value.as_deref().unwrap_or_default();
    let quoted = |text: &str| format!("{text:?}");
    if row.list {
        let items: Vec<_> = value.split(',').map(quoted).collect();
        return format!("[{}]", items.join(", "));
    }
    if value.parse::<f64>().is_ok() || value.parse::<bool>().is_ok() {
        return value.to_owned();
    }
    quoted(value)
}

/// Returns a text as comment lines of at most 100 characters.
fn commented(text: &str) -> String {
    let mut lines = String::new();
    let mut line = "#".to_owned();
    for word in text.split_whitespace() {
        if line.len() + word.len() >= 100 {
            lines += &line;
            lines += "\n";
            "#".clone_into(&mut line);
        }
        line += " ";
        line += word;
    }
    lines + &line + "\n"
}

fn doc(row: &Row) -> String {
    let doc = row.setting.map_or("", |setting| setting.doc);
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn default_settings() -> Settings {
    Settings::load(&Sources::default()).expect("the defaults are valid")
}

/// Returns the settings of a table. A setting without a key is in the table of the one before it.
fn rows<'a>(settings: &'a Settings, table: &'a str) -> impl Iterator<Item = &'a Row> {
    let mut current = "";
    settings.rows().iter().filter(move |row| {
        if let Some((table, _)) = row.key.as_deref().and_then(|key| key.split_once('.')) {
            current = table;
        }
        current == table
    })
}
