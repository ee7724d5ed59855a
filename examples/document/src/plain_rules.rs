//! Plain rules in place of a language model: a few instructions, found by their name.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use unicode_segmentation::UnicodeSegmentation as _;

use crate::StepError;

/// How to get a language model.
pub(crate) const ADVICE: &str = "For a language model, set LLM_BASE_URL and LLM_MODEL to a \
                                 server with the API of OpenAI, such as Ollama.";
/// The maximum number of sentences of a summary, which has a third of the text's.
const MAX_SUMMARY_SENTENCES: usize = 5;
/// Words that are common in every text, whatever its subject.
const STOP_WORDS: &str = "a an and are as at be but by for from had has have he i in into is it \
                          its not of on or our she so that the their them they this to was we \
                          were what when which who will with you your";

/// Returns the lines of the new text.
type Rule = fn(&str) -> Vec<String>;

/// Each rule with the phrases that name it. The first phrase is shown to users.
const RULES: &[(&[&str], Rule)] = &[
    (&["upper case", "uppercase"], |text| {
        vec![text.to_uppercase()]
    }),
    (&["lower case", "lowercase"], |text| {
        vec![text.to_lowercase()]
    }),
    (&["title case", "capitalize"], |text| {
        vec![text.split_word_bounds().map(capitalize).collect()]
    }),
    (&["reverse lines", "reverse"], |text| {
        text.lines().rev().map(str::to_owned).collect()
    }),
    (&["sort lines", "sort"], |text| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort_by_cached_key(|line| line.to_lowercase());
        lines
    }),
    (&["number lines", "line numbers"], |text| {
        let width = text.lines().count().to_string().len();
        let numbered = text.lines().zip(1..);
        let numbered = numbered.map(|(line, number)| format!("{number:>width$}  {line}"));
        numbered.collect()
    }),
    (&["count words", "word count"], |text| {
        let mut counts: Vec<_> = word_counts(text).into_iter().collect();
        counts.sort_by_key(|(_, count)| Reverse(*count));
        let lines = counts
            .iter()
            .map(|(word, count)| format!("{count:>5}  {word}"));
        lines.collect()
    }),
    (&["summarize", "summarise", "summary", "shorten"], |text| {
        vec![summary(text)]
    }),
];

/// Applies the rule that an instruction names, as in `Upper case, please!`. Returns the new text
/// and a note about it.
pub(crate) fn apply(text: &str, instruction: &str) -> Result<(String, String), StepError> {
    let instruction = format!(" {} ", words(instruction).collect::<Vec<_>>().join(" "));
    let is_named = |phrase: &&str| instruction.contains(&format!(" {phrase} "));
    let mut rules = RULES.iter();
    let Some((phrases, rule)) = rules.find(|(phrases, _)| phrases.iter().any(&is_named)) else {
        let known: Vec<_> = RULES.iter().map(|(phrases, _)| phrases[0]).collect();
        let known = known.join(", ");
        let message = format!(
            "unknown instruction; without a language model, the instructions are: {known}. {ADVICE}"
        );
        return Err(StepError::permanent("UnknownInstruction", message));
    };
    let name = phrases[0];
    let note = format!("Written by the plain rule {name:?}, without a language model. {ADVICE}");
    Ok((rule(text).join("\n"), note))
}

fn capitalize(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.collect::<String>() + &letters.as_str().to_lowercase()
}

/// Returns the words in lower case, without punctuation.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.unicode_words().map(str::to_lowercase)
}

/// Returns how often each word occurs, except stop words.
fn word_counts(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words(text) {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.retain(|word, _| STOP_WORDS.split(' ').all(|stop_word| stop_word != word));
    counts
}

/// Returns the sentences with the text's most frequent words, in their order.
fn summary(text: &str) -> String {
    // A blank line ends a sentence; another line break doesn't.
    let text = text.replace("\n\n", "\u{2029}").replace('\n', " ");
    let sentences: Vec<_> = text.unicode_sentences().map(str::trim).collect();
    let counts = word_counts(&text);
    let score = |sentence: &str| {
        let words: BTreeSet<_> = words(sentence).collect();
        let sum: usize = words.iter().filter_map(|word| counts.get(word)).sum();
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
