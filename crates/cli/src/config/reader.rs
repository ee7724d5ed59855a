//! Reads settings one by one out of the layers, and keeps a record of each and of every error.

pub(super) mod kind;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use self::kind::Kind;
use super::{
    error::ConfigError,
    layer::{self, Layers, Origin, Sources},
};

/// What a secret looks like in every output.
const MASK: &str = "***";
/// How much of a wrong value an error shows, in characters.
const SHOWN: usize = 80;

/// One setting as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The variable.
    pub name: &'static str,
    /// Its value, secrets masked; `None` where it is not set and has no default.
    pub value: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
}

pub(super) struct Reader {
    layers: Layers,
    environment: BTreeMap<OsString, OsString>,
    pub(super) rows: Vec<Row>,
    pub(super) errors: Vec<ConfigError>,
}

impl Reader {
    pub(super) fn new(sources: &Sources) -> Self {
        let mut errors = Vec::new();
        let layers = Layers::new(sources, &mut errors);
        let environment = sources.environment.clone();
        Self {
            layers,
            environment,
            rows: Vec::new(),
            errors,
        }
    }

    /// A setting that always has a value. The default is written as a user would write it. After
    /// an error it stands in for the value, and the settings as a whole come to nothing.
    pub(super) fn or<T>(&mut self, name: &'static str, default: &'static str, kind: &Kind<T>) -> T {
        self.read(name, Some(default), kind)
            .or_else(|| (kind.parse)(default))
            .expect("a default is one of the allowed values")
    }

    /// A setting that may be absent.
    pub(super) fn optional<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<T> {
        self.read(name, None, kind)
    }

    /// Shows what an optional setting that is not set amounts to.
    pub(super) fn assume(&mut self, name: &'static str, value: &str) {
        let unset = |row: &&mut Row| row.name == name && row.value.is_none();
        if let Some(row) = self.rows.iter_mut().find(unset) {
            row.value = Some(value.to_owned());
        }
    }

    /// Adds an error about a setting that was read and does not go with another one.
    pub(super) fn refuse(&mut self, name: &'static str, allowed: &str) {
        let row = self.rows.iter().find(|row| row.name == name);
        let Row { value, origin, .. } = row.expect("a setting is read before it is refused");
        let read = format!("{:?}", value.as_deref().unwrap_or_default());
        let origin = *origin;
        self.errors.push(ConfigError::Value {
            name,
            read,
            origin,
            allowed: allowed.to_owned(),
        });
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        default: Option<&'static str>,
        kind: &Kind<T>,
    ) -> Option<T> {
        let Some((text, origin)) = self.layers.get(name) else {
            let value = default.map(str::to_owned);
            self.rows.push(Row {
                name,
                value,
                origin: Origin::Default,
            });
            return None;
        };
        let value = Some(text)
            .filter(|text| layer::is_text(text))
            .and_then(&kind.parse);
        let shown: String = if kind.secret {
            MASK.to_owned()
        } else {
            text.chars().take(SHOWN).collect()
        };
        if value.is_none() {
            let read = format!("{shown:?}");
            let allowed = kind.allowed.clone();
            self.errors.push(ConfigError::Value {
                name,
                read,
                origin,
                allowed,
            });
        }
        let shown = if kind.secret { shown } else { text.to_owned() };
        self.rows.push(Row {
            name,
            value: Some(shown),
            origin,
        });
        value
    }

    /// A variable of the machine's, which is no setting.
    pub(super) fn environment(&self, name: &str) -> Option<OsString> {
        self.environment
            .get(OsStr::new(name))
            .filter(|value| !value.is_empty())
            .cloned()
    }

    /// The variables that bear our prefix and that nothing has read: most likely misspelt.
    pub(super) fn unknown(&self, prefix: &str) -> Vec<String> {
        let known = |name: &str| self.rows.iter().any(|row| row.name == name);
        let names = self
            .layers
            .names()
            .filter(|name| name.starts_with(prefix) && !known(name));
        names.map(str::to_owned).collect()
    }
}
