//! Words and sentences of a text, by rules that serve most languages with spaces.

use std::{cmp::Reverse, collections::HashMap};

/// Words that say nothing of what a text is about.
const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "all", "also", "an", "and", "are", "as", "at", "be", "been", "but",
    "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her",
    "his", "i", "if", "in", "into", "is", "it", "its", "no", "not", "of", "on", "one", "or", "our",
    "she", "so", "than", "that", "the", "their", "them", "then", "there", "they", "this", "to",
    "was", "we", "were", "what", "when", "which", "who", "will", "with", "would", "you", "your",
];

/// The words, without the punctuation around them: `don't` and `long-poll` are one word each.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

/// The sentences, in order. One ends at `.`, `!`, `?` or `…` before a space, and at a blank line.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        let ends = matches!(last, '.' | '!' | '?' | '…') && c.is_whitespace();
        if ends || (last == '\n' && c == '\n') {
            sentences.push(&text[start..at]);
            start = at;
        }
        last = c;
    }
    sentences.push(&text[start..]);
    sentences
        .into_iter()
        .map(str::trim)
        .filter(|sentence| words(sentence).next().is_some())
        .collect()
}

/// How often each word stands there, in lower case, the most frequent first and otherwise by
/// alphabet. Words that say nothing of the text's subject are left out.
pub(super) fn frequencies(text: &str) -> Vec<(String, usize)> {
    let mut counts = HashMap::new();
    for word in words(text) {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    counts.retain(|word, _| !STOP_WORDS.contains(&word.as_str()));
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, n), (b, m)| (Reverse(n), a).cmp(&(Reverse(m), b)));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_punctuation_but_not_inside() {
        let found: Vec<_> = words("Don't stop -- the \"long-poll\", x2! Über…").collect();
        assert_eq!(found, ["Don't", "stop", "the", "long-poll", "x2", "Über"]);
    }

    #[test]
    fn sentences_end_at_marks_and_blank_lines() {
        let found = sentences("One. Two! Version 1.1 is out?  Title\n\nLast line ... ");
        assert_eq!(
            found,
            [
                "One.",
                "Two!",
                "Version 1.1 is out?",
                "Title",
                "Last line ..."
            ]
        );
        assert_eq!(sentences(" \n\n . "), Vec::<&str>::new());
    }

    #[test]
    fn the_most_frequent_word_comes_first() {
        let counts = frequencies("The cat and the Dog. A cat, the dog, the bird.");
        let counts: Vec<_> = counts.iter().map(|(word, n)| (word.as_str(), *n)).collect();
        assert_eq!(counts, [("cat", 2), ("dog", 2), ("bird", 1)]);
    }
}
