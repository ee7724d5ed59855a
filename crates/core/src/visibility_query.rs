//! Builds Temporal visibility queries. All queries of the gateway are built here, so that one
//! function quotes values and one function vets text that a client wrote.

use std::fmt;

use jiff::Timestamp;

/// Maximum length of a client's own query, in bytes.
const MAX_CUSTOM_BYTES: usize = 4096;

/// A search attribute whose value is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    /// The workflow id.
    WorkflowId,
    /// The workflow type.
    WorkflowType,
    /// The status, by its name in visibility.
    ExecutionStatus,
}

/// A condition on workflow executions. [`Display`](fmt::Display) writes it as a query; a filter that
/// matches everything is the empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(String);

/// Why a client's query is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidQuery {
    /// Empty or too long.
    #[error("expected 1 to {MAX_CUSTOM_BYTES} bytes")]
    Length,
    /// A closing parenthesis without an opening one, or the reverse.
    #[error("unbalanced parentheses")]
    Parentheses,
    /// A quote that is not closed.
    #[error("unclosed quote")]
    Quote,
    /// A comment.
    #[error("comments are not permitted")]
    Comment,
    /// A character that is not permitted outside quotes.
    #[error("{0:?} is not permitted outside quotes")]
    Character(char),
}

impl Filter {
    /// Matches executions whose field has this value.
    pub fn equals(field: TextField, value: &str) -> Self {
        Self(format!("{} = {}", field.name(), quote(value)))
    }

    /// Matches executions whose field has one of these values. `values` must not be empty.
    pub fn is_one_of<'a>(field: TextField, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values: Vec<_> = values.into_iter().map(quote).collect();
        Self(format!("{} IN ({})", field.name(), values.join(", ")))
    }

    /// Matches executions whose field starts with this prefix. Visibility ignores case here, so a
    /// caller that needs an exact prefix compares the results itself.
    pub fn starts_with(field: TextField, prefix: &str) -> Self {
        Self(format!("{} STARTS_WITH {}", field.name(), quote(prefix)))
    }

    /// Matches executions that started at this time or later.
    pub fn started_at_or_after(time: Timestamp) -> Self {
        Self(format!("StartTime >= '{time}'"))
    }

    /// Matches executions that started at this time or earlier.
    pub fn started_at_or_before(time: Timestamp) -> Self {
        Self(format!("StartTime <= '{time}'"))
    }

    /// Matches executions that started before this time.
    pub fn started_before(time: Timestamp) -> Self {
        Self(format!("StartTime < '{time}'"))
    }

    /// Matches what all of the filters match: everything if there are none.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        Self(join(filters, " AND "))
    }

    /// Matches what any of the filters matches. `filters` must not be empty.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        Self(format!("({})", join(filters, " OR ")))
    }

    /// A query that a client wrote, in parentheses that it cannot leave: outside quotes its own
    /// parentheses are balanced, and nothing can begin a comment or end the query. Temporal judges
    /// whether it is meaningful.
    pub fn custom(query: &str) -> Result<Self, InvalidQuery> {
        if query.trim().is_empty() || query.len() > MAX_CUSTOM_BYTES {
            return Err(InvalidQuery::Length);
        }
        let mut depth = 0_u32;
        let mut chars = query.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1).ok_or(InvalidQuery::Parentheses)?,
                '\'' | '"' | '`' => skip_quoted(&mut chars, char)?,
                '-' if chars.peek() == Some(&'-') => return Err(InvalidQuery::Comment),
                '#' | '/' | ';' | '\\' => return Err(InvalidQuery::Character(char)),
                _ if char.is_control() && !char.is_ascii_whitespace() => {
                    return Err(InvalidQuery::Character(char));
                }
                _ => {}
            }
        }
        if depth > 0 {
            return Err(InvalidQuery::Parentheses);
        }
        Ok(Self(format!("({query})")))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TextField {
    fn name(self) -> &'static str {
        match self {
            Self::WorkflowId => "WorkflowId",
            Self::WorkflowType => "WorkflowType",
            Self::ExecutionStatus => "ExecutionStatus",
        }
    }
}

fn join(filters: impl IntoIterator<Item = Filter>, operator: &str) -> String {
    let filters: Vec<_> = filters.into_iter().map(|filter| filter.0).collect();
    filters.join(operator)
}

/// A string literal of the query language.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// Skips to the end of a quoted part. A doubled quote reads as an end and a new beginning, which
/// amounts to the same.
fn skip_quoted(chars: &mut impl Iterator<Item = char>, quote: char) -> Result<(), InvalidQuery> {
    while let Some(char) = chars.next() {
        if char == quote {
            return Ok(());
        }
        // Names in backticks have no escapes.
        if char == '\\' && quote != '`' {
            chars.next();
        }
    }
    Err(InvalidQuery::Quote)
}
