//! A source file is split before it reaches 400 lines, its tests not counted.

use super::{finding::Finding, tree::Tree};

const MAX_LINES: usize = 400;

/// Finds files that are too long.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.sources()
        .filter(|file| !file.is_test())
        .filter_map(|file| {
            let lines = file.code().lines().count();
            (lines > MAX_LINES).then(|| {
                let message = format!("{lines} lines without its tests, {MAX_LINES} are the limit");
                Finding::error(&file.path, message)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(lines: usize) -> String {
        "let a = 1;\n".repeat(lines)
    }

    #[test]
    fn a_file_of_the_limit_is_fine_and_one_line_more_is_not() {
        let (fine, long) = (code(MAX_LINES), code(MAX_LINES + 1));
        let tree = Tree::of(&[("fine.rs", &fine), ("long.rs", &long)]);
        let message = "401 lines without its tests, 400 are the limit";
        assert_eq!(check(&tree), [Finding::error("long.rs", message)]);
    }

    #[test]
    fn tests_do_not_count_whether_inside_or_beside() {
        let inside = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", code(10), code(500));
        let beside = code(500);
        let tree = Tree::of(&[
            ("inside.rs", &inside),
            ("tests/it/main.rs", &beside),
            ("foo/tests.rs", &beside),
        ]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn a_test_only_import_does_not_end_the_count() {
        let text = format!(
            "#[cfg(test)]\nuse a::b;\n#[cfg(test)]\nmod tests;\n{}",
            code(MAX_LINES)
        );
        assert_eq!(check(&Tree::of(&[("a.rs", &text)])).len(), 1);
    }

    #[test]
    fn text_of_other_kinds_may_be_long() {
        assert_eq!(
            check(&Tree::of(&[
                ("Cargo.lock", &code(500)),
                ("a.json", &code(500))
            ])),
            []
        );
    }
}
