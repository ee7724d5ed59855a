//! The model at work, on this machine's processor.

use std::{
    fs::File,
    path::Path,
    sync::{Arc, Mutex},
};

use candle_core::{
    Device, IndexOp as _, Tensor,
    quantized::{gguf_file, tokenizer::TokenizerFromGguf as _},
};
use candle_transformers::{
    generation::{LogitsProcessor, Sampling},
    models::quantized_qwen2::ModelWeights,
    utils::apply_repeat_penalty,
};
use fast_temporal_example_document_app::{Answer, LanguageModel, ModelError, Prompt, Tokens};
use futures::future::BoxFuture;
use tokenizers::Tokenizer;

use crate::{chat, known::MODEL};

/// The longest prompt, in tokens: about three pages. The model could take more, but reading it
/// takes two processors a minute.
const MAX_PROMPT: usize = 2048;
/// How much of the prompt is read at a time, in tokens.
const MAX_PART: usize = 64;
/// The longest answer, in tokens.
const MAX_ANSWER: usize = 768;
/// How freely it writes: enough not to repeat itself, not so much that it strays.
const SAMPLING: Sampling = Sampling::TopP {
    p: 0.9,
    temperature: 0.3,
};
/// How much a token that stood there lately is held back, and for how many tokens.
const REPEAT_PENALTY: f32 = 1.1;
const REPEAT_WINDOW: usize = 64;
/// What ends the model's turn.
const ENDS: [&str; 2] = ["<|im_end|>", "<|endoftext|>"];
const CUT: &str = "The text was cut at the model's limit.";

/// The model. It writes one text at a time, as one takes all processors.
pub(crate) struct Engine(Arc<Inner>);

struct Inner {
    weights: Mutex<ModelWeights>,
    tokenizer: Tokenizer,
    ends: Vec<u32>,
}

impl Engine {
    /// Loads the model from its file.
    pub(crate) fn load(file: &Path) -> anyhow::Result<Self> {
        let mut file = File::open(file)?;
        let content = gguf_file::Content::read(&mut file)?;
        let tokenizer = Tokenizer::from_gguf(&content)?;
        let ends = ENDS
            .iter()
            .filter_map(|end| tokenizer.token_to_id(end))
            .collect();
        let weights = ModelWeights::from_gguf(content, &mut file, &Device::Cpu)?;
        Ok(Self(Arc::new(Inner {
            weights: Mutex::new(weights),
            tokenizer,
            ends,
        })))
    }
}

impl LanguageModel for Engine {
    fn at_once(&self) -> usize {
        1
    }

    fn generate<'a>(
        &'a self,
        prompt: &'a Prompt,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Answer, ModelError>> {
        let inner = Arc::clone(&self.0);
        let prompt = chat::prompt(prompt);
        Box::pin(async move {
            let writing = tokio::task::spawn_blocking(move || inner.write(&prompt, &tokens));
            writing.await.map_err(broken)?
        })
    }
}

impl Inner {
    fn write(&self, prompt: &str, tokens: &Tokens) -> Result<Answer, ModelError> {
        let encoded = self.tokenizer.encode(prompt, false).map_err(broken)?;
        let mut all = encoded.get_ids().to_vec();
        let length = all.len();
        if length > MAX_PROMPT {
            let message = format!("it has {length} tokens, and {MAX_PROMPT} are allowed");
            return Err(ModelError::PromptTooLong(message));
        }
        let mut weights = self.weights.lock().map_err(|_| broken("it broke before"))?;
        let mut choice = LogitsProcessor::from_sampling(fastrand::u64(..), SAMPLING);
        let mut pieces = self.tokenizer.decode_stream(true);
        let mut text = String::new();
        let mut scores = read(&mut weights, &all, tokens)?;
        while all.len() < length + MAX_ANSWER {
            let token = choose(&mut choice, &scores, &all[length..]).map_err(broken)?;
            if self.ends.contains(&token) {
                return answer(text, None);
            }
            if let Some(piece) = pieces.step(token).map_err(broken)? {
                text.push_str(&piece);
                tokens
                    .blocking_send(piece)
                    .map_err(|_| ModelError::Unwanted)?;
            }
            scores = forward(&mut weights, &[token], all.len())?;
            all.push(token);
        }
        answer(text, Some(CUT))
    }
}

/// Has the model read the prompt, and gives its scores for what comes next. It reads in parts whose
/// lengths are powers of two: the runtime keeps something for each length that it has seen.
fn read(weights: &mut ModelWeights, prompt: &[u32], tokens: &Tokens) -> Result<Tensor, ModelError> {
    let mut scores = None;
    let mut at = 0;
    while let Some(left) = (prompt.len() - at).checked_ilog2() {
        // Whoever waits may have gone meanwhile.
        if tokens.is_closed() {
            return Err(ModelError::Unwanted);
        }
        let end = at + MAX_PART.min(1 << left);
        scores = Some(forward(weights, &prompt[at..end], at)?);
        at = end;
    }
    scores.ok_or_else(|| broken("there is no prompt"))
}

/// The scores for what comes after these tokens, of which the first stands at that place.
fn forward(weights: &mut ModelWeights, ids: &[u32], at: usize) -> Result<Tensor, ModelError> {
    let scores = Tensor::new(ids, &Device::Cpu)
        .and_then(|ids| ids.unsqueeze(0))
        .and_then(|ids| weights.forward(&ids, at));
    scores.map_err(broken)
}

/// The next token. What the model wrote lately is held back; what it read is not, as it is to use
/// that.
fn choose(
    choice: &mut LogitsProcessor,
    scores: &Tensor,
    written: &[u32],
) -> candle_core::Result<u32> {
    let scores = scores.i(0)?;
    let lately = &written[written.len().saturating_sub(REPEAT_WINDOW)..];
    let scores = apply_repeat_penalty(&scores, REPEAT_PENALTY, lately)?;
    choice.sample(&scores)
}

fn answer(text: String, note: Option<&str>) -> Result<Answer, ModelError> {
    if text.trim().is_empty() {
        return Err(ModelError::Empty);
    }
    Ok(Answer {
        text,
        model: MODEL.name.to_owned(),
        note: note.map(str::to_owned),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "errors are handed to it")]
fn broken(error: impl ToString) -> ModelError {
    ModelError::Broken(error.to_string())
}

#[cfg(test)]
mod tests;
