//! How much of a text is spoken.

use crate::plain::sentences;

/// The longest text that is spoken, in bytes: about a quarter of an hour, or 40 MB.
const MAX_BYTES: usize = 12_000;

/// The text, or as many of its sentences as are spoken, and whether that is all.
pub(super) fn begin(text: &str) -> (&str, bool) {
    if text.len() <= MAX_BYTES {
        return (text, true);
    }
    let start = text.as_ptr() as usize;
    let ends = sentences(text)
        .into_iter()
        .map(|sentence| sentence.as_ptr() as usize - start + sentence.len())
        .take_while(|end| *end <= MAX_BYTES);
    let end = ends
        .last()
        .unwrap_or_else(|| text.floor_char_boundary(MAX_BYTES));
    (&text[..end], false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_after_a_sentence() {
        assert_eq!(begin("Short."), ("Short.", true));
        let long = "Twenty bytes, abcde. ".repeat(1000);
        let (spoken, whole) = begin(&long);
        assert!(!whole);
        assert!(spoken.ends_with("abcde.") && spoken.len() > MAX_BYTES - 30);
        let endless = "ä".repeat(MAX_BYTES);
        assert_eq!(begin(&endless).0.len(), MAX_BYTES);
    }
}
