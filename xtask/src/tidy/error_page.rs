//! Each stable error code has a page, each page a code, and a page says who does what.

use fast_temporal_protocol::ErrorCode;

use super::{finding::Finding, tree::Tree};

const FOLDER: &str = "docs/errors";
const SECTIONS: &[&str] = &[
    "## Cause",
    "## What the operator does",
    "## What the client does",
];

/// Finds codes without a page, pages without a code, and pages without a section.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let pages: Vec<_> = tree
        .files()
        .iter()
        .filter(|file| file.folder() == FOLDER && file.extension() == "md")
        .filter(|file| file.stem() != "README")
        .collect();
    let mut findings = Vec::new();
    for code in ErrorCode::ALL {
        if !pages.iter().any(|page| page.stem() == code.as_str()) {
            let place = format!("{FOLDER}/{code}.md");
            findings.push(Finding::error(place, "this error code has no page"));
        }
    }
    for page in pages {
        let Some(code) = ErrorCode::ALL
            .iter()
            .find(|code| code.as_str() == page.stem())
        else {
            findings.push(Finding::error(&page.path, "there is no such error code"));
            continue;
        };
        let title = format!("# {code}");
        for heading in SECTIONS.iter().copied().chain([title.as_str()]) {
            if !page.text.lines().any(|line| line == heading) {
                findings.push(Finding::error(
                    &page.path,
                    format!("the heading `{heading}` is missing"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(code: &str) -> (String, String) {
        (
            format!("{FOLDER}/{code}.md"),
            format!("# {code}\n{}\n", SECTIONS.join("\n")),
        )
    }

    fn check_pages(pages: &[(String, String)]) -> Vec<String> {
        let files: Vec<_> = pages
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        check(&Tree::of(&files))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn one_page_for_each_code_is_right() {
        let pages: Vec<_> = ErrorCode::ALL
            .iter()
            .map(|code| page(code.as_str()))
            .collect();
        assert_eq!(check_pages(&pages), Vec::<String>::new());
    }

    #[test]
    fn a_code_without_a_page_is_found() {
        let pages: Vec<_> = ErrorCode::ALL[1..]
            .iter()
            .map(|code| page(code.as_str()))
            .collect();
        let expected = format!(
            "error: {FOLDER}/{}.md: this error code has no page",
            ErrorCode::ALL[0]
        );
        assert_eq!(check_pages(&pages), [expected]);
    }

    #[test]
    fn a_page_without_a_code_or_a_section_is_found() {
        let mut pages: Vec<_> = ErrorCode::ALL
            .iter()
            .map(|code| page(code.as_str()))
            .collect();
        pages[0].1 = pages[0].1.replace(SECTIONS[2], "");
        pages.push(page("no_such_code"));
        let found = check_pages(&pages);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("is missing") && found[1].contains("no such error code"));
    }
}
