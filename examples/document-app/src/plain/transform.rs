//! Doing with a text what an instruction says.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
};

use super::{
    ADVICE,
    instruction::Instruction,
    text::{frequencies, sentences, words},
};
use crate::model::{ModelError, Prompt};

/// A summary has one of three sentences, within these bounds.
const SUMMARY_SENTENCES: (usize, usize) = (1, 5);

/// What became of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transformed {
    /// The instruction as it was understood.
    pub(super) instruction: &'static str,
    /// The new text.
    pub(super) text: String,
}

/// Does what the instruction says. One that it doesn't know is an error that no retry can mend.
pub(super) fn transform(prompt: &Prompt) -> Result<Transformed, ModelError> {
    let instruction: Instruction = prompt
        .instruction
        .parse()
        .map_err(|unknown| ModelError::UnknownInstruction(format!("{unknown}. {ADVICE}")))?;
    let text = &prompt.text;
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
    Ok(Transformed {
        instruction: instruction.name(),
        text,
    })
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

    fn prompt(text: &str, instruction: &str) -> Prompt {
        Prompt {
            text: text.into(),
            instruction: instruction.into(),
        }
    }

    fn done(text: &str, instruction: &str) -> String {
        let prompt = prompt(text, instruction);
        transform(&prompt).expect("a known instruction").text
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
    fn an_unknown_instruction_is_told_what_is_known_and_how_to_get_a_model() {
        let error = transform(&prompt("a", "sing")).unwrap_err();
        assert_eq!(error.type_name(), "UnknownInstruction");
        assert!(!error.is_retryable());
        let error = error.to_string();
        assert!(error.contains("known are: upper case"), "{error}");
        assert!(error.contains("LLM_BASE_URL"), "{error}");
    }
}
