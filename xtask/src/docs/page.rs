//! Generated pages, and generated blocks inside written ones.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::tree::Tree;

const END: &str = "<!-- end -->";

/// The pages that are being generated, by path.
pub struct Pages<'a> {
    tree: &'a Tree,
    texts: BTreeMap<String, String>,
}

impl<'a> Pages<'a> {
    /// Starts without pages. Blocks are replaced in the pages of `tree`.
    pub fn new(tree: &'a Tree) -> Self {
        let texts = BTreeMap::new();
        Self { tree, texts }
    }

    /// Sets the whole text of a page.
    pub fn set(&mut self, path: &str, text: String) {
        self.texts.insert(path.to_owned(), text);
    }

    /// Replaces a block of a page.
    ///
    /// # Errors
    /// The page does not exist, or does not have the block.
    pub fn set_block(&mut self, path: &str, name: &str, text: &str) -> Result<()> {
        let page = self.texts.get(path).map(String::as_str);
        let page = page
            .or_else(|| self.tree.text(path))
            .context(path.to_owned())?;
        let page = replace_block(page, name, text)
            .with_context(|| format!("{path}: the generated block `{name}` is missing"))?;
        self.set(path, page);
        Ok(())
    }

    /// Returns the paths and texts of all pages.
    pub fn finish(self) -> Vec<(String, String)> {
        self.texts.into_iter().collect()
    }
}

fn replace_block(page: &str, name: &str, text: &str) -> Option<String> {
    let start = format!("<!-- generated: {name} -->\n");
    let (before, rest) = page.split_once(&start)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{start}{text}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_is_replaced_between_its_marks() {
        let page = "a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n";
        let expected = "a\n<!-- generated: x -->\nnew\n<!-- end -->\nb\n";
        assert_eq!(replace_block(page, "x", "new\n").as_deref(), Some(expected));
        assert_eq!(
            replace_block(expected, "x", "new\n").as_deref(),
            Some(expected)
        );
        assert_eq!(replace_block(page, "y", "new\n"), None);
    }
}
