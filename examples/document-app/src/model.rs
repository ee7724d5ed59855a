//! What writes the text: a language model on a server, or one of this machine's own, or none.

mod open_ai;
mod sse;

use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

pub use self::open_ai::OpenAi;
use crate::http::HttpError;

/// How many pieces of text may wait to be handed on before the model waits.
pub const TOKENS_AHEAD: usize = 64;
/// The longest text that is taken from a model: Temporal takes payloads of at most 2 MB.
const MAX_ANSWER_BYTES: usize = 512 * 1024;

/// Where a model puts its text, piece by piece, as it comes. When nobody takes it any more, the
/// model stops.
pub type Tokens = mpsc::Sender<String>;

/// What a model is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The text that it works on.
    pub text: String,
    /// What to do with it.
    pub instruction: String,
}

/// What a model wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The text, whole.
    pub text: String,
    /// Who wrote it.
    pub model: String,
    /// What a reader should know of it, if anything.
    pub note: Option<String>,
}

/// What writes a text as it is told.
pub trait LanguageModel: Send + Sync + 'static {
    /// How many texts it writes at once. The others wait in Temporal's queue, where waiting costs no
    /// attempt.
    fn at_once(&self) -> usize {
        16
    }

    /// Writes it. All that is put into `tokens`, joined, is the answer's text.
    fn generate<'a>(
        &'a self,
        prompt: &'a Prompt,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Answer, ModelError>>;
}

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The model's server was not reached, or refused.
    #[error("the language model: {0}")]
    Http(#[from] HttpError),
    /// What came is not what the protocol says.
    #[error("the language model's answer can't be read: {0}")]
    Unreadable(String),
    /// The server told of an error while it answered.
    #[error("the language model broke off: {0}")]
    BrokeOff(String),
    /// The model does not answer this, whoever asks.
    #[error("the language model refuses to answer")]
    Refused,
    /// It answered nothing.
    #[error("the language model answered nothing")]
    Empty,
    /// It wrote on and on.
    #[error("the language model wrote more than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    /// Nobody takes the text any more.
    #[error("nobody wants the text any more")]
    Unwanted,
    /// Without a model, there are a few things that can be done, and this is none of them.
    #[error("{0}")]
    UnknownInstruction(String),
    /// The text, or the instruction, is more than this model can take in.
    #[error("the language model can't take in so much: {0}")]
    PromptTooLong(String),
    /// A model on this machine failed.
    #[error("the language model failed: {0}")]
    Broken(String),
}

impl ModelError {
    /// The failure's type, for whoever handles it by program.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Http(error) if error.is_retryable() => "ModelUnavailable",
            Self::Http(_) | Self::Refused => "ModelRefused",
            Self::Unreadable(_) => "ModelUnreadable",
            Self::BrokeOff(_) => "ModelBrokeOff",
            Self::Empty => "ModelEmpty",
            Self::TooLong => "TooLong",
            Self::Unwanted => "Unwanted",
            Self::UnknownInstruction(_) => "UnknownInstruction",
            Self::PromptTooLong(_) => "PromptTooLong",
            Self::Broken(_) => "ModelBroken",
        }
    }

    /// Whether another try could go better.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Http(error) => error.is_retryable(),
            Self::BrokeOff(_) | Self::Empty | Self::Unwanted | Self::Broken(_) => true,
            Self::Unreadable(_)
            | Self::Refused
            | Self::TooLong
            | Self::UnknownInstruction(_)
            | Self::PromptTooLong(_) => false,
        }
    }

    /// When the server wants to be asked again, where it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Http(error) => error.retry_after(),
            _ => None,
        }
    }
}

/// An answer that grows piece by piece, each of which is handed on.
#[derive(Debug)]
pub struct Growing {
    text: String,
    tokens: Tokens,
}

impl Growing {
    /// An answer of which nothing is there yet.
    pub fn new(tokens: Tokens) -> Self {
        Self {
            text: String::new(),
            tokens,
        }
    }

    /// Adds a piece, once whoever takes the pieces is ready for it.
    pub async fn push(&mut self, piece: &str) -> Result<(), ModelError> {
        if piece.is_empty() {
            return Ok(());
        }
        if self.text.len() + piece.len() > MAX_ANSWER_BYTES {
            return Err(ModelError::TooLong);
        }
        self.text.push_str(piece);
        let handed_on = self.tokens.send(piece.to_owned()).await;
        handed_on.map_err(|_| ModelError::Unwanted)
    }

    /// The text, which must be more than blanks.
    pub fn end(self) -> Result<String, ModelError> {
        if self.text.trim().is_empty() {
            return Err(ModelError::Empty);
        }
        Ok(self.text)
    }
}
