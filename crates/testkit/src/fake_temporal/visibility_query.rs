//! The part of visibility's query language that the gateway uses: comparisons, joined by AND, OR and
//! parentheses.

use std::{cmp::Ordering, iter::Peekable, vec};

use fast_temporal_core::engine::ListedWorkflow;
use jiff::Timestamp;

/// A predicate on runs.
pub(super) type Matches = Box<dyn Fn(&ListedWorkflow) -> bool>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name or a keyword.
    Word(String),
    /// A quoted text.
    Text(String),
    /// A parenthesis, a comma or a comparison.
    Sign(&'static str),
}

const SIGNS: [&str; 9] = ["(", ")", ",", ">=", "<=", "!=", "=", ">", "<"];

struct Parser(Peekable<vec::IntoIter<Token>>);

/// Parses a query. An empty one matches every run.
pub(super) fn parse(query: &str) -> Result<Matches, String> {
    let tokens = split(query)?;
    if tokens.is_empty() {
        return Ok(Box::new(|_| true));
    }
    let mut parser = Parser(tokens.into_iter().peekable());
    let matches = parser.any()?;
    match parser.0.next() {
        None => Ok(matches),
        Some(token) => Err(format!("invalid query: unexpected {token:?}")),
    }
}

fn split(query: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let token;
        (token, rest) = if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), &rest[sign.len()..])
        } else if matches!(first, '"' | '\'') {
            text(rest, first)?
        } else {
            let is_part = |part: char| part.is_alphanumeric() || part == '_';
            let length = rest.find(|part| !is_part(part)).unwrap_or(rest.len());
            if length == 0 {
                return Err(format!("invalid query: unexpected {first}"));
            }
            (Token::Word(rest[..length].to_owned()), &rest[length..])
        };
        tokens.push(token);
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// Parses a quoted text and returns the rest. A backslash escapes a quote or another backslash.
fn text(rest: &str, quote: char) -> Result<(Token, &str), String> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Ok((Token::Text(text), &rest[at + 1..]));
        }
        match character {
            '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => text.push(character),
        }
    }
    Err("invalid query: unterminated text".to_owned())
}

impl Parser {
    fn any(&mut self) -> Result<Matches, String> {
        let mut matches = self.all()?;
        while self.takes_word("OR") {
            let other = self.all()?;
            matches = Box::new(move |run| matches(run) || other(run));
        }
        Ok(matches)
    }

    fn all(&mut self) -> Result<Matches, String> {
        let mut matches = self.one()?;
        while self.takes_word("AND") {
            let other = self.one()?;
            matches = Box::new(move |run| matches(run) && other(run));
        }
        Ok(matches)
    }

    fn one(&mut self) -> Result<Matches, String> {
        if self.takes_sign("(") {
            let matches = self.any()?;
            self.expect_sign(")")?;
            return Ok(matches);
        }
        let name = match self.0.next() {
            Some(Token::Word(name)) => name,
            token => {
                return Err(format!(
                    "invalid query: expected an attribute, not {token:?}"
                ));
            }
        };
        match &*name {
            "WorkflowId" => self.text(|run| run.workflow_id.to_string()),
            "RunId" => self.text(|run| run.run_id.to_string()),
            "WorkflowType" => self.text(|run| run.workflow_type.clone()),
            "ExecutionStatus" => self.text(|run| run.status.visibility_name().to_owned()),
            "StartTime" => self.time(|run| Some(run.start_time)),
            "CloseTime" => self.time(|run| run.close_time),
            _ => Err(format!("invalid query: unknown attribute {name}")),
        }
    }

    /// Parses a condition on a text.
    fn text(&mut self, of: fn(&ListedWorkflow) -> String) -> Result<Matches, String> {
        if self.takes_word("STARTS_WITH") {
            // As on Temporal with SQLite, this match ignores case.
            let prefix = self.value()?.to_lowercase();
            return Ok(Box::new(move |run| {
                of(run).to_lowercase().starts_with(&prefix)
            }));
        }
        if self.takes_word("IN") {
            self.expect_sign("(")?;
            let mut values = vec![self.value()?];
            while self.takes_sign(",") {
                values.push(self.value()?);
            }
            self.expect_sign(")")?;
            return Ok(Box::new(move |run| values.contains(&of(run))));
        }
        let holds = self.comparison()?;
        let value = self.value()?;
        Ok(Box::new(move |run| holds(of(run).cmp(&value))))
    }

    /// Parses a condition on a time.
    fn time(&mut self, of: fn(&ListedWorkflow) -> Option<Timestamp>) -> Result<Matches, String> {
        if self.takes_word("BETWEEN") {
            let from = self.moment()?;
            if !self.takes_word("AND") {
                return Err("invalid query: BETWEEN needs AND".to_owned());
            }
            let to = self.moment()?;
            return Ok(Box::new(move |run| {
                of(run).is_some_and(|time| from <= time && time <= to)
            }));
        }
        let holds = self.comparison()?;
        let moment = self.moment()?;
        Ok(Box::new(move |run| {
            of(run).is_some_and(|time| holds(time.cmp(&moment)))
        }))
    }

    fn comparison(&mut self) -> Result<fn(Ordering) -> bool, String> {
        match self.0.next() {
            Some(Token::Sign("=")) => Ok(Ordering::is_eq),
            Some(Token::Sign("!=")) => Ok(Ordering::is_ne),
            Some(Token::Sign(">")) => Ok(Ordering::is_gt),
            Some(Token::Sign(">=")) => Ok(Ordering::is_ge),
            Some(Token::Sign("<")) => Ok(Ordering::is_lt),
            Some(Token::Sign("<=")) => Ok(Ordering::is_le),
            token => Err(format!(
                "invalid query: expected a comparison, not {token:?}"
            )),
        }
    }

    fn value(&mut self) -> Result<String, String> {
        match self.0.next() {
            Some(Token::Text(value)) => Ok(value),
            token => Err(format!(
                "invalid query: expected a quoted text, not {token:?}"
            )),
        }
    }

    fn moment(&mut self) -> Result<Timestamp, String> {
        let value = self.value()?;
        let moment = value.parse();
        moment.map_err(|_| format!("invalid query: {value} is not a time"))
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_it =
            |token: &Token| matches!(token, Token::Word(is) if is.eq_ignore_ascii_case(word));
        self.0.next_if(is_it).is_some()
    }

    fn takes_sign(&mut self, sign: &'static str) -> bool {
        self.0.next_if_eq(&Token::Sign(sign)).is_some()
    }

    fn expect_sign(&mut self, sign: &'static str) -> Result<(), String> {
        if self.takes_sign(sign) {
            return Ok(());
        }
        Err(format!("invalid query: {sign} is missing"))
    }
}
