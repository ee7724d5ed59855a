//! What can be set: where files go, which model writes, which one speaks. Where the values stand
//! is for whoever runs the worker; this says what they mean.

use std::{ffi::OsString, path::PathBuf, sync::Arc};

use crate::{
    Folder, Key,
    http::{Server, ServerError, shown},
    model::{LanguageModel, OpenAi},
    plain::PlainRules,
    speech::{Endpoint, Local, Speech},
};

/// The folder under the system's temporary folder where documents are written by default. On Unix,
/// the user's number follows: all users share that folder.
const FOLDER: &str = "fast-temporal-documents";
/// The voice of a synthesiser on this machine, by default.
const LOCAL_VOICE: &str = "en";
/// The voice of a server, by default: servers that have no such voice take it for their own first.
const SERVER_VOICE: &str = "alloy";

/// What the example is set to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder for all that is written; `None` for one of this user's own, in the system's
    /// folder for temporary files.
    pub folder: Option<PathBuf>,
    /// The language model, if there is one on a server.
    pub language: Option<ServerSettings>,
    /// The speech model, if there is one on a server.
    pub speech: Option<ServerSettings>,
    /// The voice.
    pub voice: Option<String>,
    /// `PATH`, where programs that speak are looked for.
    pub path_var: Option<OsString>,
    /// The folder for what is fetched once.
    pub cache_dir: PathBuf,
}

/// A model on a server that speaks the protocol of OpenAI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// Where the server's paths begin, for instance `http://localhost:11434/v1`.
    pub base_url: String,
    /// The key that it asks for.
    pub api_key: Option<Key>,
    /// The model's name there.
    pub model: String,
}

impl ServerSettings {
    /// Where it is, without a password that may stand in that.
    pub fn shown_url(&self) -> String {
        shown(&self.base_url)
    }
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A server without a model.
    #[error("{base_url} is set, so {model} must name one of that server's models")]
    NoModel {
        /// The variable that is set.
        base_url: String,
        /// The variable that is missing.
        model: String,
    },
    /// A server that can't be used.
    #[error("{0}_BASE_URL: {1}")]
    Server(&'static str, ServerError),
}

impl Settings {
    /// Settings out of variables, as the environment has them.
    pub fn of_variables(
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SettingsError> {
        let text = |name: &str| {
            let text = variable(name)?.to_string_lossy().trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let server = |prefix: &str| {
            let [base_url, key, model] =
                ["BASE_URL", "API_KEY", "MODEL"].map(|name| format!("{prefix}_{name}"));
            let Some(url) = text(&base_url) else {
                return Ok(None);
            };
            let name = text(&model).ok_or(SettingsError::NoModel { base_url, model })?;
            Ok(Some(ServerSettings {
                base_url: url,
                api_key: text(&key).map(Key::from),
                model: name,
            }))
        };
        let path = |name: &str| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let cache = path("XDG_CACHE_HOME").or_else(|| path("HOME").map(|home| home.join(".cache")));
        Ok(Self {
            folder: variable("DOCUMENT_FOLDER").map(PathBuf::from),
            language: server("LLM")?,
            speech: server("SPEECH")?,
            voice: text("SPEECH_VOICE"),
            path_var: variable("PATH"),
            cache_dir: cache
                .unwrap_or_else(std::env::temp_dir)
                .join("fast-temporal"),
        })
    }

    /// The folder for all that is written.
    pub fn folder(&self) -> Folder {
        match &self.folder {
            Some(path) => Folder::new(path.clone()),
            None => Folder::private(std::env::temp_dir().join(default_name())),
        }
    }

    /// What writes: the model that is set, else plain rules.
    pub fn model(&self) -> Result<Arc<dyn LanguageModel>, SettingsError> {
        let Some(settings) = &self.language else {
            return Ok(Arc::new(PlainRules));
        };
        let server = server("LLM", settings)?;
        Ok(Arc::new(OpenAi::new(server, settings.model.clone())))
    }

    /// What speaks: the model that is set, else this machine.
    pub fn speaker(&self) -> Result<Speech, SettingsError> {
        let voice = |default: &str| self.voice.clone().unwrap_or_else(|| default.to_owned());
        let Some(settings) = &self.speech else {
            return Ok(Speech::Local(Local {
                path_var: self.path_var.clone(),
                cache_dir: self.cache_dir.clone(),
                voice: voice(LOCAL_VOICE),
            }));
        };
        let server = server("SPEECH", settings)?;
        let model = settings.model.clone();
        Ok(Speech::Server(Endpoint::new(
            server,
            model,
            voice(SERVER_VOICE),
        )))
    }
}

#[cfg(unix)]
fn default_name() -> String {
    format!("{FOLDER}-{}", rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn default_name() -> String {
    FOLDER.to_owned()
}

fn server(name: &'static str, settings: &ServerSettings) -> Result<Server, SettingsError> {
    let made = Server::new(&settings.base_url, settings.api_key.clone());
    made.map_err(|error| SettingsError::Server(name, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        Settings::of_variables(find)
    }

    #[test]
    fn without_variables_there_are_plain_rules_and_this_machine_s_voice() {
        let settings = read(&[("HOME", "/users/ann")]).expect("settings");
        assert_eq!(settings.language, None);
        let folder = settings.folder();
        let name = folder.path().file_name().expect("a name");
        assert!(name.to_string_lossy().starts_with(FOLDER), "{folder:?}");
        assert_eq!(
            settings.cache_dir,
            PathBuf::from("/users/ann/.cache/fast-temporal")
        );
        assert!(matches!(settings.speaker(), Ok(Speech::Local(local)) if local.voice == "en"));
    }

    #[test]
    fn a_server_needs_a_model() {
        let error = read(&[("LLM_BASE_URL", "http://localhost:1/v1")]).expect_err("no model");
        let error = error.to_string();
        assert!(error.contains("LLM_MODEL"), "{error}");
        let variables = [
            ("LLM_BASE_URL", "http://localhost:1/v1"),
            ("LLM_MODEL", "small"),
            ("LLM_API_KEY", " "),
            ("SPEECH_BASE_URL", "nonsense"),
            ("SPEECH_MODEL", "tts"),
        ];
        let settings = read(&variables).expect("settings");
        let server = settings.language.as_ref().expect("a server");
        assert_eq!((server.model.as_str(), &server.api_key), ("small", &None));
        assert!(settings.model().is_ok());
        let error = settings.speaker().expect_err("no URL").to_string();
        assert!(error.starts_with("SPEECH_BASE_URL"), "{error}");
    }
}
