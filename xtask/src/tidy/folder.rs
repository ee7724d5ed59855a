//! A folder holds about a dozen source files: more of them want an order of their own.

use std::collections::BTreeMap;

use super::{finding::Finding, tree::Tree};

const MAX_FILES: usize = 12;

/// Finds full folders. A warning: where the files are all of one kind, many may be right.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for file in tree.sources() {
        *folders.entry(file.folder()).or_default() += 1;
    }
    let full = folders.into_iter().filter(|&(_, count)| count > MAX_FILES);
    full.map(|(folder, count)| {
        Finding::warning(
            folder,
            format!("{count} source files, about {MAX_FILES} are usual"),
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_folder_is_a_warning() {
        let paths: Vec<_> = (0..=MAX_FILES)
            .map(|number| format!("src/f{number}.rs"))
            .collect();
        let mut files: Vec<_> = paths.iter().map(|path| (path.as_str(), "")).collect();
        let found = check(&Tree::of(&files));
        assert_eq!(
            found,
            [Finding::warning(
                "src",
                "13 source files, about 12 are usual"
            )]
        );
        files.pop();
        assert_eq!(check(&Tree::of(&files)), []);
    }
}
