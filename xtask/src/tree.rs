//! The project's files: those that git tracks, and those that it would add.

use std::{fs, path::Path};

use anyhow::Result;

use crate::workspace::{command, read};

/// A file with its text.
#[derive(Clone, Debug)]
pub struct File {
    /// The path from the workspace's root, separated by `/`.
    pub path: String,
    /// The content; empty if the file is not text.
    pub text: String,
}

/// All files, ordered by path.
#[derive(Debug, Default)]
pub struct Tree(Vec<File>);

impl Tree {
    /// Reads the project's files.
    pub fn read(root: &Path) -> Result<Self> {
        let mut git = command(root, "git");
        git.args(["ls-files", "-z", "--cached", "--others"]);
        let listed = read(git.arg("--exclude-standard"))?;
        let mut files = Vec::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // A listed file that does not exist was deleted and not committed yet.
            let Ok(bytes) = fs::read(root.join(path)) else {
                continue;
            };
            let text = String::from_utf8(bytes).unwrap_or_default();
            files.push(File {
                path: path.to_owned(),
                text,
            });
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self(files))
    }

    /// Returns a tree of these files, for tests.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File {
            path: path.into(),
            text: text.into(),
        };
        Self(files.iter().map(file).collect())
    }

    /// Returns every file.
    pub fn files(&self) -> &[File] {
        &self.0
    }

    /// Returns the text of the file at a path.
    pub fn text(&self, path: &str) -> Option<&str> {
        let file = self.0.iter().find(|file| file.path == path);
        file.map(|file| file.text.as_str())
    }
}

impl File {
    /// Returns the name without the folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Returns the name without folder and extension.
    pub fn stem(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }

    /// Returns the extension without the dot.
    pub fn extension(&self) -> &str {
        self.name()
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }

    /// Returns the folder without a trailing `/`.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_has_folder_name_stem_and_extension() {
        let tree = Tree::of(&[("a/b/c.test.ts", "")]);
        let file = &tree.files()[0];
        assert_eq!(
            (file.folder(), file.name(), file.stem(), file.extension()),
            ("a/b", "c.test.ts", "c", "ts"),
        );
    }

    #[test]
    fn tree_contains_uncommitted_files_and_no_ignored_ones() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        read(command(root, "git").args(["init", "--quiet"])).expect("git");
        for (path, text) in [
            (".gitignore", "ignored\n"),
            ("ignored", ""),
            ("new.rs", "x"),
        ] {
            fs::write(root.join(path), text).expect("a file");
        }
        let tree = Tree::read(root).expect("a tree");
        let paths: Vec<_> = tree.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [".gitignore", "new.rs"]);
    }
}
