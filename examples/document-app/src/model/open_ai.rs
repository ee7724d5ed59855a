//! A language model behind a server that speaks the protocol of OpenAI: chat completions, which
//! come as server-sent events. Ollama, llama.cpp, vLLM and most providers do.

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Growing, LanguageModel, MAX_ANSWER_BYTES, ModelError, Prompt, Tokens,
    sse::{Decoder, SseError},
};
use crate::http::{Answering, Server};

/// What every model is told.
const SYSTEM: &str = "You work on a document as its reader instructs you. Answer with the new \
                      text of the document and nothing else: no preface, no comment, no quotes \
                      around it. Keep to the document's language unless told otherwise.";
/// What the server sends last.
const DONE: &str = "[DONE]";
const CUT: &str = "The text was cut at the model's limit.";

/// A model on a server.
#[derive(Clone, Debug)]
pub struct OpenAi {
    server: Server,
    model: String,
}

impl OpenAi {
    /// The model of that name on that server.
    pub fn new(server: Server, model: String) -> Self {
        Self { server, model }
    }

    async fn ask(&self, prompt: &Prompt, tokens: Tokens) -> Result<Answer, ModelError> {
        let Prompt { text, instruction } = prompt;
        let request = json!({
            "model": self.model,
            "stream": true,
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": format!("{instruction}\n\nThe document:\n\n{text}")},
            ],
        });
        let answer = self.server.post("chat/completions", &request).await?;
        let mut reading = Reading {
            text: Growing::new(tokens),
            ended: None,
        };
        if answer.is_json() {
            let whole = answer.whole(2 * MAX_ANSWER_BYTES).await?;
            reading.take(&String::from_utf8_lossy(&whole)).await?;
        } else {
            reading.follow(answer).await?;
        }
        let note = match reading.ended.as_deref() {
            None => return Err(ModelError::BrokeOff("the answer has no end".to_owned())),
            Some("content_filter") => return Err(ModelError::Refused),
            Some("length") => Some(CUT.to_owned()),
            Some(_) => None,
        };
        Ok(Answer {
            text: reading.text.end()?,
            model: self.model.clone(),
            note,
        })
    }
}

impl LanguageModel for OpenAi {
    fn generate<'a>(
        &'a self,
        prompt: &'a Prompt,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Answer, ModelError>> {
        Box::pin(self.ask(prompt, tokens))
    }
}

/// An answer that is being read.
struct Reading {
    text: Growing,
    /// Why the model came to an end, once it has.
    ended: Option<String>,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    /// A piece of the answer, where it is streamed, or all of it.
    #[serde(alias = "message")]
    delta: Option<Piece>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Piece {
    content: Option<String>,
}

impl Reading {
    async fn follow(&mut self, mut answer: Answering) -> Result<(), ModelError> {
        let mut decoder = Decoder::default();
        while let Some(bytes) = answer.next().await? {
            for data in decoder.push(&bytes)? {
                if data == DONE {
                    // Some servers say no more than that.
                    self.ended.get_or_insert_default();
                    return Ok(());
                }
                self.take(&data).await?;
            }
        }
        match decoder.end()? {
            Some(data) if data != DONE => self.take(&data).await,
            _ => Ok(()),
        }
    }

    async fn take(&mut self, data: &str) -> Result<(), ModelError> {
        let chunk: Chunk = serde_json::from_str(data)
            .map_err(|error| ModelError::Unreadable(error.to_string()))?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            let message = error.get("message").unwrap_or(&error);
            let message = message
                .as_str()
                .map_or_else(|| message.to_string(), str::to_owned);
            return Err(ModelError::BrokeOff(message.chars().take(300).collect()));
        }
        let Some(choice) = chunk.choices.into_iter().next() else {
            return Ok(());
        };
        if let Some(piece) = choice.delta.and_then(|delta| delta.content) {
            self.text.push(&piece).await?;
        }
        if choice.finish_reason.is_some() {
            self.ended = choice.finish_reason;
        }
        Ok(())
    }
}

impl From<SseError> for ModelError {
    fn from(error: SseError) -> Self {
        Self::Unreadable(error.to_string())
    }
}
