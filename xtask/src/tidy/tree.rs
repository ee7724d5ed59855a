//! The files of the project: those that git tracks, and those that it would add.

use std::{fs, path::Path};

use anyhow::Result;

use crate::process::{command, read};

/// Languages whose files are source.
const SOURCES: &[&str] = &["js", "mjs", "py", "rs", "ts", "tsx"];

/// A file with its text; binary files have none.
#[derive(Clone, Debug)]
pub struct File {
    /// The path from the workspace's root, with `/` between its parts.
    pub path: String,
    /// What it holds; empty where that is not text.
    pub text: String,
}

/// All files.
#[derive(Debug, Default)]
pub struct Tree(Vec<File>);

impl Tree {
    /// Reads the project's files.
    pub fn read(root: &Path) -> Result<Self> {
        let listed = read(command(root, "git").args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let mut files = Vec::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // What is listed and not there was deleted a moment ago.
            let Ok(bytes) = fs::read(root.join(path)) else {
                continue;
            };
            let text = String::from_utf8(bytes).unwrap_or_default();
            files.push(File {
                path: path.to_owned(),
                text,
            });
        }
        Ok(Self(files))
    }

    /// A tree of files that are nowhere else.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File {
            path: path.into(),
            text: text.into(),
        };
        Self(files.iter().map(file).collect())
    }

    /// Every file.
    pub fn files(&self) -> &[File] {
        &self.0
    }

    /// The files that are source.
    pub fn sources(&self) -> impl Iterator<Item = &File> {
        self.0
            .iter()
            .filter(|file| SOURCES.contains(&file.extension()))
    }
}

impl File {
    /// The name without its folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The name without its folder and extension.
    pub fn stem(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }

    /// The extension, without its dot.
    pub fn extension(&self) -> &str {
        self.name()
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }

    /// The folder, without a `/` at its end.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The text without its tests, which stand last in a Rust file, in a module of their own.
    pub fn code(&self) -> &str {
        let mut marks = self.text.match_indices("#[cfg(test)]\nmod ");
        let inline = marks.find(|(at, mark)| {
            let rest = &self.text[at + mark.len()..];
            rest.lines().next().is_some_and(|line| line.ends_with('{'))
        });
        inline.map_or(&self.text, |(at, _)| &self.text[..at])
    }

    /// Whether it holds tests and nothing else.
    pub fn is_test(&self) -> bool {
        let in_tests = self
            .path
            .split('/')
            .any(|part| part == "tests" || part == "test");
        in_tests || self.stem() == "tests" || self.name().contains(".test.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_apart() {
        let tree = Tree::of(&[("a/b/c.test.ts", "")]);
        let file = &tree.files()[0];
        assert_eq!(
            (file.folder(), file.name(), file.stem(), file.extension()),
            ("a/b", "c.test.ts", "c", "ts"),
        );
        assert!(file.is_test());
    }

    #[test]
    fn sources_are_told_from_other_files() {
        let tree = Tree::of(&[("a.rs", ""), ("b.md", ""), ("Makefile", ""), ("c.py", "")]);
        let sources: Vec<_> = tree.sources().map(|file| file.path.as_str()).collect();
        assert_eq!(sources, ["a.rs", "c.py"]);
    }

    #[test]
    fn new_files_count_before_they_are_committed_and_ignored_ones_never() {
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
        let mut paths: Vec<_> = tree.files().iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, [".gitignore", "new.rs"]);
    }
}
