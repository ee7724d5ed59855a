//! Links between the project's pages and files.

use std::collections::BTreeSet;

use crate::tree::Tree;

/// Finds links to files, folders and headings that do not exist.
pub fn check(tree: &Tree) -> Vec<String> {
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    for file in tree.files() {
        let ends = file.path.match_indices('/').map(|(at, _)| at);
        paths.extend(ends.chain([file.path.len()]).map(|end| &file.path[..end]));
    }
    let mut problems = Vec::new();
    for page in tree.files().iter().filter(|file| file.extension() == "md") {
        for link in links(&page.text) {
            let (target, heading) = link.split_once('#').unwrap_or((link, ""));
            let path = match target {
                "" => page.path.clone(),
                target => resolve(page.folder(), target),
            };
            let has_heading = |text: &str| heading.is_empty() || has_anchor(text, heading);
            let exists = paths.contains(path.as_str()) && tree.text(&path).is_none_or(has_heading);
            if !exists {
                problems.push(format!("{}: `{link}` does not exist", page.path));
            }
        }
    }
    problems
}

/// The targets of links to files and headings.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.contains(char::is_whitespace))
        // Links to other sites, and those that rustdoc checks in pages that are part of its documentation.
        .filter(|link| !link.contains("://") && !link.contains("::"))
        .filter(|link| !link.is_empty())
}

/// Whether a page has a heading with an anchor, as GitHub derives it.
fn has_anchor(text: &str, anchor: &str) -> bool {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .any(|heading| {
            let kept = heading
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c })
                .eq(anchor.chars())
        })
}

fn resolve(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(page: &str) -> usize {
        let files = [
            ("docs/a.md", page),
            ("docs/errors/b.md", "# B\n## A `wide`, long one: `/ws`\n"),
            ("README.md", "# Part"),
        ];
        check(&Tree::of(&files)).len()
    }

    #[test]
    fn links_to_files_folders_and_headings_are_fine() {
        let page = "# A\n[b](errors/b.md) [e](errors/) [r](../README.md#part) [a](./a.md) [a](#a) \
                    [h](errors/b.md#a-wide-long-one-ws) [x](https://example.org/x.md) [y](Type::method)";
        assert_eq!(broken(page), 0);
    }

    #[test]
    fn links_to_missing_files_and_headings_are_reported() {
        assert_eq!(
            broken("[b](b.md) and [c](errors/c.md), [d](errors/b.md#d) and [e](#e)"),
            4
        );
    }
}
