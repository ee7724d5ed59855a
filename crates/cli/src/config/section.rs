//! Tables that only the file can have: entries of the catalog, API keys, permissions. An unknown key in them is an error.

use fast_temporal_core::settings::Kind;

use super::{
    document::{self, Node, Table, Value, quoted},
    error::{ConfigError, Origin},
    reader::{Reader, Row, shown},
};

/// A table that is being read.
pub(super) struct Section {
    /// Its name in the file, such as `workflows.order`.
    pub(super) name: String,
    /// Its line.
    pub(super) origin: Origin,
    table: Table,
    known: Vec<&'static str>,
}

impl Section {
    /// Takes the table at `key` out of the file.
    pub(super) fn take(reader: &mut Reader, key: &str) -> Option<Self> {
        let node = document::take(&mut reader.document, key)?;
        Self::new(reader, key.to_owned(), node)
    }

    /// Takes the array of tables at `key` out of the file: `[[auth.keys]]`. Their names have numbers, from 1.
    pub(super) fn take_list(reader: &mut Reader, key: &str) -> Vec<Self> {
        let Some(node) = document::take(&mut reader.document, key) else {
            return Vec::new();
        };
        let origin = reader.line(&node);
        let Value::List(nodes) = node.value else {
            let expected = format!("an array of tables, each below [[{key}]]");
            reader.reject(key, node.value.type_name(), &origin, expected);
            return Vec::new();
        };
        let numbered = nodes.into_iter().zip(1..);
        numbered
            .filter_map(|(node, number)| Self::new(reader, format!("{key}[{number}]"), node))
            .collect()
    }

    fn new(reader: &mut Reader, name: String, node: Node) -> Option<Self> {
        let origin = reader.line(&node);
        let Value::Table(table) = node.value else {
            reader.reject(name, node.value.type_name(), &origin, "a table");
            return None;
        };
        Some(Self {
            name,
            origin,
            table,
            known: Vec::new(),
        })
    }

    /// Reads a value.
    pub(super) fn optional<T>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        kind: &Kind<T>,
    ) -> Option<T> {
        let node = self.take_node(key)?;
        let name = self.name_of(key);
        let (text, origin) = reader.node_text(&name, &node, kind)?;
        let value = reader.parse(&name, &text, &origin, kind);
        self.show(reader, key, shown(kind, text), origin);
        value
    }

    /// Reads a value that is required for the reason `because`.
    pub(super) fn required<T>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        kind: &Kind<T>,
        because: &str,
    ) -> Option<T> {
        let errors = reader.errors.len();
        let value = self.optional(reader, key, kind);
        if value.is_none() && reader.errors.len() == errors {
            self.reject_missing(reader, key, because);
        }
        value
    }

    /// Takes a value out of the table.
    pub(super) fn take_node(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        self.table.remove(key)
    }

    /// Takes a table out of the table.
    pub(super) fn take_section(&mut self, reader: &mut Reader, key: &'static str) -> Option<Self> {
        let node = self.take_node(key)?;
        Self::new(reader, self.name_of(key), node)
    }

    /// Returns the tables within this one, by key. Anything else is an error.
    pub(super) fn into_sections(self, reader: &mut Reader) -> Vec<(String, Self)> {
        let Self { name, table, .. } = self;
        let sections = table.into_iter().filter_map(|(key, node)| {
            let section = Self::new(reader, format!("{name}.{}", quoted(&key)), node)?;
            Some((key, section))
        });
        sections.collect()
    }

    /// Returns all values by key.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.table.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// Records a value that is in effect.
    pub(super) fn show(&self, reader: &mut Reader, key: &str, value: String, origin: Origin) {
        let name = self.name_of(key);
        reader.rows.push(Row {
            setting: None,
            key: Some(name.clone()),
            name,
            value: Some(value),
            origin,
            allowed: String::new(),
            list: false,
        });
    }

    /// Records that `key` is required.
    pub(super) fn reject_missing(&self, reader: &mut Reader, key: &str, because: &str) {
        reader.errors.push(ConfigError::Missing {
            name: self.name_of(key),
            because: format!("{} exists ({}), and {because}", self.name, self.origin),
        });
    }

    /// Records an error if the key of the table is an invalid name.
    pub(super) fn check_name(&self, reader: &mut Reader, name: &str, kind: &Kind<String>) {
        if name.trim().is_empty() || kind.parse(name).is_none() {
            reader.reject(&self.name, format!("{name:?}"), &self.origin, &kind.allowed);
        }
    }

    /// Returns the full name of a key.
    pub(super) fn name_of(&self, key: &str) -> String {
        format!("{}.{}", self.name, quoted(key))
    }

    /// Records every key that was not read as unknown.
    pub(super) fn finish(self, reader: &mut Reader) {
        let expected = self.known.join(", ");
        self.finish_as(reader, &expected);
    }

    /// Like [`Section::finish`], with the keys that exist.
    pub(super) fn finish_as(self, reader: &mut Reader, expected: &str) {
        for (key, node) in &self.table {
            // Tables out of which all settings were taken are left empty.
            if !matches!(&node.value, Value::Table(table) if table.is_empty()) {
                reader.errors.push(ConfigError::Unknown {
                    key: self.name_of(key),
                    origin: reader.line(node),
                    expected: expected.to_owned(),
                });
            }
        }
    }
}
