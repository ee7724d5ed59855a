//! The language model that writes the text: on a server, or plain rules without a server.

use reqwest::{Response, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{ModelServer, StepError, model_server::unavailable, plain_rules};

/// The longest generated text: Temporal's payloads have at most 2 MB.
const MAX_TEXT_BYTES: usize = 512 * 1024;
/// The longest line of a server's answer, which bounds the memory that a broken server takes.
const MAX_LINE_BYTES: usize = 1024 * 1024;
const SYSTEM_PROMPT: &str = "You work on a document as its reader instructs you. Answer with the \
                             new text of the document and nothing else: no preface, no comment, \
                             no quotes around it. Keep to the document's language unless told \
                             otherwise.";

/// What writes texts.
#[derive(Clone, Debug)]
pub enum LanguageModel {
    /// A model on a server.
    Server(ModelServer),
    /// No model: a few instructions, by plain rules.
    PlainRules,
}

/// A generated text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The text.
    pub text: String,
    /// The model's name.
    pub model: String,
    /// What readers should know about the text.
    pub note: Option<String>,
}

impl LanguageModel {
    /// Applies an instruction to a text. Sends every piece of the new text as soon as it arrives.
    pub async fn generate(
        &self,
        text: &str,
        instruction: &str,
        pieces: mpsc::Sender<String>,
    ) -> Result<Generated, StepError> {
        let mut answer = Answer {
            text: String::new(),
            finish_reason: None,
            pieces,
        };
        let (model, note) = match self {
            Self::PlainRules => {
                let (new_text, note) = plain_rules::apply(text, instruction)?;
                answer.push(&new_text).await?;
                ("plain rules".to_owned(), Some(note))
            }
            Self::Server(server) => {
                let body = json!({
                    "model": server.model,
                    "stream": true,
                    "messages": [
                        {"role": "system", "content": SYSTEM_PROMPT},
                        {"role": "user", "content": format!("{instruction}\n\nThe document:\n\n{text}")},
                    ],
                });
                let response = server.post("chat/completions", &body).await?;
                answer.read(response).await?;
                (server.model.clone(), answer.note()?)
            }
        };
        if answer.text.trim().is_empty() {
            let message = "the generated text is empty";
            return Err(StepError::transient("ModelEmpty", message));
        }
        Ok(Generated {
            text: answer.text,
            model,
            note,
        })
    }
}

/// A text that a model is generating.
struct Answer {
    text: String,
    /// Why the model stopped.
    finish_reason: Option<String>,
    pieces: mpsc::Sender<String>,
}

impl Answer {
    /// Reads the answer: server-sent events with one line of JSON each, or one JSON value.
    async fn read(&mut self, mut response: Response) -> Result<(), StepError> {
        let content_type = response.headers().get(CONTENT_TYPE);
        if content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json")) {
            let body = response.text().await.map_err(unavailable)?;
            return self.push_chunk(&body).await;
        }
        let mut buffer = Vec::new();
        while let Some(bytes) = response.chunk().await.map_err(unavailable)? {
            buffer.extend_from_slice(&bytes);
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                match line.strip_prefix("data:").map(str::trim) {
                    Some("[DONE]") => {
                        self.finish_reason.get_or_insert_default();
                        return Ok(());
                    }
                    Some(data) => self.push_chunk(data).await?,
                    None => {}
                }
            }
            if buffer.len() > MAX_LINE_BYTES {
                return Err(invalid("a line is too long"));
            }
        }
        Ok(())
    }

    /// Reads a piece of the answer, or all of it from a server that does not stream.
    async fn push_chunk(&mut self, json: &str) -> Result<(), StepError> {
        let chunk = serde_json::from_str(json).map_err(|error| invalid(&error.to_string()));
        let chunk: Value = chunk?;
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            let text = || error.to_string();
            let message = error["message"].as_str().map_or_else(text, str::to_owned);
            return Err(interrupted(&message));
        }
        let choice = &chunk["choices"][0];
        let contents = [&choice["delta"]["content"], &choice["message"]["content"]];
        for content in contents.into_iter().filter_map(Value::as_str) {
            self.push(content).await?;
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.finish_reason = Some(reason.to_owned());
        }
        Ok(())
    }

    async fn push(&mut self, piece: &str) -> Result<(), StepError> {
        self.text.push_str(piece);
        if self.text.len() > MAX_TEXT_BYTES {
            let message = format!("the generated text is longer than {MAX_TEXT_BYTES} bytes");
            return Err(StepError::permanent("TextTooLong", message));
        }
        if !piece.is_empty() {
            // Fails if streaming has failed, and the text itself is still needed.
            let _ = self.pieces.send(piece.to_owned()).await;
        }
        Ok(())
    }

    /// Returns what readers should know, or an error if the model did not finish.
    fn note(&self) -> Result<Option<String>, StepError> {
        match self.finish_reason.as_deref() {
            None => Err(interrupted("the answer has no end")),
            Some("content_filter") => {
                let message = "the language model rejects this request";
                Err(StepError::permanent("ModelRejected", message))
            }
            Some("length") => Ok(Some("The text was cut at the model's limit.".to_owned())),
            Some(_) => Ok(None),
        }
    }
}

fn invalid(reason: &str) -> StepError {
    let message = format!("the language model's answer is invalid: {reason}");
    StepError::permanent("ModelInvalid", message)
}

fn interrupted(reason: &str) -> StepError {
    let message = format!("the language model stopped: {reason}");
    StepError::transient("ModelInterrupted", message)
}
