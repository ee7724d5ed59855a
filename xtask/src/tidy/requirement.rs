//! Each requirement of the protocol names the test that holds it, and that test is there.
//!
//! A requirement is a paragraph or list item of PROTOCOL.md with a MUST in it. It ends with its
//! tests: `[test_name]` or `[test_name, other_test]`.

use std::collections::BTreeSet;

use super::{finding::Finding, tree::Tree};

const PROTOCOL: &str = "PROTOCOL.md";

/// Finds requirements without a test, and names of tests that are nowhere.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(protocol) = tree.files().iter().find(|file| file.path == PROTOCOL) else {
        return vec![Finding::error(PROTOCOL, "is missing")];
    };
    let tests: BTreeSet<&str> = tree
        .sources()
        .flat_map(|file| functions(&file.text))
        .collect();
    let mut findings = Vec::new();
    for (line, text) in paragraphs(&protocol.text) {
        let place = format!("{PROTOCOL}:{line}");
        let named: Vec<&str> = named_tests(&text).collect();
        if text.contains("MUST") && named.is_empty() {
            findings.push(Finding::error(&place, "this requirement names no test"));
        }
        for name in named.into_iter().filter(|name| !tests.contains(name)) {
            findings.push(Finding::error(&place, format!("there is no test `{name}`")));
        }
    }
    findings
}

/// The names of functions, of which tests are some.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// Paragraphs and list items, each with the number of its first line. Code blocks are none.
fn paragraphs(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let (mut in_code, mut begins) = (false, true);
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            begins = true;
        } else if in_code || line.trim().is_empty() || line.starts_with('#') {
            begins = true;
        } else {
            let item = ["- ", "* ", "| "]
                .iter()
                .any(|mark| line.trim_start().starts_with(mark));
            match found.last_mut().filter(|_| !begins && !item) {
                Some((_, paragraph)) => {
                    paragraph.push(' ');
                    paragraph.push_str(line.trim());
                }
                None => found.push((index + 1, line.trim().to_owned())),
            }
            begins = false;
        }
    }
    found
}

/// What stands in square brackets, in code, and is spelt like a test.
fn named_tests(paragraph: &str) -> impl Iterator<Item = &str> {
    paragraph
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .filter(|(inside, after)| inside.starts_with('`') && !after.starts_with('('))
        .flat_map(|(inside, _)| inside.split(','))
        .map(|name| name.trim().trim_matches('`'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(protocol: &str) -> Vec<String> {
        let test = (
            "a/tests/it/b.rs",
            "#[test]\nfn frames_are_text() {}\nasync fn other_one() {}",
        );
        let tree = Tree::of(&[(PROTOCOL, protocol), test]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_requirement_with_its_tests_is_right() {
        assert_eq!(
            found("- Frames MUST be\n  text. [`frames_are_text`, `other_one`]"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_requirement_without_a_test_is_found_with_its_line() {
        let findings = found("# T\n\n- It may.\n- Frames MUST be text.\n- More. [`other_one`]");
        assert_eq!(
            findings,
            ["error: PROTOCOL.md:4: this requirement names no test"]
        );
    }

    #[test]
    fn a_test_that_is_nowhere_is_found() {
        let findings = found("Frames MUST be text. [`frames_are_texts`]");
        assert_eq!(
            findings,
            ["error: PROTOCOL.md:1: there is no test `frames_are_texts`"]
        );
    }

    #[test]
    fn links_and_code_are_no_tests() {
        assert_eq!(
            found("See [`x`](y).\n```\nMUST [`z`]\n```"),
            Vec::<String>::new()
        );
    }
}
