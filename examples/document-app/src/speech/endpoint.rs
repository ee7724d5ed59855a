//! A speech model behind a server that speaks the protocol of OpenAI: `audio/speech`.

use serde_json::json;

use super::{SpeechError, wav::Pcm};
use crate::http::Server;

/// The longest text that is sent, in characters: OpenAI's own servers refuse longer ones, see
/// <https://platform.openai.com/docs/api-reference/audio/createSpeech>. About five minutes.
pub(super) const MAX_CHARACTERS: usize = 4096;
/// The longest sound that is taken: a quarter of an hour at 48,000 samples a second.
const MAX_BYTES: usize = 96 * 1024 * 1024;

/// A speech model on a server.
#[derive(Clone, Debug)]
pub struct Endpoint {
    server: Server,
    model: String,
    voice: String,
}

impl Endpoint {
    /// The model of that name on that server, and one of its voices.
    pub fn new(server: Server, model: String, voice: String) -> Self {
        Self {
            server,
            model,
            voice,
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{}, voice {}", self.model, self.voice)
    }

    pub(super) async fn speak(&self, text: &str) -> Result<Pcm, SpeechError> {
        let request = json!({
            "model": self.model,
            "voice": self.voice,
            "input": text,
            "response_format": "wav",
        });
        let answer = self.server.post("audio/speech", &request).await?;
        Ok(Pcm::read(&answer.whole(MAX_BYTES).await?)?)
    }
}
