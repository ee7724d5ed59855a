//! Why a step failed.

use std::time::Duration;

/// Why a step failed, and how Temporal retries it. It is one struct for all steps, because every
/// error becomes the failure of an activity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StepError {
    /// The type of the failure, for clients.
    pub kind: &'static str,
    /// What went wrong, and what to do.
    pub message: String,
    /// Whether a retry can succeed.
    pub is_retryable: bool,
    /// When to retry, if a server said so.
    pub retry_after: Option<Duration>,
}

impl StepError {
    /// An error that a retry does not fix.
    pub fn permanent(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            is_retryable: false,
            retry_after: None,
        }
    }

    /// An error that a retry can fix.
    pub fn transient(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            is_retryable: true,
            ..Self::permanent(kind, message)
        }
    }
}
