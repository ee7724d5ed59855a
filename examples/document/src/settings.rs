//! The settings of the example, from environment variables.

use std::{ffi::OsString, path::PathBuf};

use anyhow::Context as _;

use crate::{Activities, LanguageModel, ModelServer, Speech, plain_rules::ADVICE};

/// The default voices. Servers without a voice of that name use their own first one.
const ESPEAK_VOICE: &str = "en";
const SERVER_VOICE: &str = "alloy";

impl Activities {
    /// Reads `DOCUMENT_FOLDER`; `BASE_URL`, `MODEL` and `API_KEY` with the prefixes `LLM_` and
    /// `SPEECH_`; and `SPEECH_VOICE`. Looks for eSpeak NG on `PATH`.
    ///
    /// # Errors
    /// A variable is missing or invalid.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let text = variable(name)?.to_string_lossy().trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let server = |prefix: &str| {
            let [url, model, key] =
                ["BASE_URL", "MODEL", "API_KEY"].map(|name| format!("{prefix}_{name}"));
            let Some(base_url) = text(&url) else {
                return Ok(None);
            };
            let missing = || format!("{url} is set; {model} must name one of the server's models");
            let model = text(&model).with_context(missing)?;
            let server = ModelServer::new(&base_url, text(&key).as_deref(), model);
            anyhow::Ok(Some(server.with_context(|| format!("invalid {url}"))?))
        };
        let voice = |default: &str| text("SPEECH_VOICE").unwrap_or_else(|| default.to_owned());
        let espeak = || {
            let path = variable("PATH")?;
            let mut programs = std::env::split_paths(&path).map(|dir| dir.join("espeak-ng"));
            programs.find(|program| program.is_file())
        };
        let folder = variable("DOCUMENT_FOLDER").map(PathBuf::from).or_else(|| {
            let data = variable("XDG_DATA_HOME").map(PathBuf::from);
            let home = || Some(PathBuf::from(variable("HOME")?).join(".local/share"));
            Some(data.or_else(home)?.join("fast-temporal/documents"))
        });
        Ok(Self {
            model: match server("LLM")? {
                Some(server) => LanguageModel::Server(server),
                None => LanguageModel::PlainRules,
            },
            speech: match (server("SPEECH")?, espeak()) {
                (Some(server), _) => Speech::Server(server, voice(SERVER_VOICE)),
                (None, Some(program)) => Speech::EspeakNg(program, voice(ESPEAK_VOICE)),
                (None, None) => Speech::None,
            },
            folder: folder.context("set DOCUMENT_FOLDER: there is no home folder")?,
        })
    }

    /// Describes the settings: names and values.
    pub fn summary(&self) -> Vec<(&'static str, String)> {
        let model = match &self.model {
            LanguageModel::Server(server) => format!("{} at {}", server.model, server.shown_url()),
            LanguageModel::PlainRules => format!("none (plain rules). {ADVICE}"),
        };
        let folder = self.folder.display().to_string();
        vec![
            ("Documents", folder),
            ("Language model", model),
            ("Speech", self.speech.voice()),
        ]
    }
}
