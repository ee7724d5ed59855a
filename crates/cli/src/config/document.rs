//! The settings file as a tree of values that know their lines. A reader removes the values that it reads; those that
//! are left at the end are unknown.

use std::collections::BTreeMap;

use serde_json::Value as JsonValue;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// The line of its key, from 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Switch(bool),
    Date,
    List(Vec<Node>),
    Table(Table),
}

/// Values by key.
pub(super) type Table = BTreeMap<String, Node>;

/// A syntax error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadToml {
    pub(super) line: usize,
    pub(super) reason: String,
}

/// Parses the file. Returns what it can parse, and all errors.
pub(super) fn parse(text: &str) -> (Table, Vec<BadToml>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let line_ends = text.match_indices('\n').map(|(offset, _)| offset);
    let mut parser = Parser {
        line_ends: line_ends.collect(),
        errors: Vec::new(),
    };
    for error in errors {
        let offset = error.span().map_or(text.len(), |span| span.start);
        // The message alone: the full text of the error shows the line, which can contain a secret.
        parser.error(offset, error.message());
    }
    let table = parser.table(table.into_inner());
    parser.errors.sort_by_key(|bad| bad.line);
    (table, parser.errors)
}

struct Parser {
    line_ends: Vec<usize>,
    errors: Vec<BadToml>,
}

impl Parser {
    fn table(&mut self, table: DeTable) -> Table {
        let entries = table.into_iter().map(|(key, value)| {
            let line = self.line(key.span().start);
            let value = self.value(value);
            (key.into_inner().into_owned(), Node { line, value })
        });
        entries.collect()
    }

    fn value(&mut self, value: Spanned<DeValue>) -> Value {
        let offset = value.span().start;
        match value.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Boolean(switch) => Value::Switch(switch),
            DeValue::Datetime(_) => Value::Date,
            DeValue::Integer(digits) => {
                let number = i64::from_str_radix(digits.as_str(), digits.radix());
                Value::Integer(number.unwrap_or_else(|_| {
                    self.error(offset, "a whole number of more than 64 bits");
                    0
                }))
            }
            DeValue::Float(digits) => Value::Float(digits.as_str().parse().unwrap_or_else(|_| {
                self.error(offset, "invalid number");
                0.0
            })),
            DeValue::Array(values) => {
                let nodes = values.into_iter().map(|value| Node {
                    line: self.line(value.span().start),
                    value: self.value(value),
                });
                Value::List(nodes.collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        }
    }

    /// Returns the line of an offset, from 1.
    fn line(&self, offset: usize) -> usize {
        self.line_ends.partition_point(|end| *end < offset) + 1
    }

    fn error(&mut self, offset: usize, reason: &str) {
        let line = self.line(offset);
        let reason = reason.to_owned();
        self.errors.push(BadToml { line, reason });
    }
}

impl Value {
    /// Returns the type of the value, for an error message.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Switch(_) => "true or false",
            Self::Date => "a date",
            Self::List(_) => "an array",
            Self::Table(_) => "a table",
        }
    }

    /// Returns the value as it is written in a variable. `None` if it isn't a single value.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Switch(switch) => Some(switch.to_string()),
            Self::Date | Self::List(_) | Self::Table(_) => None,
        }
    }

    /// Returns the value as JSON. `None` if it contains a date or a number that JSON can't express.
    pub(super) fn to_json(&self) -> Option<JsonValue> {
        Some(match self {
            Self::Text(text) => JsonValue::String(text.clone()),
            Self::Integer(number) => JsonValue::from(*number),
            Self::Float(number) => JsonValue::Number(serde_json::Number::from_f64(*number)?),
            Self::Switch(switch) => JsonValue::Bool(*switch),
            Self::Date => return None,
            Self::List(nodes) => {
                let values = nodes.iter().map(|node| node.value.to_json());
                JsonValue::Array(values.collect::<Option<_>>()?)
            }
            Self::Table(table) => {
                let entry =
                    |(key, node): (&String, &Node)| Some((key.clone(), node.value.to_json()?));
                JsonValue::Object(table.iter().map(entry).collect::<Option<_>>()?)
            }
        })
    }
}

/// Takes out the value at `key`, which can be a path of tables such as `table.key`.
pub(super) fn take(table: &mut Table, key: &str) -> Option<Node> {
    let Some((outer, inner)) = key.split_once('.') else {
        return table.remove(key);
    };
    match &mut table.get_mut(outer)?.value {
        Value::Table(table) => take(table, inner),
        _ => None,
    }
}

/// Returns the keys of all values that are left, with their lines, in the order of the file.
pub(super) fn rest(table: &Table) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (key, node) in table {
        let key = quoted(key);
        match &node.value {
            Value::Table(inner) => {
                let inner = rest(inner).into_iter();
                found.extend(inner.map(|(name, line)| (format!("{key}.{name}"), line)));
            }
            _ => found.push((key, node.line)),
        }
    }
    found.sort_by_key(|(_, line)| *line);
    found
}

/// Returns a key as it is written in TOML.
pub(super) fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        format!("{key:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_line_of_their_key() {
        let (mut table, bad) = parse("a = 1\r\n\n[b.\"c d\"]\ne = [\n  \"x\",\n  true,\n]\n");
        assert_eq!(bad, []);
        let node = take(&mut table, "a").expect("a value");
        assert_eq!((node.line, node.value), (1, Value::Integer(1)));
        assert_eq!(rest(&table), [("b.\"c d\".e".to_owned(), 4)]);
        let list = take(&mut table, "b.c d.e").expect("a value");
        let Value::List(nodes) = list.value else {
            panic!("a list")
        };
        let lines: Vec<_> = nodes.iter().map(|node| node.line).collect();
        assert_eq!(lines, [5, 6]);
        assert_eq!(rest(&table), []);
    }

    #[test]
    fn syntax_errors_have_a_line_and_do_not_show_its_text() {
        let (_, bad) = parse("a = s3cret\nb = 1\nb = 2\nc = 99999999999999999999\n[d\n");
        let lines: Vec<_> = bad.iter().map(|bad| bad.line).collect();
        assert_eq!(lines, [1, 3, 4, 5], "{bad:?}");
        assert!(bad.iter().all(|bad| !bad.reason.contains("s3cret")));
    }

    #[test]
    fn numbers_have_one_text_form_in_any_notation() {
        let (mut table, bad) = parse("a = 0x1F\nb = 1_000\nc = 1e3\nd = +5\ne = 0.5\n");
        assert_eq!(bad, []);
        for (key, text) in [
            ("a", "31"),
            ("b", "1000"),
            ("c", "1000"),
            ("d", "5"),
            ("e", "0.5"),
        ] {
            let node = take(&mut table, key).expect("a value");
            assert_eq!(node.value.scalar().as_deref(), Some(text));
        }
    }
}
