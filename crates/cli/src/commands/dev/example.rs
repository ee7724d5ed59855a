//! The example as `dev` runs it: what it works with, and what people should know of that.

use fast_temporal_example_document_app::{ADVICE, Documents, ServerSettings, Settings, Work};

use crate::config::{ModelSettings, ToolSettings};

/// The example, and what it is set to.
pub(super) struct Example(Settings);

impl Example {
    pub(super) fn new(tool: &ToolSettings) -> anyhow::Result<Self> {
        let example = &tool.example;
        let settings = Settings {
            folder: example.folder.clone(),
            language: example.language.as_ref().map(server),
            speech: example.speech.as_ref().map(server),
            voice: example.voice.clone(),
            path_var: tool.path_var.clone(),
            cache_dir: tool.cache_dir.clone(),
        };
        // What is wrong with them shows here, before anything is started.
        settings.model()?;
        settings.speaker()?;
        Ok(Self(settings))
    }

    /// What the worker in this process does. Where the language model has a worker of its own, the
    /// rest.
    pub(super) fn work(&self, with_model: bool) -> anyhow::Result<Work> {
        Ok(Work {
            documents: Some(Documents {
                folder: self.0.folder(),
                speech: self.0.speaker()?,
            }),
            model: with_model.then(|| self.0.model()).transpose()?,
        })
    }

    /// What people should know of it: names and values.
    pub(super) fn lines(&self, own_model: bool) -> Vec<(&'static str, String)> {
        let model = match &self.0.language {
            _ if own_model => "on this machine".to_owned(),
            Some(server) => format!("{} at {}", server.model, server.shown_url()),
            None => format!("none. {ADVICE}"),
        };
        let documents = self.0.folder().path().display().to_string();
        vec![("Documents", documents), ("Language model", model)]
    }
}

fn server(model: &ModelSettings) -> ServerSettings {
    ServerSettings {
        base_url: model.base_url.clone(),
        api_key: model
            .api_key
            .as_ref()
            .map(|key| key.expose().to_owned().into()),
        model: model.model.clone(),
    }
}
