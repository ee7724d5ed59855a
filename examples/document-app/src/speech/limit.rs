//! How much of a text is spoken.

use crate::plain::sentences;

/// The first so many bytes of a text.
pub(super) fn bytes(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The first so many characters of a text.
pub(super) fn characters(text: &str, most: usize) -> &str {
    text.char_indices()
        .nth(most)
        .map_or(text, |(at, _)| &text[..at])
}

/// As many of a text's sentences as its begin holds, and whether that is all of it.
pub(super) fn sentences_of<'a>(text: &'a str, begin: &'a str) -> (&'a str, bool) {
    if begin.len() == text.len() {
        return (text, true);
    }
    let start = text.as_ptr() as usize;
    let ends = sentences(text)
        .into_iter()
        .map(|sentence| sentence.as_ptr() as usize - start + sentence.len())
        .take_while(|end| *end <= begin.len());
    let end = ends.last().unwrap_or(begin.len());
    (&text[..end], false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_after_a_sentence() {
        assert_eq!(sentences_of("Short.", bytes("Short.", 6)), ("Short.", true));
        let long = "Twenty bytes, abcde. ".repeat(1000);
        let (spoken, whole) = sentences_of(&long, bytes(&long, 12_000));
        assert!(!whole);
        assert!(spoken.ends_with("abcde.") && spoken.len() > 12_000 - 30);
        let endless = "ä".repeat(100);
        assert_eq!(sentences_of(&endless, bytes(&endless, 51)).0.len(), 50);
    }

    #[test]
    fn characters_are_counted_where_a_server_counts_them() {
        let text = "Größe äöü. ".repeat(10);
        assert_eq!(characters(&text, 110), text);
        let (spoken, whole) = sentences_of(&text, characters(&text, 108));
        assert!(!whole);
        assert_eq!(spoken.chars().count(), 98);
    }
}
