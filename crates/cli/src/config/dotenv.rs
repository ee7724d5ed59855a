//! Parses a `.env` file by the rules of the Python package `python-dotenv`, so that existing files work unchanged:
//! unquoted values can contain spaces, `$` alone has no meaning, and `${NAME}` and `${NAME:-default}` expand to other
//! variables.

use std::{collections::BTreeMap, iter::Peekable, str::CharIndices};

/// A variable that the file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: String,
    /// The line, from 1.
    pub(super) line: usize,
}

/// An invalid line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    /// The line where the statement starts, from 1.
    pub(super) line: usize,
    pub(super) reason: &'static str,
}

/// Parses all lines. If a name is set twice, both entries are returned; the later one counts. `outer` returns the variables
/// of the environment, which override those of the file in `${NAME}`.
pub(super) fn parse(
    text: &str,
    outer: impl Fn(&str) -> Option<String>,
) -> (Vec<Entry>, Vec<BadLine>) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut bad = Vec::new();
    let mut known = BTreeMap::new();
    let mut cursor = Cursor::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    while let Some(line) = cursor.next_statement() {
        match cursor.statement() {
            Ok((name, value)) => {
                let value = expand(&value, |name| {
                    outer(name)
                        .or_else(|| known.get(name).cloned())
                        .unwrap_or_default()
                });
                known.insert(name.clone(), value.clone());
                entries.push(Entry { name, value, line });
            }
            Err(reason) => bad.push(BadLine { line, reason }),
        }
        cursor.skip_line();
    }
    (entries, bad)
}

/// A position in the file.
struct Cursor<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    line: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            chars: text.char_indices().peekable(),
            line: 1,
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn bump(&mut self) -> Option<char> {
        let (_, c) = self.chars.next()?;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn take_while(&mut self, take: impl Fn(char) -> bool) -> &'a str {
        let start = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        while self.peek().is_some_and(&take) {
            self.bump();
        }
        let end = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        &self.text[start..end]
    }

    fn skip_blanks(&mut self) {
        self.take_while(|c| c.is_whitespace() && c != '\n');
    }

    fn skip_line(&mut self) {
        self.take_while(|c| c != '\n');
        self.bump();
    }

    /// Moves to the next statement and returns its line.
    fn next_statement(&mut self) -> Option<usize> {
        loop {
            self.take_while(char::is_whitespace);
            match self.peek()? {
                '#' => self.skip_line(),
                _ => return Some(self.line),
            }
        }
    }

    /// Parses `NAME=value` or `export NAME=value`. Stops within the statement's last line.
    fn statement(&mut self) -> Result<(String, String), &'static str> {
        let mut name = self.name();
        self.skip_blanks();
        if name == "export" && self.peek() != Some('=') {
            name = self.name();
            self.skip_blanks();
        }
        if name.is_empty() || self.peek() != Some('=') {
            return Err("expected NAME=value");
        }
        self.bump();
        self.skip_blanks();
        let value = match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote)?,
            _ => self.unquoted(),
        };
        Ok((name.to_owned(), value))
    }

    fn name(&mut self) -> &'a str {
        self.take_while(|c| !c.is_whitespace() && !matches!(c, '=' | '#'))
    }

    /// Parses a value up to the end of the line, or to a `#` after whitespace.
    fn unquoted(&mut self) -> String {
        let line = self.take_while(|c| c != '\n');
        let comment = line
            .char_indices()
            .zip(std::iter::once(' ').chain(line.chars()))
            .find(|((_, c), before)| *c == '#' && before.is_whitespace());
        let end = comment.map_or(line.len(), |((at, _), _)| at);
        line[..end].trim().to_owned()
    }

    /// Parses a quoted value, which can have several lines.
    fn quoted(&mut self, quote: char) -> Result<String, &'static str> {
        self.bump();
        let mut value = String::new();
        loop {
            match self.bump().ok_or("the quote is not closed")? {
                c if c == quote => break,
                '\\' => match self.bump().ok_or("the quote is not closed")? {
                    c if c == quote || c == '\\' => value.push(c),
                    'n' if quote == '"' => value.push('\n'),
                    'r' if quote == '"' => value.push('\r'),
                    't' if quote == '"' => value.push('\t'),
                    other => value.extend(['\\', other]),
                },
                c => value.push(c),
            }
        }
        self.skip_blanks();
        match self.peek() {
            None | Some('\n' | '#') => Ok(value),
            Some(_) => Err("unexpected text after the closing quote"),
        }
    }
}

/// Replaces `${NAME}` and `${NAME:-default}`.
fn expand(value: &str, lookup: impl Fn(&str) -> String) -> String {
    let mut result = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, following)) = after.split_once('}') else {
            break;
        };
        result.push_str(before);
        let (name, default) = inside.split_once(":-").unwrap_or((inside, ""));
        match lookup(name) {
            found if found.is_empty() => result.push_str(default),
            found => result.push_str(&found),
        }
        rest = following;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let outer = |name: &str| (name == "OUTER").then(|| "out".to_owned());
        let (entries, bad) = parse(text, outer);
        assert_eq!(bad, [], "{text}");
        entries
            .into_iter()
            .map(|entry| (entry.name, entry.value))
            .collect()
    }

    #[test]
    fn values_are_parsed_like_python_dotenv() {
        for (text, value) in [
            ("A=b", "b"),
            ("export A=b", "b"),
            ("  A  =  b c  # d", "b c"),
            ("A=b#c", "b#c"),
            ("A= # nothing", ""),
            ("A=", ""),
            ("A=it's \"so\"", "it's \"so\""),
            ("A=$HOME \\n", "$HOME \\n"),
            ("A=\"b # c\" # d", "b # c"),
            (r#"A="b\n\"c\"""#, "b\n\"c\""),
            (r"A='b\n\'c\''", r"b\n'c'"),
            ("A='b\nc'", "b\nc"),
            ("A=x${OUTER}y${NONE}z${NONE:-d}", "xoutyzd"),
            ("A=${OUTER", "${OUTER"),
            ("\u{feff}A=b\r\n", "b"),
            ("export=b", "b"),
        ] {
            let name = if text == "export=b" { "export" } else { "A" };
            assert_eq!(
                values(text),
                [(name.to_owned(), value.to_owned())],
                "{text}"
            );
        }
    }

    #[test]
    fn a_variable_expands_an_earlier_one_unless_the_environment_sets_it() {
        let found = values("ONE=1\nTWO=${ONE}2\nOUTER=mine\nTHREE=${OUTER}3");
        assert_eq!(found[1].1, "12");
        assert_eq!(found[3].1, "out3");
    }

    #[test]
    fn line_numbers_count_comments_blank_lines_and_multiline_values() {
        let (entries, bad) = parse(
            "# one\n\nA='x\ny'\n  B=2\nnonsense\n=3\nC=\"a\" b\nD=4",
            |_| None,
        );
        let lines: Vec<_> = entries
            .iter()
            .map(|entry| (entry.name.as_str(), entry.line))
            .collect();
        assert_eq!(lines, [("A", 3), ("B", 5), ("D", 9)]);
        assert_eq!(
            bad.iter().map(|bad| bad.line).collect::<Vec<_>>(),
            [6, 7, 8]
        );
    }

    #[test]
    fn an_unclosed_quote_is_reported_with_its_first_line() {
        let (entries, bad) = parse("A=1\nB='never\nclosed\n", |_| None);
        assert_eq!(entries.len(), 1);
        assert_eq!(
            bad,
            [BadLine {
                line: 2,
                reason: "the quote is not closed"
            }]
        );
    }
}
