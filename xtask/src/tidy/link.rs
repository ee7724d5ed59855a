//! A link in the documentation leads to a file or folder of the project.

use std::collections::BTreeSet;

use super::{finding::Finding, tree::Tree};

/// Finds links to what is not there. Links to elsewhere, and within a page, are not followed.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut places: BTreeSet<&str> = BTreeSet::new();
    for file in tree.files() {
        let ends = file.path.match_indices('/').map(|(at, _)| at);
        places.extend(ends.chain([file.path.len()]).map(|end| &file.path[..end]));
    }
    let pages = tree.files().iter().filter(|file| file.extension() == "md");
    pages
        .flat_map(|page| {
            links(&page.text)
                .filter(|link| !places.contains(resolve(page.folder(), link).as_str()))
                .map(|link| Finding::error(&page.path, format!("`{link}` leads nowhere")))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The targets of links to files, without what follows a `#`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.contains("://") && !link.contains(char::is_whitespace))
        .filter_map(|link| link.split('#').next())
        .filter(|link| !link.is_empty())
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

    fn found(page: &str) -> usize {
        let files = [
            ("docs/a.md", page),
            ("docs/errors/b.md", ""),
            ("README.md", ""),
        ];
        check(&Tree::of(&files)).len()
    }

    #[test]
    fn links_to_files_and_folders_are_fine() {
        assert_eq!(
            found("[b](errors/b.md) [e](errors/) [r](../README.md#part) [a](./a.md)"),
            0
        );
    }

    #[test]
    fn links_to_elsewhere_and_within_are_not_followed() {
        assert_eq!(found("[x](https://example.org/x.md) [y](#part)"), 0);
    }

    #[test]
    fn links_to_nowhere_are_found() {
        assert_eq!(found("[b](b.md) and [c](errors/c.md)"), 2);
    }
}
