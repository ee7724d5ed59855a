//! `cargo xtask prose`: spelling by `typos`, and phrases that readers have to parse twice.
//!
//! Names of functions and tests are prose as well: `_` counts as a space.

use anyhow::{Context as _, Result, bail};
use regex::{Regex, RegexSet};

use crate::{
    pypi,
    tree::{File, Tree},
    workspace::{self, Workspace, report},
};

/// One phrase a line: a regular expression, ` => `, and what to write instead.
const PHRASES: &str = include_str!("../phrases.txt");
/// Files that people write.
const EXTENSIONS: &[&str] = &["rs", "md", "toml", "html", "py", "mjs", "js", "ts"];

/// All phrases. The set finds in one pass which of them a file contains.
struct Phrases {
    set: RegexSet,
    each: Vec<Phrase>,
}

struct Phrase {
    pattern: Regex,
    instead: &'static str,
}

/// Checks the spelling and the phrases of all files that people write.
pub fn run(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(&workspace.root)?;
    let phrases = phrases()?;
    let files = tree.files().iter();
    let written = files.filter(|file| EXTENSIONS.contains(&file.extension()));
    let findings: Vec<_> = written.flat_map(|file| check(file, &phrases)).collect();
    for finding in &findings {
        report(&format!("error: {finding}"));
    }
    let mut typos = workspace.command(pypi::TYPOS.path(workspace)?);
    workspace::run(typos.args(["--format", "brief"]))?;
    match findings.len() {
        0 => Ok(()),
        count => bail!("{count} phrases in an idiom that is hard to read"),
    }
}

fn phrases() -> Result<Phrases> {
    let lines = PHRASES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut patterns = Vec::new();
    let mut each = Vec::new();
    for line in lines {
        let (pattern, instead) = line.split_once(" => ").context(line)?;
        let pattern = format!("(?i-u){pattern}");
        each.push(Phrase {
            pattern: Regex::new(&pattern)?,
            instead,
        });
        patterns.push(pattern);
    }
    let set = RegexSet::new(patterns)?;
    Ok(Phrases { set, each })
}

fn check(file: &File, phrases: &Phrases) -> Vec<String> {
    let prose = Prose::of(&file.text);
    let mut findings = Vec::new();
    for index in phrases.set.matches(&prose.text) {
        let phrase = &phrases.each[index];
        for found in phrase.pattern.find_iter(&prose.text) {
            findings.push(format!(
                "{}:{}: `{}`: write {}",
                file.path,
                prose.line(found.start()),
                found.as_str(),
                phrase.instead
            ));
        }
    }
    findings
}

/// The text of a file on one line, so that phrases are found across line breaks.
struct Prose {
    text: String,
    /// Where each line of the file begins in `text`.
    starts: Vec<usize>,
}

impl Prose {
    fn of(text: &str) -> Self {
        let (mut prose, mut starts) = (String::with_capacity(text.len()), Vec::new());
        for line in text.lines() {
            starts.push(prose.len());
            let words = line.trim_start().trim_start_matches(['/', '!', '#']);
            prose.push_str(&words.trim().replace('_', " "));
            prose.push(' ');
        }
        Self {
            text: prose,
            starts,
        }
    }

    /// Returns the number of the line, from 1, that a position of the text is on.
    fn line(&self, position: usize) -> usize {
        self.starts.partition_point(|start| *start <= position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let tree = Tree::of(&[("a.rs", text)]);
        check(&tree.files()[0], &phrases().expect("valid phrases"))
    }

    #[test]
    fn phrase_is_found_across_lines_with_its_line_number() {
        let found = findings(&format!(
            "fine\n/// The client is\n/// {}ld the cursor.\n",
            "to"
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("a.rs:2: "), "{found:?}");
    }

    #[test]
    fn names_count_as_prose() {
        assert_eq!(
            findings(&format!("fn what_is_{}_cursor_is_rejected() {{}}", "no")).len(),
            1
        );
    }

    #[test]
    fn plain_english_passes() {
        let text = "The gateway rejects a malformed cursor with `invalid_cursor`.";
        assert_eq!(findings(text), [""; 0]);
    }
}
