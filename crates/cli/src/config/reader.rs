//! Reads settings one by one out of the layers, and keeps a record of each and of every error.

pub(super) mod kind;
mod section;

use std::path::{Path, PathBuf};

pub(super) use self::{kind::Kind, section::Section};
use super::{
    error::ConfigError,
    layer::{
        Given, Layers,
        document::{Node, Value},
    },
    setting::Setting,
    source::{Files, Origin, Sources},
};

/// What a secret looks like in every output.
const MASK: &str = "***";
/// How much of a wrong value an error shows, in characters.
const SHOWN: usize = 80;

/// One setting as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The variable; the key for what only the file can say.
    pub name: String,
    /// The key in the file.
    pub key: Option<String>,
    /// Its value, secrets masked; `None` where it is not set and has no default.
    pub value: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
    /// What it takes.
    pub allowed: String,
}

pub(super) struct Reader {
    layers: Layers,
    files: Files,
    pub(super) rows: Vec<Row>,
    pub(super) errors: Vec<ConfigError>,
    pub(super) warnings: Vec<String>,
}

impl Reader {
    pub(super) fn new(sources: &Sources) -> Self {
        let mut errors = Vec::new();
        let layers = Layers::new(sources, &mut errors);
        Self {
            layers,
            files: sources.files,
            rows: Vec::new(),
            errors,
            warnings: Vec::new(),
        }
    }

    /// A setting that always has a value. After an error its default stands in for the value, and
    /// the settings as a whole come to nothing.
    pub(super) fn or<T>(&mut self, setting: &'static Setting, kind: &Kind<T>) -> T {
        self.read(setting, kind)
            .or_else(|| (kind.parse)(setting.default?))
            .expect("the setting has a default, and that is one of the allowed values")
    }

    /// A setting that may be absent.
    pub(super) fn optional<T>(&mut self, setting: &'static Setting, kind: &Kind<T>) -> Option<T> {
        self.read(setting, kind)
    }

    /// The path of a file, which may be absent. In the settings' file, paths are meant from there.
    pub(super) fn path(&mut self, setting: &'static Setting) -> Option<PathBuf> {
        let path = self.read(setting, &kind::path())?;
        Some(match self.origin(setting) {
            Origin::File { .. } => self.beside_file(&path),
            _ => path,
        })
    }

    /// Where a path leads that stands in the settings' file.
    pub(super) fn beside_file(&self, path: &Path) -> PathBuf {
        self.layers.beside_file(path)
    }

    /// What stands in the file that a setting names.
    pub(super) fn content_of(&mut self, setting: &Setting, path: &Path) -> Option<Vec<u8>> {
        let name = setting.name_at(&self.origin(setting));
        self.content(name, path)
    }

    /// What stands in the file that `name` names.
    pub(super) fn content(&mut self, name: &str, path: &Path) -> Option<Vec<u8>> {
        let Files(read) = self.files;
        let failed = |reason: std::io::Error| ConfigError::File {
            name: name.to_owned(),
            path: path.display().to_string(),
            reason: reason.to_string(),
        };
        read(path)
            .map_err(|reason| self.errors.push(failed(reason)))
            .ok()
    }

    /// The same for a file of text.
    pub(super) fn text(&mut self, name: &str, path: &Path) -> Option<String> {
        let content = self.content(name, path)?;
        let failed = |_| ConfigError::File {
            name: name.to_owned(),
            path: path.display().to_string(),
            reason: "it is no UTF-8 text".to_owned(),
        };
        String::from_utf8(content)
            .map_err(|error| self.errors.push(failed(error)))
            .ok()
    }

    /// Shows what an optional setting that is not set amounts to.
    pub(super) fn assume(&mut self, setting: &Setting, value: &str) {
        let unset = |row: &&mut Row| row.name == setting.variable && row.value.is_none();
        if let Some(row) = self.rows.iter_mut().find(unset) {
            row.value = Some(value.to_owned());
        }
    }

    /// Adds an error about a setting that was read and does not go with another one.
    pub(super) fn refuse(&mut self, setting: &Setting, allowed: impl Into<String>) {
        let Row { value, origin, .. } = self.row(setting);
        let error = ConfigError::Value {
            name: setting.name_at(origin).to_owned(),
            read: format!("{:?}", value.as_deref().unwrap_or_default()),
            origin: origin.clone(),
            allowed: allowed.into(),
        };
        self.errors.push(error);
    }

    /// Adds an error about a setting that must be there, as `present` is.
    pub(super) fn miss(&mut self, missing: &Setting, present: &Setting, because: &str) {
        let origin = self.origin(present);
        let present = present.name_at(&origin);
        let error = ConfigError::Missing {
            missing: missing.name_at(&origin).to_owned(),
            because: format!("{present} is set, and {because}"),
        };
        self.errors.push(error);
    }

    /// Whether anybody said anything of a setting that has been read.
    pub(super) fn is_set(&self, setting: &Setting) -> bool {
        self.row(setting).origin != Origin::Default
    }

    /// Where a setting that has been read came from.
    pub(super) fn origin(&self, setting: &Setting) -> Origin {
        self.row(setting).origin.clone()
    }

    fn row(&self, setting: &Setting) -> &Row {
        let row = self.rows.iter().find(|row| row.name == setting.variable);
        row.expect("a setting is read before it is asked after")
    }

    fn read<T>(&mut self, setting: &'static Setting, kind: &Kind<T>) -> Option<T> {
        let given = match self.layers.take(setting) {
            None => None,
            Some(Given::Variable(text, origin)) => Some((text, origin)),
            Some(Given::Node(node)) => self.written(setting.key.unwrap_or_default(), &node, kind),
        };
        let (value, shown, origin) = match given {
            None => (None, setting.default.map(str::to_owned), Origin::Default),
            Some((text, origin)) => {
                let value = self.judge(setting.name_at(&origin), &text, &origin, kind);
                (value, Some(kind.shown(text)), origin)
            }
        };
        self.rows.push(Row {
            name: setting.variable.to_owned(),
            key: setting.key.map(str::to_owned),
            value: shown,
            origin,
            allowed: kind.allowed.clone(),
        });
        value
    }

    /// A value of the file as it would be written in a variable; `None` where it is empty.
    fn written<T>(&mut self, key: &str, node: &Node, kind: &Kind<T>) -> Option<(String, Origin)> {
        let origin = self.layers.origin(node.line);
        let text = match &node.value {
            Value::List(nodes) if kind.list => {
                let words: Option<Vec<_>> = nodes.iter().map(|node| node.value.scalar()).collect();
                words.map(|words| words.join(","))
            }
            value => value.scalar(),
        };
        if text.is_none() {
            self.errors.push(ConfigError::Value {
                name: key.to_owned(),
                read: node.value.kind().to_owned(),
                origin: origin.clone(),
                allowed: kind.allowed.clone(),
            });
        }
        let text = text?.trim().to_owned();
        (!text.is_empty()).then_some((text, origin))
    }

    fn judge<T>(&mut self, name: &str, text: &str, origin: &Origin, kind: &Kind<T>) -> Option<T> {
        let value = kind.read(text);
        if value.is_none() {
            let shown: String = kind.shown(text.to_owned()).chars().take(SHOWN).collect();
            self.errors.push(ConfigError::Value {
                name: name.to_owned(),
                read: format!("{shown:?}"),
                origin: origin.clone(),
                allowed: kind.allowed.clone(),
            });
        }
        value
    }

    /// Tells of what was given and not read: most likely misspelt. It may be meant for another
    /// version, and so is only a warning.
    pub(super) fn end(&mut self, prefix: &str) {
        let known = |name: &str| self.rows.iter().any(|row| row.name == name);
        let variables = self.layers.variables();
        let variables = variables.filter(|name| name.starts_with(prefix) && !known(name));
        let variables =
            variables.map(|name| format!("{name} is set, and there is no such setting"));
        let keys = self.layers.rest().into_iter();
        let keys = keys
            .map(|(key, origin)| format!("{key} is set ({origin}), and there is no such setting"));
        self.warnings
            .extend(variables.chain(keys).collect::<Vec<_>>());
    }

    /// Takes a table of the file out of the rest where it is no table, and says so.
    pub(super) fn check_table(&mut self, name: &str) {
        if let Some(node) = self.layers.take_node_unless_table(name) {
            // What is no table is an error, and that is all that is wanted of it here.
            let _none = self.section(name.to_owned(), node);
        }
    }
}
