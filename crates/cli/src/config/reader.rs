//! Reads settings from all sources and records each value, every error and every warning.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use fast_temporal_core::settings::{Kind, Setting, SettingReader};

use super::{
    document::{self, Node, Table, Value},
    error::{ConfigError, ConfigErrors, Origin},
    source::{Files, Sources, Variables},
};

/// The text that output shows instead of a secret.
const MASK: &str = "***";
/// How much of an invalid value an error shows, in characters.
const MAX_SHOWN_CHARS: usize = 80;

/// The value of a setting that is in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The setting. `None` for an entry of a table that only the file can have.
    pub setting: Option<&'static Setting>,
    /// The variable, or the key if there is no variable.
    pub name: String,
    /// The key in the file.
    pub key: Option<String>,
    /// The value, secrets masked. `None` if it isn't set and has no default.
    pub value: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
    /// What the setting accepts.
    pub allowed: String,
    /// Whether the value is a list.
    pub list: bool,
}

impl Row {
    fn is(&self, key: &str) -> bool {
        self.key.as_deref().unwrap_or(&self.name) == key
    }
}

/// Reads settings from all sources.
pub(super) struct Reader {
    variables: Variables,
    pub(super) document: Table,
    /// The file as errors name it, and its folder.
    file: Arc<str>,
    folder: PathBuf,
    files: Files,
    pub(super) rows: Vec<Row>,
    pub(super) errors: Vec<ConfigError>,
    pub(super) warnings: Vec<String>,
}

impl SettingReader for Reader {
    /// Keeps the default after an error: loading fails then.
    fn read<T>(&mut self, setting: &'static Setting, kind: &Kind<T>, value: &mut T) {
        if let Some(set) = self.read_or(setting, kind, kind.format(value)) {
            *value = set;
        }
    }
}

impl Reader {
    pub(super) fn new(sources: &Sources) -> Self {
        let (variables, mut errors) = sources.variables();
        let file = sources.file.as_ref();
        let path = file.map_or(Path::new(""), |file| &file.path);
        let (document, bad) = document::parse(file.map_or("", |file| &file.text));
        errors.extend(bad.into_iter().map(|bad| ConfigError::FileLine {
            file: path.display().to_string(),
            line: bad.line,
            reason: bad.reason,
        }));
        Self {
            variables,
            document,
            file: path.display().to_string().into(),
            folder: path.parent().unwrap_or(path).to_owned(),
            files: sources.files,
            rows: Vec::new(),
            errors,
            warnings: Vec::new(),
        }
    }

    fn read_or<T>(
        &mut self,
        setting: &'static Setting,
        kind: &Kind<T>,
        default: String,
    ) -> Option<T> {
        // Taken out even if a variable overrides it: whatever is left at the end is unknown.
        let node = setting
            .key
            .and_then(|key| document::take(&mut self.document, key));
        let found = match (self.variables.of(setting), node) {
            (Some((text, origin)), _) => (!text.is_empty()).then_some((text, origin)),
            (None, Some(node)) => self.node_text(setting.key.unwrap_or_default(), &node, kind),
            (None, None) => None,
        };
        let (value, shown, origin) = match found {
            None => (
                None,
                (!default.is_empty()).then_some(default),
                Origin::Default,
            ),
            Some((text, origin)) => {
                let value = self.parse(name_in(setting, &origin), &text, &origin, kind);
                (value, Some(shown(kind, text)), origin)
            }
        };
        self.rows.push(Row {
            setting: Some(setting),
            name: setting.variable.to_owned(),
            key: setting.key.map(str::to_owned),
            value: shown,
            origin,
            allowed: kind.allowed.clone(),
            list: kind.list,
        });
        value
    }

    /// Returns a value of the file as it is written in a variable. `None` if it is empty or has another type.
    pub(super) fn node_text<T>(
        &mut self,
        name: &str,
        node: &Node,
        kind: &Kind<T>,
    ) -> Option<(String, Origin)> {
        let text = match &node.value {
            Value::List(nodes) if kind.list => {
                let texts: Option<Vec<_>> = nodes.iter().map(|node| node.value.scalar()).collect();
                texts.map(|texts| texts.join(","))
            }
            value => value.scalar(),
        };
        let origin = self.line(node);
        if text.is_none() {
            self.reject(name, node.value.type_name(), &origin, &kind.allowed);
        }
        let text = text?.trim().to_owned();
        (!text.is_empty()).then_some((text, origin))
    }

    /// Parses a value, or records an error. Paths in the file are relative to its folder.
    pub(super) fn parse<T>(
        &mut self,
        name: &str,
        text: &str,
        origin: &Origin,
        kind: &Kind<T>,
    ) -> Option<T> {
        let resolved = match origin {
            Origin::File { .. } if kind.path => self
                .beside_file(Path::new(text))
                .to_str()
                .map(str::to_owned),
            _ => None,
        };
        let value = kind.parse(resolved.as_deref().unwrap_or(text));
        if value.is_none() {
            let shown: String = shown(kind, text.to_owned())
                .chars()
                .take(MAX_SHOWN_CHARS)
                .collect();
            self.reject(name, format!("{shown:?}"), origin, &kind.allowed);
        }
        value
    }

    /// Returns a path that is relative to the folder of the settings file.
    pub(super) fn beside_file(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// Returns the content of the file that a setting names, if it is set.
    pub(super) fn content_of(&mut self, key: &str, path: Option<&Path>) -> Option<Vec<u8>> {
        self.content(self.name(key), path?)
    }

    /// Returns the content of a file that the setting `name` names.
    pub(super) fn content(&mut self, name: &str, path: &Path) -> Option<Vec<u8>> {
        let Files(read) = self.files;
        read(path)
            .map_err(|error: io::Error| self.unreadable(name, path, error.to_string()))
            .ok()
    }

    /// Records that a file is unusable.
    pub(super) fn unreadable(&mut self, name: &str, path: &Path, reason: String) {
        self.errors.push(ConfigError::File {
            name: name.to_owned(),
            path: path.display().to_string(),
            reason,
        });
    }

    /// Records an invalid value.
    pub(super) fn reject(
        &mut self,
        name: impl Into<String>,
        found: impl Into<String>,
        origin: &Origin,
        expected: impl Into<String>,
    ) {
        self.errors.push(ConfigError::Value {
            name: name.into(),
            found: found.into(),
            origin: origin.clone(),
            expected: expected.into(),
        });
    }

    /// Records that the value of a setting conflicts with another one.
    pub(super) fn reject_setting(&mut self, key: &str, expected: impl Into<String>) {
        let (name, row) = (self.name(key), self.row(key).clone());
        let found = format!("{:?}", row.value.unwrap_or_default());
        self.reject(name, found, &row.origin, expected);
    }

    /// Records that `missing` is required because `present` is set.
    pub(super) fn require(&mut self, missing: &str, present: &str, because: &str) {
        self.errors.push(ConfigError::Missing {
            name: self.name_beside(missing, present).to_owned(),
            because: format!("{} is set, and {because}", self.name(present)),
        });
    }

    /// Shows the value that an unset setting has.
    pub(super) fn assume(&mut self, key: &str, value: &str) {
        let unset = |row: &&mut Row| row.is(key) && row.value.is_none();
        if let Some(row) = self.rows.iter_mut().find(unset) {
            row.value = Some(value.to_owned());
        }
    }

    /// Returns whether a setting that has been read is set.
    pub(super) fn is_set(&self, key: &str) -> bool {
        *self.origin(key) != Origin::Default
    }

    /// Returns where the value of a setting that has been read came from.
    pub(super) fn origin(&self, key: &str) -> &Origin {
        &self.row(key).origin
    }

    /// Returns the name of a setting in the source where it is set.
    pub(super) fn name(&self, key: &str) -> &'static str {
        self.name_beside(key, key)
    }

    /// Returns the name that a setting has in the source where `other` is set.
    pub(super) fn name_beside(&self, key: &str, other: &str) -> &'static str {
        let setting = self.row(key).setting.expect("a setting, not a table");
        name_in(setting, self.origin(other))
    }

    /// Returns the row of a setting by its key, or by its variable if it has no key.
    fn row(&self, key: &str) -> &Row {
        let row = self.rows.iter().find(|row| row.is(key));
        row.expect("the setting has been read before")
    }

    /// Returns the place of a value in the file.
    pub(super) fn line(&self, node: &Node) -> Origin {
        Origin::File {
            path: Arc::clone(&self.file),
            line: node.line,
        }
    }

    /// Warns of everything that was set and not read: most likely it is misspelt. It could be meant for another version,
    /// so it isn't an error.
    pub(super) fn finish(mut self) -> Result<(Vec<Row>, Vec<String>), ConfigErrors> {
        let known = |name: &&str| !self.rows.iter().any(|row| row.name == *name);
        let names = self.variables.own_names().filter(known);
        let unknown = names.map(|name| format!("unknown setting {name} (environment or .env)"));
        self.warnings.extend(unknown);
        for (key, line) in document::rest(&self.document) {
            let warning = format!("unknown setting {key} ({} line {line})", self.file);
            self.warnings.push(warning);
        }
        if self.errors.is_empty() {
            Ok((self.rows, self.warnings))
        } else {
            Err(ConfigErrors(self.errors))
        }
    }
}

/// Returns the name of a setting in a source.
fn name_in(setting: &Setting, origin: &Origin) -> &'static str {
    match (origin, setting.key) {
        (Origin::File { .. }, Some(key)) => key,
        _ => setting.variable,
    }
}

/// Returns a value as output can show it.
pub(super) fn shown<T>(kind: &Kind<T>, text: String) -> String {
    if kind.secret { MASK.to_owned() } else { text }
}
