//! What is in force, by setting: the topmost layer that says something counts.

pub(super) mod document;
pub(super) mod dotenv;

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::document::{Node, Table, Value};
use super::{
    PREFIX,
    auth::AUTH,
    error::ConfigError,
    setting::Setting,
    source::{Origin, Sources},
};

/// What all sources say. An empty value means unset, and hides what a layer below says.
pub(super) struct Layers {
    variables: BTreeMap<String, (String, Origin)>,
    document: Table,
    /// The file as errors name it, and the folder that it is in.
    file: Arc<str>,
    folder: PathBuf,
}

/// What a setting is given by the topmost layer that says something.
pub(super) enum Given {
    /// A variable or a flag.
    Variable(String, Origin),
    /// A value in the file.
    Node(Node),
}

impl Layers {
    pub(super) fn new(sources: &Sources, errors: &mut Vec<ConfigError>) -> Self {
        let document = read_document(sources, errors);
        let path = sources.file.as_ref().map(|file| file.path.as_path());
        let path = path.unwrap_or(Path::new(""));
        let mut variables = BTreeMap::new();
        read_dotenv(sources, &mut variables, errors);
        for (name, value) in &sources.environment {
            let Some(name) = name.to_str() else { continue };
            // What is no text is no value of ours, and says so only where it is asked for.
            let value = value
                .to_str()
                .map_or_else(|| NOT_TEXT.to_owned(), str::to_owned);
            variables.insert(whole(name), (value, Origin::Environment));
        }
        for flag in &sources.flags {
            let origin = Origin::Flag(flag.setting.flag.unwrap_or_default());
            let name = flag.setting.variable.to_owned();
            variables.insert(name, (flag.value.clone(), origin));
        }
        Self {
            variables,
            document,
            file: path.display().to_string().into(),
            folder: path.parent().unwrap_or(path).to_owned(),
        }
    }

    /// What the setting is given. To be asked once: the file's value is taken out of the file,
    /// also where a layer above it counts.
    pub(super) fn take(&mut self, setting: &Setting) -> Option<Given> {
        let node = setting.key.and_then(|key| self.take_node(key));
        match self.variables.get(setting.variable) {
            Some((value, _)) if value.trim().is_empty() => None,
            Some((value, origin)) => Some(Given::Variable(value.trim().to_owned(), origin.clone())),
            None => node.map(Given::Node),
        }
    }

    /// What stands in the file at that key.
    pub(super) fn take_node(&mut self, key: &str) -> Option<Node> {
        document::take(&mut self.document, key)
    }

    /// What stands in the file at the key of a table, if it is no table.
    pub(super) fn take_node_unless_table(&mut self, key: &str) -> Option<Node> {
        let node = self.document.get(key)?;
        if matches!(node.value, Value::Table(_)) {
            return None;
        }
        self.document.remove(key)
    }

    /// What a variable or a flag says of the setting.
    pub(super) fn variable(&self, setting: &Setting) -> Option<(&str, &Origin)> {
        let (value, origin) = self.variables.get(setting.variable)?;
        let value = value.trim();
        (!value.is_empty()).then_some((value, origin))
    }

    /// The names of all variables that say something.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        let set = self.variables.iter();
        set.filter(|(_, (value, _))| !value.trim().is_empty())
            .map(|(name, _)| name.as_str())
    }

    /// The keys of the file that nobody has taken, with their lines.
    pub(super) fn rest(&self) -> Vec<(String, Origin)> {
        let rest = document::rest(&self.document).into_iter();
        rest.map(|(key, line)| (key, self.origin(line))).collect()
    }

    /// That line of the file.
    pub(super) fn origin(&self, line: usize) -> Origin {
        Origin::File {
            path: Arc::clone(&self.file),
            line,
        }
    }

    /// A path that stands in the file is meant from the file's folder.
    pub(super) fn beside_file(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

fn read_document(sources: &Sources, errors: &mut Vec<ConfigError>) -> Table {
    let Some(file) = &sources.file else {
        return Table::new();
    };
    let (document, bad) = document::parse(&file.text);
    errors.extend(bad.into_iter().map(|bad| ConfigError::FileLine {
        file: file.path.display().to_string(),
        line: bad.line,
        reason: bad.reason,
    }));
    document
}

fn read_dotenv(
    sources: &Sources,
    variables: &mut BTreeMap<String, (String, Origin)>,
    errors: &mut Vec<ConfigError>,
) {
    let outer = |name: &str| {
        let value = sources.environment.get(OsStr::new(name))?;
        value.to_str().map(str::to_owned)
    };
    let Some(text) = &sources.dotenv else { return };
    let (entries, bad) = dotenv::parse(text, outer);
    for entry in entries {
        let origin = Origin::DotEnv(entry.line);
        variables.insert(whole(&entry.name), (entry.value, origin));
    }
    errors.extend(bad.into_iter().map(|bad| ConfigError::DotEnvLine {
        line: bad.line,
        reason: bad.reason,
    }));
}

/// The whole name of a variable: those of `AUTH` may be written without our prefix.
fn whole(name: &str) -> String {
    let is_short = |setting: &&Setting| setting.variable.strip_prefix(PREFIX) == Some(name);
    let setting = AUTH.settings.iter().copied().find(is_short);
    setting.map_or(name, |setting| setting.variable).to_owned()
}

/// Stands for a value that is no UTF-8. No kind of setting takes this character.
const NOT_TEXT: &str = "\u{0}";
