//! What the `dev` command needs of the machine, and what its example works with.

use std::{ffi::OsString, path::PathBuf};

use fast_temporal_temporal::{Secret, cli::CliSearch};

use super::{
    reader::{Kind, Reader, kind},
    setting::{Setting, settings},
};

settings! {
    TOOL in "dev": "What `fast-temporal dev` needs of the machine, and what its example works with.";

    /// Temporal's CLI. Without it: `temporal` on the `PATH`, then the cache folder
    /// (`XDG_CACHE_HOME`, else `~/.cache`), then a download, by Temporal or from PyPI.
    CLI_PATH = "TEMPORAL_CLI_PATH", key "dev.temporal_cli";

    /// The folder that the example writes its files to. Without it, one in the system's folder for
    /// temporary files.
    DOCUMENT_FOLDER = "DOCUMENT_FOLDER", key "dev.document_folder";

    /// The server with the example's language model: any that speaks the protocol of OpenAI, where
    /// its paths begin. Without it, the example writes by plain rules.
    LLM_BASE_URL = "LLM_BASE_URL", key "dev.llm_base_url";

    /// The key that the language model's server asks for.
    LLM_API_KEY = "LLM_API_KEY", key "dev.llm_api_key";

    /// The language model's name on its server.
    LLM_MODEL = "LLM_MODEL", key "dev.llm_model";

    /// The server with the example's speech model, as for the language model. Without it, eSpeak NG
    /// speaks, on this machine.
    SPEECH_BASE_URL = "SPEECH_BASE_URL", key "dev.speech_base_url";

    /// The key that the speech model's server asks for.
    SPEECH_API_KEY = "SPEECH_API_KEY", key "dev.speech_api_key";

    /// The speech model's name on its server.
    SPEECH_MODEL = "SPEECH_MODEL", key "dev.speech_model";

    /// The voice. Without it, `en` for eSpeak NG and `alloy` for a server.
    SPEECH_VOICE = "SPEECH_VOICE", key "dev.speech_voice";
}

/// What the `dev` command needs of the machine, and what its example works with.
#[derive(Clone, Debug)]
pub struct ToolSettings {
    /// `CLI_PATH`.
    pub cli: Option<PathBuf>,
    /// What the example works with.
    pub example: ExampleSettings,
    /// The folders of programs, from `PATH`.
    pub path_var: Option<OsString>,
    /// The folder for what is fetched, by `XDG_CACHE_HOME` or `HOME`.
    pub cache_dir: PathBuf,
}

/// What the example of `dev` works with.
#[derive(Clone, Debug)]
pub struct ExampleSettings {
    /// `DOCUMENT_FOLDER`.
    pub folder: Option<PathBuf>,
    /// `LLM_BASE_URL` and what belongs to it.
    pub language: Option<ModelSettings>,
    /// `SPEECH_BASE_URL` and what belongs to it.
    pub speech: Option<ModelSettings>,
    /// `SPEECH_VOICE`.
    pub voice: Option<String>,
}

/// A model on a server.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// Where the server's paths begin.
    pub base_url: String,
    /// The key that it asks for.
    pub api_key: Option<Secret>,
    /// The model's name there.
    pub model: String,
}

impl ToolSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let path = |name| reader.environment(name).map(PathBuf::from);
        let cache_dir = CliSearch::default_cache_dir(path("XDG_CACHE_HOME"), path("HOME"));
        let path_var = reader.environment("PATH");
        Self {
            cli: reader.path(&CLI_PATH),
            example: ExampleSettings {
                folder: reader.path(&DOCUMENT_FOLDER),
                language: model(reader, [&LLM_BASE_URL, &LLM_API_KEY, &LLM_MODEL]),
                speech: model(reader, [&SPEECH_BASE_URL, &SPEECH_API_KEY, &SPEECH_MODEL]),
                voice: reader.optional(&SPEECH_VOICE, &kind::name()),
            },
            path_var,
            cache_dir,
        }
    }

    /// Where to look for the CLI.
    pub fn search(&self) -> CliSearch {
        CliSearch {
            cli_path: self.cli.clone(),
            path_var: self.path_var.clone(),
            cache_dir: self.cache_dir.clone(),
        }
    }
}

fn model(
    reader: &mut Reader,
    [base_url, api_key, model]: [&'static Setting; 3],
) -> Option<ModelSettings> {
    let url = reader.optional(base_url, &server_url());
    let key = reader.optional(api_key, &kind::secret()).map(Secret::new);
    let name = reader.optional(model, &kind::name());
    if url.is_some() && name.is_none() {
        reader.miss(model, base_url, "a server has several models");
    }
    Some(ModelSettings {
        base_url: url?,
        api_key: key,
        model: name?,
    })
}

fn server_url() -> Kind<String> {
    kind::text("an http or https URL", |text| {
        let rest = ["http://", "https://"].iter();
        let mut rest = rest.filter_map(|scheme| text.strip_prefix(scheme));
        rest.next()
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
    })
}
