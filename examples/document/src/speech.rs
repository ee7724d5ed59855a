//! Speech: a speech model on a server, or eSpeak NG if it is installed.

use std::{path::PathBuf, process::Stdio, time::Duration};

use serde_json::json;
use tempfile::NamedTempFile;
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

use crate::{ModelServer, StepError, model_server::unavailable};

/// The most characters that are spoken, about five minutes. OpenAI's servers reject longer texts.
const MAX_CHARACTERS: usize = 4096;
const ESPEAK_TIMEOUT: Duration = Duration::from_mins(1);
/// The length of the header of a WAV file.
const WAV_HEADER_BYTES: usize = 44;
/// What to do for speech.
const ADVICE: &str = "install espeak-ng, or set SPEECH_BASE_URL and SPEECH_MODEL to a server with \
                      the API of OpenAI";

/// What speaks texts.
#[derive(Clone, Debug)]
pub enum Speech {
    /// A speech model on a server, with one of its voices.
    Server(ModelServer, String),
    /// The program `espeak-ng` at this path, with one of its voices.
    EspeakNg(PathBuf, String),
    /// Nothing.
    None,
}

/// A spoken text.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// A WAV file.
    pub wav: Vec<u8>,
    /// The sound's length.
    pub seconds: f64,
    /// Whether the whole text is spoken.
    pub whole: bool,
}

impl Speech {
    /// Returns the synthesizer and its voice, for people.
    pub fn voice(&self) -> String {
        match self {
            Self::Server(server, voice) => format!("{}, voice {voice}", server.model),
            Self::EspeakNg(_, voice) => format!("eSpeak NG, voice {voice}"),
            Self::None => format!("none: {ADVICE}"),
        }
    }

    /// Speaks a text, or the beginning of a long one.
    pub async fn speak(&self, text: &str) -> Result<Sound, StepError> {
        if !text.contains(char::is_alphanumeric) {
            let message = "the text contains no words to speak";
            return Err(StepError::permanent("NothingToSpeak", message));
        }
        let spoken = beginning(text);
        let wav = match self {
            Self::Server(server, voice) => speak_on_server(server, voice, spoken).await?,
            Self::EspeakNg(program, voice) => {
                let speak = espeak(program, voice, spoken);
                let result = match timeout(ESPEAK_TIMEOUT, speak).await {
                    Ok(result) => result.map_err(|error| format!("{error:#}")),
                    Err(_) => Err(format!("it took longer than {ESPEAK_TIMEOUT:?}")),
                };
                result.map_err(|reason| {
                    let message = format!("{} failed: {reason}", program.display());
                    StepError::transient("SpeechFailed", message)
                })?
            }
            Self::None => {
                let message = format!("nothing on this machine speaks: {ADVICE}");
                return Err(StepError::permanent("NoSpeech", message));
            }
        };
        let Some(seconds) = seconds(&wav) else {
            let message = "the synthesizer's output is not a WAV file with sound";
            return Err(StepError::permanent("InvalidSound", message));
        };
        Ok(Sound {
            wav,
            seconds,
            whole: spoken.len() == text.len(),
        })
    }
}

async fn speak_on_server(
    server: &ModelServer,
    voice: &str,
    text: &str,
) -> Result<Vec<u8>, StepError> {
    let body = json!({
        "model": server.model,
        "voice": voice,
        "input": text,
        "response_format": "wav",
    });
    let response = server.post("audio/speech", &body).await?;
    let wav = response.bytes().await.map_err(unavailable)?;
    Ok(wav.into())
}

/// Runs eSpeak NG. Dropping the future kills it.
async fn espeak(program: &PathBuf, voice: &str, text: &str) -> anyhow::Result<Vec<u8>> {
    // In a file, not on standard output, the WAV header contains the sound's length.
    let wav = NamedTempFile::new()?;
    let mut child = Command::new(program)
        .args(["-b", "1", "-v", voice, "--stdin", "-w"]) // `-b 1`: UTF-8
        .arg(wav.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().expect("standard input is piped");
    stdin.write_all(text.as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        anyhow::bail!("{}: {}", output.status, errors.trim());
    }
    Ok(tokio::fs::read(wav.path()).await?)
}

/// Returns as many whole sentences of the text as can be spoken.
fn beginning(text: &str) -> &str {
    let Some((end, _)) = text.char_indices().nth(MAX_CHARACTERS) else {
        return text;
    };
    let text = &text[..end];
    let end = text
        .rfind(['.', '!', '?', '\n'])
        .map_or(end, |index| index + 1);
    &text[..end]
}

/// Returns the length of a WAV file's sound.
#[expect(clippy::cast_precision_loss, reason = "no sound is that long")]
fn seconds(wav: &[u8]) -> Option<f64> {
    let sound = wav
        .get(WAV_HEADER_BYTES..)
        .filter(|sound| !sound.is_empty())?;
    let bytes_per_second = u32::from_le_bytes(wav[28..32].try_into().ok()?);
    let is_wav = wav.starts_with(b"RIFF") && &wav[8..12] == b"WAVE" && bytes_per_second > 0;
    is_wav.then(|| sound.len() as f64 / f64::from(bytes_per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_after_a_sentence() {
        assert_eq!(beginning("Short."), "Short.");
        let long = "Twenty bytes, äbcde. ".repeat(1000);
        let spoken = beginning(&long);
        assert!(spoken.ends_with("äbcde."), "{spoken}");
        assert!((4050..=4096).contains(&spoken.chars().count()));
    }
}
