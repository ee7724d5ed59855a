//! A table of the file that no variable stands for: an entry of the catalog, an API key. All its
//! keys have a meaning, and one that has none is an error.

use super::{Kind, Reader, Row};
use crate::config::{
    error::ConfigError,
    layer::document::{Node, Table, Value, quoted},
    setting::Group,
    source::Origin,
};

/// A table that is being read.
pub(in crate::config) struct Section {
    /// Its name in the file: `workflows.order`.
    pub(in crate::config) name: String,
    pub(in crate::config) origin: Origin,
    table: Table,
    known: Vec<&'static str>,
}

impl Reader {
    /// The tables within a table of the file, by their keys: `[workflows.order]` and others.
    pub(in crate::config) fn sections(&mut self, name: &str) -> Vec<(String, Section)> {
        let outer = self.section_at(name);
        outer.map_or_else(Vec::new, |outer| outer.into_sections(self))
    }

    /// The table at that key of the file, if there is one.
    pub(in crate::config) fn section_at(&mut self, name: &str) -> Option<Section> {
        let node = self.layers.take_node(name)?;
        self.section(name.to_owned(), node)
    }

    /// The tables of an array in the file: `[[auth.keys]]`, again and again. Their names have
    /// numbers, from 1.
    pub(in crate::config) fn section_list(&mut self, name: &str) -> Vec<Section> {
        let Some(node) = self.layers.take_node(name) else {
            return Vec::new();
        };
        let Value::List(nodes) = node.value else {
            self.errors.push(ConfigError::Value {
                name: name.to_owned(),
                read: node.value.kind().to_owned(),
                origin: self.line(&node),
                allowed: format!("an array of tables, each below [[{name}]]"),
            });
            return Vec::new();
        };
        let nodes = nodes.into_iter().enumerate();
        nodes
            .filter_map(|(index, node)| self.section(format!("{name}[{}]", index + 1), node))
            .collect()
    }

    /// Makes an error of what is left in a table of settings, of which each has a meaning.
    pub(in crate::config) fn refuse_rest(&mut self, group: &Group, tables: &[&str]) {
        let table = group.table.unwrap_or_default();
        let Some(section) = self.section_at(table) else {
            return;
        };
        let keys = group.settings.iter().filter_map(|setting| setting.key);
        let keys = keys.chain(tables.iter().copied());
        let keys = keys.filter_map(|key| key.strip_prefix(table)?.strip_prefix('.'));
        let allowed = keys.collect::<Vec<_>>().join(", ");
        section.refuse_rest(self, &allowed);
    }

    /// Where a value stands.
    pub(in crate::config) fn line(&self, node: &Node) -> Origin {
        self.layers.origin(node.line)
    }

    /// A table; anything else is an error.
    pub(in crate::config) fn section(&mut self, name: String, node: Node) -> Option<Section> {
        let origin = self.layers.origin(node.line);
        let Value::Table(table) = node.value else {
            self.errors.push(ConfigError::Value {
                name,
                read: node.value.kind().to_owned(),
                origin,
                allowed: "a table".to_owned(),
            });
            return None;
        };
        Some(Section {
            name,
            origin,
            table,
            known: Vec::new(),
        })
    }
}

impl Section {
    /// A value that may be absent.
    pub(in crate::config) fn optional<T>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        kind: &Kind<T>,
    ) -> Option<T> {
        let node = self.take(key)?;
        let name = self.name_of(key);
        let (text, origin) = reader.written(&name, &node, kind)?;
        let value = reader.judge(&name, &text, &origin, kind);
        self.show(reader, key, kind.shown(text), origin);
        value
    }

    /// A value that has to be there; `because` says why.
    pub(in crate::config) fn required<T>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        kind: &Kind<T>,
        because: &str,
    ) -> Option<T> {
        let errors = reader.errors.len();
        let value = self.optional(reader, key, kind);
        if value.is_none() && reader.errors.len() == errors {
            reader.errors.push(ConfigError::Missing {
                missing: self.name_of(key),
                because: format!("{} is there ({}), and {because}", self.name, self.origin),
            });
        }
        value
    }

    /// A value as it stands there.
    pub(in crate::config) fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        self.table.remove(key)
    }

    /// The tables within it, by their keys.
    pub(in crate::config) fn into_sections(self, reader: &mut Reader) -> Vec<(String, Section)> {
        let name = self.name;
        let entries = self.table.into_iter();
        entries
            .filter_map(|(key, node)| {
                let section = reader.section(format!("{name}.{}", quoted(&key)), node)?;
                Some((key, section))
            })
            .collect()
    }

    /// Keeps a record of a value.
    pub(in crate::config) fn show(
        &self,
        reader: &mut Reader,
        key: &str,
        value: String,
        origin: Origin,
    ) {
        let name = self.name_of(key);
        reader.rows.push(Row {
            key: Some(name.clone()),
            name,
            value: Some(value),
            origin,
            allowed: String::new(),
        });
    }

    /// Adds an error about a value.
    pub(in crate::config) fn refuse(
        &self,
        reader: &mut Reader,
        key: &str,
        node: &Node,
        read: String,
        allowed: String,
    ) {
        reader.errors.push(ConfigError::Value {
            name: self.name_of(key),
            read,
            origin: reader.line(node),
            allowed,
        });
    }

    /// Adds an error about a text, which may be shown.
    pub(in crate::config) fn refuse_text(
        &self,
        reader: &mut Reader,
        key: &str,
        text: &str,
        allowed: &str,
    ) {
        reader.errors.push(ConfigError::Value {
            name: self.name_of(key),
            read: format!("{text:?}"),
            origin: self.origin.clone(),
            allowed: allowed.to_owned(),
        });
    }

    /// Adds an error where the table's own name is not allowed.
    pub(in crate::config) fn check_name<T>(&self, reader: &mut Reader, name: &str, kind: &Kind<T>) {
        if name.trim().is_empty() || kind.read(name).is_none() {
            reader.errors.push(ConfigError::Value {
                name: self.name.clone(),
                read: format!("{name:?}"),
                origin: self.origin.clone(),
                allowed: kind.allowed.clone(),
            });
        }
    }

    pub(in crate::config) fn name_of(&self, key: &str) -> String {
        format!("{}.{}", self.name, quoted(key))
    }

    /// Its values by their keys, as they stand there.
    pub(in crate::config) fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.table.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// All has been read: what is left has no meaning.
    pub(in crate::config) fn end(self, reader: &mut Reader) {
        let allowed = self.known.join(", ");
        self.refuse_rest(reader, &allowed);
    }

    fn refuse_rest(&self, reader: &mut Reader, allowed: &str) {
        for (key, node) in &self.table {
            // The tables that settings were taken out of are left, and empty.
            if !matches!(&node.value, Value::Table(table) if table.is_empty()) {
                reader.errors.push(ConfigError::Unknown {
                    key: self.name_of(key),
                    origin: reader.line(node),
                    allowed: allowed.to_owned(),
                });
            }
        }
    }
}
