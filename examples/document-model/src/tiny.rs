//! A model of a few kilobytes, for tests: it reads anything and always writes the same.

use std::{fs::File, path::Path};

use candle_core::{
    Device, Result, Tensor,
    quantized::{GgmlDType, QTensor, gguf_file, gguf_file::Value},
};

/// The numbers in which the model thinks of a token.
const WIDTH: usize = 32;

/// Writes the file of a model that writes the token `says` again and again.
pub(crate) fn write(path: &Path, says: &str) -> Result<()> {
    let tokens = tokens();
    let said = tokens.iter().position(|token| token == says);
    let said = said.expect("one of the tokens");
    let device = Device::Cpu;
    let tensor = |numbers: Tensor| QTensor::quantize(&numbers, GgmlDType::F32);
    let mut scores = vec![0f32; tokens.len() * WIDTH];
    scores[said * WIDTH..(said + 1) * WIDTH].fill(3.0);
    let output = Tensor::from_vec(scores, (tokens.len(), WIDTH), &device)?;
    let tensors = [
        (
            "token_embd.weight",
            tensor(Tensor::ones(
                (tokens.len(), WIDTH),
                candle_core::DType::F32,
                &device,
            )?)?,
        ),
        (
            "output_norm.weight",
            tensor(Tensor::ones(WIDTH, candle_core::DType::F32, &device)?)?,
        ),
        ("output.weight", tensor(output)?),
    ];
    let text = |text: &str| Value::String(text.to_owned());
    let number = |number| Value::U32(number);
    let list = tokens.iter().map(|token| text(token)).collect();
    let kinds = tokens
        .iter()
        .map(|token| Value::I32(if token.len() > 3 { 3 } else { 1 }));
    let metadata = [
        ("general.architecture", text("qwen2")),
        ("qwen2.attention.head_count", number(1)),
        ("qwen2.attention.head_count_kv", number(1)),
        ("qwen2.attention.layer_norm_rms_epsilon", Value::F32(1e-6)),
        ("qwen2.block_count", number(0)),
        ("qwen2.context_length", number(4096)),
        ("qwen2.embedding_length", number(32)),
        ("tokenizer.ggml.model", text("gpt2")),
        ("tokenizer.ggml.pre", text("qwen2")),
        ("tokenizer.ggml.tokens", Value::Array(list)),
        ("tokenizer.ggml.token_type", Value::Array(kinds.collect())),
        ("tokenizer.ggml.merges", Value::Array(vec![text("h e")])),
    ];
    let tensors: Vec<_> = tensors
        .iter()
        .map(|(name, tensor)| (*name, tensor))
        .collect();
    let metadata: Vec<_> = metadata
        .iter()
        .map(|(name, value)| (*name, value))
        .collect();
    gguf_file::write(&mut File::create(path)?, &metadata, &tensors)
}

/// One token for each byte, as byte-level tokenizers write bytes, one for two, and the marks.
fn tokens() -> Vec<String> {
    let printable = |byte: &u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut others = 256..;
    let mut tokens: Vec<String> = (0..256)
        .map(|byte| {
            if printable(&byte) {
                Some(byte)
            } else {
                others.next()
            }
        })
        .map(|code| {
            code.and_then(char::from_u32)
                .expect("a character")
                .to_string()
        })
        .collect();
    tokens.extend(["he", "<|im_start|>", "<|im_end|>", "<|endoftext|>"].map(str::to_owned));
    tokens
}
