//! The query that visibility is asked: whose workflows, and which of them.

use std::collections::BTreeSet;

use fast_temporal_core::{
    Allowed, Principal,
    owner::{self, MAX_SUBJECT_BYTES},
};
use fast_temporal_protocol::{ErrorBody, v1::ListRequest};

use crate::verb::{
    access::forbidden,
    field::{check_name, invalid},
    name::MAX_NAME_BYTES,
};

/// The longest query of a client's own, in bytes.
const MAX_QUERY_BYTES: usize = 4096;

/// Which workflows may be listed at all.
pub(super) enum Scope<'a> {
    /// Any.
    All,
    /// Those of one user.
    Owner(&'a str),
    /// Those of the principal itself, and those that it may name besides.
    Own(Option<&'a str>, &'a BTreeSet<String>),
}

impl<'a> Scope<'a> {
    pub(super) fn of(principal: &'a Principal, owner: Option<&'a str>) -> Result<Self, ErrorBody> {
        let subject = principal.owner();
        if let Some(owner) = owner {
            check_name("owner", owner, MAX_SUBJECT_BYTES)?;
            if principal.permissions.workflow_ids != Allowed::All && subject != Some(owner) {
                return Err(forbidden(
                    "owner: these credentials do not see workflows of somebody else",
                ));
            }
            return Ok(Self::Owner(owner));
        }
        Ok(match &principal.permissions.workflow_ids {
            Allowed::All => Self::All,
            Allowed::Only(ids) => Self::Own(subject, ids),
        })
    }

    /// Whether there is nothing that could be listed.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Own(None, ids) if ids.is_empty())
    }

    /// Whether that workflow may be listed, byte for byte.
    pub(super) fn holds(&self, workflow_id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Owner(owner) => owner::owns(owner, workflow_id),
            Self::Own(subject, ids) => {
                ids.contains(workflow_id)
                    || subject.is_some_and(|subject| owner::owns(subject, workflow_id))
            }
        }
    }

    fn clause(&self) -> Option<String> {
        let of_owner = |owner| format!("WorkflowId STARTS_WITH {}", quoted(&owner::prefix(owner)));
        match self {
            Self::All => None,
            Self::Owner(owner) => Some(of_owner(owner)),
            Self::Own(subject, ids) => {
                let mut clauses: Vec<_> = subject.iter().map(|subject| of_owner(subject)).collect();
                if !ids.is_empty() {
                    let ids: Vec<_> = ids.iter().map(|id| quoted(id)).collect();
                    clauses.push(format!("WorkflowId IN ({})", ids.join(", ")));
                }
                Some(format!("({})", clauses.join(" OR ")))
            }
        }
    }
}

/// The whole query. Empty where everything is asked for.
pub(super) fn query(
    principal: &Principal,
    scope: &Scope<'_>,
    request: &ListRequest,
) -> Result<String, ErrorBody> {
    let mut clauses: Vec<_> = scope.clause().into_iter().collect();
    if let Some(status) = request.status {
        let status = quoted(status.visibility_name());
        clauses.push(format!("ExecutionStatus = {status}"));
    }
    if let Some(workflow_type) = &request.workflow_type {
        check_name("workflow_type", workflow_type, MAX_NAME_BYTES)?;
        clauses.push(format!("WorkflowType = {}", quoted(workflow_type)));
    }
    if let Some(time) = &request.started_after {
        clauses.push(format!("StartTime >= '{time}'"));
    }
    if let Some(time) = &request.started_before {
        clauses.push(format!("StartTime < '{time}'"));
    }
    if let Some(query) = &request.query {
        if !principal.permissions.visibility_queries {
            return Err(forbidden(
                "query: these credentials ask visibility no queries of their own",
            ));
        }
        check_query(query)?;
        clauses.push(format!("({query})"));
    }
    Ok(clauses.join(" AND "))
}

/// A text as visibility's language has it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// Checks that a client's query stays within the parentheses that are put around it: outside of
/// quotes its own are balanced, and there is nothing that could begin a comment or end a query.
/// Whether it says anything is for Temporal to judge.
fn check_query(query: &str) -> Result<(), ErrorBody> {
    let refuse = |why: &str| Err(invalid(format!("query: {why}")));
    if query.trim().is_empty() || query.len() > MAX_QUERY_BYTES {
        return refuse(&format!("must have 1 to {MAX_QUERY_BYTES} bytes"));
    }
    let mut depth = 0_u32;
    let mut chars = query.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '(' => depth += 1,
            ')' if depth == 0 => return refuse("a parenthesis is closed that was not opened"),
            ')' => depth -= 1,
            '\'' | '"' | '`' if !skip_quoted(&mut chars, char) => {
                return refuse("a quote is not closed");
            }
            '-' if chars.peek() == Some(&'-') => return refuse("must not hold a comment"),
            '#' | '/' | ';' | '\\' => {
                return refuse(&format!("must not hold {char} outside of quotes"));
            }
            char if char.is_control() && !char.is_ascii_whitespace() => {
                return refuse("must not hold control characters");
            }
            _ => {}
        }
    }
    if depth > 0 {
        return refuse("a parenthesis is not closed");
    }
    Ok(())
}

/// Goes on past the end of what is quoted. Says whether it ends. A quote that is doubled within
/// reads as the end and another beginning, which comes to the same.
fn skip_quoted(chars: &mut impl Iterator<Item = char>, quote: char) -> bool {
    while let Some(char) = chars.next() {
        if char == quote {
            return true;
        }
        // Names in backticks know no escapes.
        if char == '\\' && quote != '`' {
            chars.next();
        }
    }
    false
}
