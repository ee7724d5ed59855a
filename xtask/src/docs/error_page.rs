//! Error pages: each error code has one, with its meaning, its cause and what to do.

use std::collections::BTreeMap;

use fast_temporal_protocol::ErrorCode;

use super::table::meaning;
use crate::tree::Tree;

const FOLDER: &str = "docs/errors";
const SECTIONS: &[&str] = &[
    "## Cause",
    "## What the client does",
    "## What the operator does",
];

/// Finds codes without a page, pages without a code, and incomplete pages.
pub fn check(tree: &Tree) -> Vec<String> {
    let pages = tree.files().iter().filter(|file| file.folder() == FOLDER);
    let mut pages: BTreeMap<_, _> = pages.map(|page| (page.stem(), page)).collect();
    let mut problems = Vec::new();
    for code in ErrorCode::ALL {
        let path = format!("{FOLDER}/{code}.md");
        let Some(page) = pages.remove(code.as_str()) else {
            problems.push(format!("{path}: this error code has no page"));
            continue;
        };
        let start = format!("# {code}\n\n{}\n", meaning(*code));
        if !page.text.starts_with(&start) {
            problems.push(format!("{path}: the page must start with: {start}"));
        }
        for heading in SECTIONS {
            if !page.text.lines().any(|line| line == *heading) {
                problems.push(format!("{path}: the heading `{heading}` is missing"));
            }
        }
    }
    let unknown = pages.into_values();
    problems.extend(unknown.map(|page| format!("{}: unknown error code", page.path)));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Vec<(String, String)> {
        let pages = ErrorCode::ALL.iter().map(|code| {
            let text = format!("# {code}\n\n{}\n{}\n", meaning(*code), SECTIONS.join("\n"));
            (format!("{FOLDER}/{code}.md"), text)
        });
        pages.collect()
    }

    fn problems(pages: &[(String, String)]) -> Vec<String> {
        let files: Vec<_> = pages
            .iter()
            .map(|(path, text)| (&**path, &**text))
            .collect();
        check(&Tree::of(&files))
    }

    #[test]
    fn one_page_per_code_is_fine() {
        assert_eq!(problems(&pages()), Vec::<String>::new());
    }

    #[test]
    fn missing_incomplete_and_unknown_pages_are_reported() {
        let mut pages = pages();
        pages[0].1 = pages[0].1.replace(SECTIONS[2], "");
        pages[1].1 = pages[1].1.replacen('.', "!", 1);
        pages.pop();
        pages.push((format!("{FOLDER}/no_such_code.md"), String::new()));
        let found = problems(&pages);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].ends_with("is missing") && found[1].contains("must start with"));
        assert!(found[2].ends_with("has no page") && found[3].ends_with("unknown error code"));
    }
}
