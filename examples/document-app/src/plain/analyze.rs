//! What a text consists of.

use serde::{Deserialize, Serialize};

use super::text::{frequencies, sentences, words};

/// The usual pace of a reader.
const WORDS_PER_MINUTE: usize = 230;
/// How many of the most frequent words are told.
const FREQUENT_WORDS: usize = 5;

/// Figures about a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// Characters, line ends included.
    pub characters: usize,
    /// Words.
    pub words: usize,
    /// Different words, whatever their case.
    pub different_words: usize,
    /// Sentences.
    pub sentences: usize,
    /// Lines.
    pub lines: usize,
    /// The longest line, in characters.
    pub longest_line: usize,
    /// How long one reads it, in seconds.
    pub reading_seconds: usize,
    /// The words that it is about, the most frequent first.
    pub frequent_words: Vec<WordCount>,
}

/// How often a word stands in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordCount {
    /// The word, in lower case.
    pub word: String,
    /// How often.
    pub count: usize,
}

pub(crate) fn analyze(text: &str) -> Analysis {
    let mut all: Vec<_> = words(text).map(str::to_lowercase).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    let frequent = frequencies(text).into_iter().take(FREQUENT_WORDS);
    Analysis {
        characters: text.chars().count(),
        words: count,
        different_words: all.len(),
        sentences: sentences(text).len(),
        lines: text.lines().count(),
        longest_line: text
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0),
        reading_seconds: (count * 60).div_ceil(WORDS_PER_MINUTE),
        frequent_words: frequent
            .map(|(word, count)| WordCount { word, count })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_counted() {
        let analysis = analyze("Die Töne. The tones, the TONES!\nTones.");
        assert_eq!(
            analysis,
            Analysis {
                characters: 38,
                words: 7,
                different_words: 4,
                sentences: 3,
                lines: 2,
                longest_line: 31,
                reading_seconds: 2,
                frequent_words: vec![
                    WordCount {
                        word: "tones".into(),
                        count: 3
                    },
                    WordCount {
                        word: "die".into(),
                        count: 1
                    },
                    WordCount {
                        word: "töne".into(),
                        count: 1
                    },
                ],
            }
        );
    }

    #[test]
    fn an_empty_text_has_nothing_in_it() {
        assert_eq!(analyze(""), Analysis::default());
    }
}
