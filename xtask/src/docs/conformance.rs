//! The conformance page: each requirement of the protocol with the tests that cover it.
//!
//! A requirement is a list item of a page in `docs/protocol` that begins with its id in bold. A test
//! names the requirements that it covers in a comment above it.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::tree::{File, Tree};

const FOLDER: &str = "docs/protocol";
const PAGE: &str = "docs/protocol/conformance.md";
/// How a comment with ids begins. In two parts, so that the scan does not find this line.
const COVERS: &str = concat!("// ", "Covers ");

/// A requirement and where it is written.
struct Requirement<'a> {
    page: &'a File,
    id: &'a str,
    text: String,
}

/// A test and where it is.
struct Test<'a> {
    path: &'a str,
    name: &'a str,
}

/// Returns the text of the conformance page.
pub fn page(tree: &Tree) -> String {
    let mut text = String::from(
        "# Conformance\n\nEach requirement of the protocol, and the tests that cover it. Generated \
         by `cargo xtask docs`, which fails if a requirement has no test.\n",
    );
    let tests = tests_by_id(tree);
    let mut current = "";
    for requirement in requirements(tree) {
        let page = requirement.page;
        if page.path != current {
            current = &page.path;
            let title = page.text.lines().next().unwrap_or_default();
            let title = title.trim_start_matches("# ");
            let _ = write!(
                text,
                "\n## [{title}]({})\n\n| id | requirement | tests |\n|---|---|---|\n",
                page.name()
            );
        }
        let found = tests.get(requirement.id).into_iter().flatten();
        let found: Vec<_> = found
            .map(|test| format!("[`{}`](../../{})", test.name, test.path))
            .collect();
        let (id, found) = (requirement.id, found.join("<br>"));
        let _ = writeln!(
            text,
            "| {id} | {} | {found} |",
            requirement.text.replace('|', "\\|")
        );
    }
    text
}

/// Finds requirements without a test, ids that are used twice, and tests that name an unknown id.
pub fn check(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    let mut tests = tests_by_id(tree);
    let mut ids = BTreeMap::new();
    for requirement in requirements(tree) {
        let (path, id) = (&requirement.page.path, requirement.id);
        if let Some(other) = ids.insert(id, path) {
            problems.push(format!("{path}: {id} is used twice, also in {other}"));
        }
        if tests.remove(id).is_none() && requirement.text.contains("MUST") {
            problems.push(format!("{path}: {id} has no test"));
        }
    }
    for (id, tests) in tests {
        if ids.contains_key(id) {
            continue;
        }
        for Test { path, name } in tests {
            problems.push(format!("{path}: {name} covers {id}, which does not exist"));
        }
    }
    problems
}

/// All requirements, in the order of the pages' names and of their text.
fn requirements(tree: &Tree) -> Vec<Requirement<'_>> {
    let mut found: Vec<Requirement<'_>> = Vec::new();
    let pages = tree
        .files()
        .iter()
        .filter(|file| file.folder() == FOLDER && file.extension() == "md" && file.path != PAGE);
    for page in pages {
        let mut is_open = false;
        for line in page.text.lines() {
            let start = line
                .strip_prefix("- **")
                .and_then(|rest| rest.split_once("** "));
            match start.filter(|(id, _)| is_id(id)) {
                Some((id, text)) => {
                    let text = text.to_owned();
                    found.push(Requirement { page, id, text });
                    is_open = true;
                }
                None if is_open && line.starts_with("  ") => {
                    let last = found.last_mut().expect("an open requirement");
                    last.text.push(' ');
                    last.text.push_str(line.trim());
                }
                None => is_open = false,
            }
        }
    }
    found
}

/// The tests that cover each id, by the comment above them.
fn tests_by_id(tree: &Tree) -> BTreeMap<&str, Vec<Test<'_>>> {
    let mut found: BTreeMap<&str, Vec<Test<'_>>> = BTreeMap::new();
    for file in tree.files().iter().filter(|file| file.extension() == "rs") {
        for (at, _) in file.text.match_indices(COVERS) {
            let rest = &file.text[at + COVERS.len()..];
            let ids = rest.lines().next().unwrap_or_default();
            let name = rest.split_once("fn ").map_or("", |(_, rest)| {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                &rest[..end.unwrap_or(rest.len())]
            });
            for id in ids.trim_end_matches('.').split(", ") {
                let path = file.path.as_str();
                found.entry(id).or_default().push(Test { path, name });
            }
        }
    }
    found
}

fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(area, number)| {
        area.chars().all(|c| c.is_ascii_uppercase()) && number.parse::<u16>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: (&str, &str) = (
        "a/tests/it/b.rs",
        concat!(
            "// ",
            "Covers EV-1, EV-2.\n#[test]\nfn frames_are_text() {}"
        ),
    );

    fn problems(page: &str) -> Vec<String> {
        check(&Tree::of(&[("docs/protocol/events.md", page), TEST]))
    }

    #[test]
    fn covered_requirements_are_fine() {
        let page = "- **EV-1** Frames MUST\n  be text.\n- **EV-2** Short.\n- **bold** text";
        assert_eq!(problems(page), Vec::<String>::new());
        let page = super::page(&Tree::of(&[("docs/protocol/events.md", page), TEST]));
        let row = "| EV-1 | Frames MUST be text. | [`frames_are_text`](../../a/tests/it/b.rs) |";
        assert!(page.contains(row), "{page}");
    }

    #[test]
    fn missing_tests_repeated_ids_and_unknown_ids_are_reported() {
        let found = problems("- **EV-1** One.\n- **EV-1** Two.\n- **EV-3** MUST.");
        assert_eq!(
            found,
            [
                "docs/protocol/events.md: EV-1 is used twice, also in docs/protocol/events.md",
                "docs/protocol/events.md: EV-3 has no test",
                "a/tests/it/b.rs: frames_are_text covers EV-2, which does not exist",
            ]
        );
    }
}
