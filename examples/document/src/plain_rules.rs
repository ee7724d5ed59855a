//! Plain rules in place of a language model: a few instructions, found by their name.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use crate::StepError;

/// What to do for a language model.
pub(crate) const ADVICE: &str = "For a language model, set LLM_BASE_URL and LLM_MODEL to a \
                                 server with the API of OpenAI, such as Ollama.";
/// The most sentences of a summary, which has a third of the text's.
const MAX_SUMMARY_SENTENCES: usize = 5;
/// Words that say nothing about a text's subject.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "had", "has", "have",
    "he", "i", "in", "into", "is", "it", "its", "not", "of", "on", "or", "our", "she", "so",
    "that", "the", "their", "them", "they", "this", "to", "was", "we", "were", "what", "when",
    "which", "who", "will", "with", "you", "your",
];

type Rule = fn(&str) -> String;

/// Each rule with the phrases that name it. The first phrase is shown to users.
const RULES: &[(&[&str], Rule)] = &[
    (&["upper case", "uppercase"], |text| text.to_uppercase()),
    (&["lower case", "lowercase"], |text| text.to_lowercase()),
    (&["title case", "capitalize"], title_case),
    (&["reverse lines", "reverse"], |text| {
        text.lines().rev().collect::<Vec<_>>().join("\n")
    }),
    (&["sort lines", "sort"], sort_lines),
    (&["number lines", "line numbers"], number_lines),
    (&["count words", "word count"], count_words),
    (&["summarize", "summarise", "summary", "shorten"], summarize),
];

/// Applies the rule that an instruction names, as in `Upper case, please!`. Returns the new text
/// and a note for its readers.
pub(crate) fn apply(text: &str, instruction: &str) -> Result<(String, String), StepError> {
    let asked: Vec<_> = words(instruction).map(str::to_lowercase).collect();
    let asked = format!(" {} ", asked.join(" "));
    let names = |phrase: &&str| asked.contains(&format!(" {phrase} "));
    let rule = RULES.iter().find(|(phrases, _)| phrases.iter().any(&names));
    let Some((phrases, rule)) = rule else {
        let known: Vec<_> = RULES.iter().map(|(phrases, _)| phrases[0]).collect();
        let known = known.join(", ");
        let message = format!(
            "unknown instruction; without a language model, the instructions are: {known}. {ADVICE}"
        );
        return Err(StepError::permanent("UnknownInstruction", message));
    };
    let name = phrases[0];
    let note = format!("Written by the plain rule {name:?}, without a language model. {ADVICE}");
    Ok((rule(text), note))
}

fn title_case(text: &str) -> String {
    let mut in_word = false;
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        if in_word {
            result.extend(c.to_lowercase());
        } else {
            result.extend(c.to_uppercase());
        }
        in_word = c.is_alphanumeric() || (in_word && matches!(c, '\'' | '’'));
    }
    result
}

fn sort_lines(text: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_by_cached_key(|line| line.to_lowercase());
    lines.join("\n")
}

fn number_lines(text: &str) -> String {
    let width = text.lines().count().to_string().len();
    let numbered = text.lines().zip(1..);
    let numbered = numbered.map(|(line, number)| format!("{number:>width$}  {line}"));
    numbered.collect::<Vec<_>>().join("\n")
}

fn count_words(text: &str) -> String {
    let mut counts: Vec<_> = frequencies(text).into_iter().collect();
    counts.sort_by(|(a, n), (b, m)| (Reverse(n), a).cmp(&(Reverse(m), b)));
    let lines = counts
        .into_iter()
        .map(|(word, count)| format!("{count:>5}  {word}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the sentences with the text's most frequent words, in their order.
fn summarize(text: &str) -> String {
    let sentences = sentences(text);
    let frequencies = frequencies(text);
    let score = |sentence: &str| {
        let words: BTreeSet<_> = words(sentence).map(str::to_lowercase).collect();
        let sum: usize = words.iter().filter_map(|word| frequencies.get(word)).sum();
        // Per word, or the longest sentence always wins.
        sum * 1000 / (words.len() + 3)
    };
    let mut best: Vec<_> = (0..sentences.len()).collect();
    best.sort_by_cached_key(|&index| Reverse(score(sentences[index])));
    best.truncate(sentences.len().div_ceil(3).min(MAX_SUMMARY_SENTENCES));
    best.sort_unstable();
    let best = best.into_iter().map(|index| sentences[index]);
    best.collect::<Vec<_>>().join(" ")
}

/// Returns the words without the punctuation around them: `don't` and `long-poll` are words.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

/// Returns the sentences. One ends at `.`, `!`, `?` or `…` before a space, and at a blank line.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut last = ' ';
    for (index, c) in text.char_indices() {
        let ends = matches!(last, '.' | '!' | '?' | '…') && c.is_whitespace();
        if ends || (last == '\n' && c == '\n') {
            sentences.push(&text[start..index]);
            start = index;
        }
        last = c;
    }
    sentences.push(&text[start..]);
    sentences.retain(|sentence| words(sentence).next().is_some());
    sentences.into_iter().map(str::trim).collect()
}

/// Returns how often each word that says something occurs, in lower case.
fn frequencies(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in words(text) {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    counts.retain(|word, _| !STOP_WORDS.contains(&word.as_str()));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_names_its_rule() {
        for (text, instruction, expected) in [
            ("straße 1", "Upper case, please!", "STRASSE 1"),
            ("ÄB", "lower case", "äb"),
            (
                "it's a LONG-poll,\nnow",
                "capitalize",
                "It's A Long-Poll,\nNow",
            ),
            ("a\nb\nc", "reverse", "c\nb\na"),
            ("b\nC\na", "please SORT the lines", "a\nb\nC"),
            ("x\ny", "number lines", "1  x\n2  y"),
            ("tea for two, tea!", "count words", "    2  tea\n    1  two"),
            ("", "summarize", ""),
        ] {
            let (result, _) = apply(text, instruction).expect(instruction);
            assert_eq!(result, expected, "{instruction}");
        }
    }

    #[test]
    fn summary_has_the_sentences_with_the_most_frequent_words() {
        let text = "Rivers shape valleys. Nobody knew. Rivers carry water and rivers carry sand. \
                    It rained. Valleys follow rivers. So be it.";
        let (summary, note) = apply(text, "summarize").expect("a summary");
        assert_eq!(summary, "Rivers shape valleys. Valleys follow rivers.");
        assert!(note.contains("without a language model"), "{note}");
    }

    #[test]
    fn unknown_instruction_lists_the_rules_and_how_to_get_a_model() {
        let error = apply("a", "consort").expect_err("no rule");
        assert!(!error.is_retryable);
        for part in ["upper case, lower case", "summarize", "LLM_BASE_URL"] {
            assert!(error.message.contains(part), "{error}");
        }
    }
}
