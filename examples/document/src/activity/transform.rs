//! Doing with a text what an instruction says.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
};

use serde::{Deserialize, Serialize};

use super::{
    instruction::{Instruction, UnknownInstruction},
    text::{frequencies, sentences, words},
};
use crate::Request;

/// The longest result: Temporal takes payloads of at most 2 MB.
const MAX_RESULT_BYTES: usize = 1024 * 1024;
/// A summary has one of three sentences, within these bounds.
const SUMMARY_SENTENCES: (usize, usize) = (1, 5);

/// What became of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transformed {
    /// The instruction as it was understood.
    pub instruction: String,
    /// The new text.
    pub text: String,
}

/// Why a text was left as it is. Trying again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TransformError {
    #[error(transparent)]
    UnknownInstruction(#[from] UnknownInstruction),
    #[error("the result has {0} bytes, and {MAX_RESULT_BYTES} are allowed")]
    TooLong(usize),
}

impl TransformError {
    /// The failure's type, for whoever handles it by program.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::UnknownInstruction(_) => "UnknownInstruction",
            Self::TooLong(_) => "TooLong",
        }
    }
}

pub(super) fn transform(request: &Request) -> Result<Transformed, TransformError> {
    let instruction: Instruction = request.instruction.parse()?;
    let text = &request.text;
    let text = match instruction {
        Instruction::UpperCase => text.to_uppercase(),
        Instruction::LowerCase => text.to_lowercase(),
        Instruction::TitleCase => title_case(text),
        Instruction::ReverseLines => lines(text.lines().rev()),
        Instruction::SortLines => {
            let mut sorted: Vec<_> = text.lines().collect();
            sorted.sort_by_cached_key(|line| line.to_lowercase());
            lines(sorted)
        }
        Instruction::NumberLines => number_lines(text),
        Instruction::CountWords => {
            let mut list = String::new();
            for (word, count) in frequencies(text) {
                writeln!(list, "{count:>5}  {word}").expect("a string takes what is written to it");
            }
            list
        }
        Instruction::Summarize => summarize(text),
    };
    match text.len() {
        bytes if bytes > MAX_RESULT_BYTES => Err(TransformError::TooLong(bytes)),
        _ => Ok(Transformed {
            instruction: instruction.name().to_owned(),
            text,
        }),
    }
}

fn lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

fn number_lines(text: &str) -> String {
    let width = text.lines().count().to_string().len();
    let numbered: Vec<_> = text
        .lines()
        .zip(1..)
        .map(|(line, n)| format!("{n:>width$}  {line}"))
        .collect();
    numbered.join("\n")
}

/// Each word's first letter large and the rest small; what stands between the words stays.
fn title_case(text: &str) -> String {
    let mut inside = false;
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        if inside {
            result.extend(c.to_lowercase());
        } else {
            result.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric() || (inside && matches!(c, '\'' | '’'));
    }
    result
}

/// The sentences with the text's most frequent words in them, in the order of the text.
fn summarize(text: &str) -> String {
    let all = sentences(text);
    let weight: HashMap<_, _> = frequencies(text).into_iter().collect();
    let score = |sentence: &str| {
        let words: BTreeSet<_> = words(sentence).map(str::to_lowercase).collect();
        let sum: usize = words.iter().filter_map(|word| weight.get(word)).sum();
        // By the word, in thousandths, or the longest sentence always wins.
        sum * 1000 / (words.len() + 3)
    };
    let (least, most) = SUMMARY_SENTENCES;
    let mut best: Vec<_> = (0..all.len()).collect();
    best.sort_by_cached_key(|&at| Reverse(score(all[at])));
    best.truncate(all.len().div_ceil(3).clamp(least, most));
    best.sort_unstable();
    best.into_iter()
        .map(|at| all[at])
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(text: &str, instruction: &str) -> String {
        let request = Request {
            text: text.into(),
            instruction: instruction.into(),
        };
        transform(&request).expect("a known instruction").text
    }

    #[test]
    fn every_instruction_does_what_it_says() {
        for (text, instruction, result) in [
            ("straße 1", "upper case", "STRASSE 1"),
            ("ÄB", "lower case", "äb"),
            (
                "it's a LONG-poll,\nnow",
                "title case",
                "It's A Long-Poll,\nNow",
            ),
            ("a\nb\nc", "reverse lines", "c\nb\na"),
            ("b\nC\na", "sort lines", "a\nb\nC"),
            ("x\ny", "number lines", "1  x\n2  y"),
            (
                "tea for two, tea!",
                "count words",
                "    2  tea\n    1  two\n",
            ),
            ("", "summarize", ""),
        ] {
            assert_eq!(done(text, instruction), result, "{instruction}");
        }
    }

    #[test]
    fn a_summary_keeps_the_weightiest_sentences_in_their_order() {
        let text = "Rivers shape valleys. Nobody knew. Rivers carry water and rivers carry sand. \
                    It rained. Valleys follow rivers. So be it.";
        assert_eq!(
            done(text, "summarize"),
            "Rivers shape valleys. Valleys follow rivers."
        );
    }

    #[test]
    fn what_would_not_fit_into_a_payload_is_refused() {
        let request = Request {
            text: "\n".repeat(256 * 1024),
            instruction: "number lines".into(),
        };
        let error = transform(&request).unwrap_err();
        assert_eq!(error.type_name(), "TooLong");
        assert!(error.to_string().contains("bytes"), "{error}");
    }

    #[test]
    fn an_unknown_instruction_is_a_failure_of_its_own_type() {
        let request = Request {
            text: "a".into(),
            instruction: "sing".into(),
        };
        assert_eq!(
            transform(&request).unwrap_err().type_name(),
            "UnknownInstruction"
        );
    }
}
