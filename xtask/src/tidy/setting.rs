//! The README's table of settings has every variable that is read, and no other.

use std::collections::BTreeSet;

use super::{finding::Finding, tree::Tree};

const README: &str = "README.md";
const CONFIG: &str = "crates/cli/src/config/";
const HEADING: &str = "## Configuration";

/// Finds variables that the table lacks, and rows for what nobody reads.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let config = tree
        .sources()
        .filter(|file| file.path.starts_with(CONFIG) && !file.is_test());
    let read: BTreeSet<&str> = config.flat_map(|file| quoted(file.code(), '"')).collect();
    let readme = tree.files().iter().find(|file| file.path == README);
    let documented: BTreeSet<&str> = readme
        .map(|file| rows(&file.text).collect())
        .unwrap_or_default();
    let missing = read.difference(&documented).map(|name| {
        Finding::error(
            README,
            format!("`{name}` is read, and `{HEADING}` has no row for it"),
        )
    });
    let left = documented.difference(&read).map(|name| {
        Finding::error(
            README,
            format!("`{HEADING}` has a row for `{name}`, which nobody reads"),
        )
    });
    missing.chain(left).collect()
}

/// The variables in the rows of the section's tables: what their first cells name.
fn rows(text: &str) -> impl Iterator<Item = &str> {
    let section = text.lines().skip_while(|line| *line != HEADING).skip(1);
    section
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix('|')?.split('|').next())
        .flat_map(|cell| quoted(cell, '`'))
}

/// What stands between quotes and is spelt like a variable.
fn quoted(text: &str, quote: char) -> impl Iterator<Item = &str> {
    let is_variable = |word: &&str| {
        let spelt = |c: char| c.is_ascii_uppercase() || c == '_';
        word.contains('_') && word.len() > 3 && word.chars().all(spelt)
    };
    text.split(quote).filter(is_variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "reader.or(\"FASTAPI_PORT\", \"8000\"); // `NOT_THIS`, \"nor this\"";

    fn found(readme: &str) -> Vec<Finding> {
        check(&Tree::of(&[
            ("README.md", readme),
            ("crates/cli/src/config/listen.rs", CODE),
        ]))
    }

    #[test]
    fn a_table_with_all_variables_is_right() {
        let readme =
            "x\n## Configuration\n\n| name | is |\n|---|---|\n| `FASTAPI_PORT` | `A_B` |\n";
        assert_eq!(found(readme), []);
    }

    #[test]
    fn a_variable_without_a_row_is_found_wherever_else_it_stands() {
        let findings = found("`FASTAPI_PORT`\n## Configuration\n## More\n| `FASTAPI_PORT` |\n");
        assert_eq!(findings.len(), 1);
        assert!(
            findings[0].to_string().contains("`FASTAPI_PORT` is read"),
            "{}",
            findings[0]
        );
    }

    #[test]
    fn a_row_that_nobody_reads_is_found() {
        let findings = found("## Configuration\n| `FASTAPI_PORT`, `OLD_NAME` | x |\n");
        assert_eq!(findings.len(), 1);
        assert!(
            findings[0].to_string().contains("`OLD_NAME`"),
            "{}",
            findings[0]
        );
    }
}
