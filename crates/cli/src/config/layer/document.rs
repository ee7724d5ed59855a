//! The settings' file as a tree of values that know their lines. What has been read is taken out,
//! and what is left at the end is what nobody asked for.

use std::collections::BTreeMap;

use serde_json::Value as JsonValue;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value in the file.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::config) struct Node {
    /// Where it stands, from 1: the line of its key.
    pub(in crate::config) line: usize,
    pub(in crate::config) value: Value,
}

/// What a key is given.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::config) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

/// Values by their keys.
pub(in crate::config) type Table = BTreeMap<String, Node>;

/// A place where the file is no TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::config) struct BadToml {
    pub(in crate::config) line: usize,
    pub(in crate::config) reason: String,
}

/// Reads the file, and all that is wrong with it.
pub(in crate::config) fn parse(text: &str) -> (Table, Vec<BadToml>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading {
        lines: Lines::of(text),
        bad: Vec::new(),
    };
    for error in errors {
        let at = error.span().map_or(text.len(), |span| span.start);
        // The error's message alone: its whole text shows the line, which may hold a secret.
        reading.refuse(at, error.message().to_owned());
    }
    let table = reading.table(table.into_inner());
    reading.bad.sort_by_key(|bad| bad.line);
    (table, reading.bad)
}

struct Reading {
    lines: Lines,
    bad: Vec<BadToml>,
}

impl Reading {
    fn table(&mut self, table: DeTable) -> Table {
        let entries = table.into_iter();
        entries
            .map(|(key, value)| {
                let line = self.lines.at(key.span().start);
                let value = self.value(value);
                (key.into_inner().into_owned(), Node { line, value })
            })
            .collect()
    }

    fn value(&mut self, value: Spanned<DeValue>) -> Value {
        let at = value.span().start;
        match value.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Boolean(flag) => Value::Flag(flag),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Integer(digits) => {
                let number = i64::from_str_radix(digits.as_str(), digits.radix());
                Value::Integer(number.unwrap_or_else(|_| {
                    self.refuse(at, "a whole number of more than 64 bits".to_owned());
                    0
                }))
            }
            DeValue::Float(digits) => {
                let number = digits.as_str().parse();
                Value::Float(number.unwrap_or_else(|_| {
                    self.refuse(at, "no number".to_owned());
                    0.0
                }))
            }
            DeValue::Array(values) => {
                let nodes = values.into_iter().map(|value| Node {
                    line: self.lines.at(value.span().start),
                    value: self.value(value),
                });
                Value::List(nodes.collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        }
    }

    fn refuse(&mut self, at: usize, reason: String) {
        let line = self.lines.at(at);
        self.bad.push(BadToml { line, reason });
    }
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at);
        Self(ends.collect())
    }

    /// The line of a place in the text, from 1.
    fn at(&self, place: usize) -> usize {
        self.0.partition_point(|end| *end < place) + 1
    }
}

impl Value {
    /// What it is, for the reader of an error.
    pub(in crate::config) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "an array",
            Self::Table(_) => "a table",
        }
    }

    /// A single value as it would be written in a variable.
    pub(in crate::config) fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Date(_) | Self::List(_) | Self::Table(_) => None,
        }
    }

    /// The same as JSON; `None` where it holds a date or a number that JSON has not.
    pub(in crate::config) fn to_json(&self) -> Option<JsonValue> {
        Some(match self {
            Self::Text(text) => JsonValue::String(text.clone()),
            Self::Integer(number) => JsonValue::from(*number),
            Self::Float(number) => JsonValue::Number(serde_json::Number::from_f64(*number)?),
            Self::Flag(flag) => JsonValue::Bool(*flag),
            Self::Date(_) => return None,
            Self::List(nodes) => {
                let values = nodes.iter().map(|node| node.value.to_json());
                JsonValue::Array(values.collect::<Option<_>>()?)
            }
            Self::Table(table) => {
                let entries = table
                    .iter()
                    .map(|(key, node)| Some((key.clone(), node.value.to_json()?)));
                JsonValue::Object(entries.collect::<Option<_>>()?)
            }
        })
    }
}

/// Takes the value at `key`, which may name tables on the way to it, as `table.key`.
pub(in crate::config) fn take(table: &mut Table, key: &str) -> Option<Node> {
    let Some((outer, inner)) = key.split_once('.') else {
        return table.remove(key);
    };
    match &mut table.get_mut(outer)?.value {
        Value::Table(table) => take(table, inner),
        _ => None,
    }
}

/// What is left in a table: all keys that lead to a value, with their lines, in the order of the
/// file.
pub(in crate::config) fn rest(table: &Table) -> Vec<(String, usize)> {
    let mut found: Vec<_> = table
        .iter()
        .flat_map(|(key, node)| {
            let key = quoted(key);
            match &node.value {
                Value::Table(inner) => {
                    let inner = rest(inner).into_iter();
                    inner
                        .map(|(name, line)| (format!("{key}.{name}"), line))
                        .collect()
                }
                _ => vec![(key, node.line)],
            }
        })
        .collect();
    found.sort_by_key(|(_, line)| *line);
    found
}

/// A key as TOML writes it.
pub(in crate::config) fn quoted(key: &str) -> String {
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
    fn values_know_the_lines_of_their_keys() {
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
    fn all_that_is_wrong_is_told_with_its_line_and_without_its_text() {
        let (_, bad) = parse("a = s3cret\nb = 1\nb = 2\nc = 99999999999999999999\n[d\n");
        let lines: Vec<_> = bad.iter().map(|bad| bad.line).collect();
        assert_eq!(lines, [1, 3, 4, 5], "{bad:?}");
        assert!(bad.iter().all(|bad| !bad.reason.contains("s3cret")));
    }

    #[test]
    fn numbers_are_read_as_they_are_meant() {
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
