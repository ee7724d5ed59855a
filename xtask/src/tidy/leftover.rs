//! What was left lying about: unfinished work that nobody will find again, paths of somebody's
//! machine, tests that are skipped in silence, marks of a merge.

use super::{
    finding::Finding,
    tree::{File, Tree},
};

/// What is looked for; each says why it must not be there. The words come in two parts, so that
/// this file does not find itself.
const RULES: &[Rule] = &[
    Rule {
        parts: ("TO", "DO"),
        unless: &["://"],
        why: "unfinished work needs a link to its issue",
    },
    Rule {
        parts: ("FIX", "ME"),
        unless: &["://"],
        why: "unfinished work needs a link to its issue",
    },
    Rule {
        parts: ("/ho", "me/"),
        unless: &["://"],
        why: "a path of one machine",
    },
    Rule {
        parts: ("/ro", "ot/"),
        unless: &["://"],
        why: "a path of one machine",
    },
    Rule {
        parts: ("/Us", "ers/"),
        unless: &["://"],
        why: "a path of one machine",
    },
    Rule {
        parts: ("/wo", "rk/"),
        unless: &["://"],
        why: "a path of one machine",
    },
    Rule {
        parts: ("/tm", "p/"),
        unless: &["://"],
        why: "a path of one machine: ask for a temporary one",
    },
    Rule {
        parts: ("#[ign", "ore]"),
        unless: &[],
        why: "a test is never skipped in silence",
    },
    Rule {
        parts: ("<<<<", "<<< "),
        unless: &[],
        why: "a mark of a merge",
    },
    Rule {
        parts: (">>>>", ">>> "),
        unless: &[],
        why: "a mark of a merge",
    },
];

/// Kinds of files that are written by programs, or recorded.
const NOT_WRITTEN: &[&str] = &["json", "lock", "svg"];

struct Rule {
    parts: (&'static str, &'static str),
    /// A line that holds one of these is fine.
    unless: &'static [&'static str],
    why: &'static str,
}

impl Rule {
    fn word(&self) -> String {
        [self.parts.0, self.parts.1].concat()
    }
}

/// Finds what was left.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let written = tree
        .files()
        .iter()
        .filter(|file| !NOT_WRITTEN.contains(&file.extension()));
    written
        .flat_map(|file| RULES.iter().flat_map(|rule| lines(file, rule)))
        .collect()
}

fn lines(file: &File, rule: &Rule) -> Vec<Finding> {
    let word = rule.word();
    let lines = file.text.lines().enumerate();
    lines
        .filter(|(_, line)| stands_alone(line, &word))
        .filter(|(_, line)| !rule.unless.iter().any(|excuse| line.contains(excuse)))
        .map(|(index, _)| {
            let place = format!("{}:{}", file.path, index + 1);
            Finding::error(place, format!("`{word}`: {}", rule.why))
        })
        .collect()
}

/// Whether the word is there, and is not the middle of a longer one.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let goes_on = word.ends_with(char::is_alphanumeric) && in_word(after);
        !in_word(before) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> usize {
        check(&Tree::of(&[("a.rs", line)])).len()
    }

    #[test]
    fn every_rule_finds_its_word_and_says_where() {
        for rule in RULES {
            let text = format!("fine\nso: {} \n", rule.word());
            let findings = check(&Tree::of(&[("docs/a.md", &text)]));
            assert_eq!(findings.len(), 1, "{}", rule.word());
            assert!(
                findings[0].to_string().contains("docs/a.md:2"),
                "{}",
                findings[0]
            );
        }
    }

    #[test]
    fn unfinished_work_with_a_link_is_fine() {
        let word = RULES[0].word();
        assert_eq!(
            found(&format!("// {word}(https://example.org/issues/7): more")),
            0
        );
        assert_eq!(found(&format!("// {word}: more")), 1);
    }

    #[test]
    fn parts_of_longer_words_and_paths_are_fine() {
        let (unfinished, path) = (RULES[0].word(), RULES[2].word());
        assert_eq!(found(&format!("{unfinished}S")), 0);
        assert_eq!(found(&format!("src{path}page")), 0);
    }

    #[test]
    fn recorded_files_are_not_looked_at() {
        let word = RULES[0].word();
        assert_eq!(check(&Tree::of(&[("history.json", &word)])), []);
    }
}
