//! A file's name says what is in it: drawers where anything goes have no place.

use super::{finding::Finding, tree::Tree};

const DRAWERS: &[&str] = &[
    "common", "helper", "helpers", "manager", "misc", "types", "util", "utils",
];

/// Finds files and folders with names that say nothing, and `mod.rs`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.sources()
        .filter_map(|file| {
            let folders = file.folder().split('/');
            let drawer = folders
                .chain([file.stem()])
                .find(|name| DRAWERS.contains(name));
            if let Some(drawer) = drawer {
                return Some(Finding::error(
                    &file.path,
                    format!("`{drawer}` says not what it is"),
                ));
            }
            let message = "a module `foo` is `foo.rs` beside its folder";
            (file.name() == "mod.rs").then(|| Finding::error(&file.path, message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(path: &str) -> bool {
        !check(&Tree::of(&[(path, "")])).is_empty()
    }

    #[test]
    fn drawers_are_found_by_file_and_by_folder() {
        assert!(is_found("crates/a/src/utils.rs"));
        assert!(is_found("crates/a/src/common/frame.rs"));
        assert!(is_found("console/src/helpers.ts"));
        assert!(is_found("crates/a/src/frame/mod.rs"));
    }

    #[test]
    fn names_that_only_contain_such_a_word_are_fine() {
        assert!(!is_found("crates/a/src/event_types.rs"));
        assert!(!is_found("crates/a/src/frame.rs"));
        assert!(!is_found("docs/common.md"));
    }
}
