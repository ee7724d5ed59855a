//! What Temporal is told of a failed activity.

use std::{error::Error, time::Duration};

use temporalio_sdk::{ApplicationFailure, activities::ActivityError};

use crate::{folder::WriteError, model::ModelError, speech::SpeechError};

/// An error that knows whether another try could go better.
pub(crate) trait Fault: Error + Send + Sync + 'static {
    /// The failure's type, for whoever handles it by program.
    fn type_name(&self) -> &'static str;
    /// Whether another try could go better.
    fn is_retryable(&self) -> bool;
    /// When to try again, where somebody said so.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// The failure of an activity.
pub(crate) fn failure<F: Fault>(fault: F) -> ActivityError {
    let type_name = fault.type_name().to_owned();
    let retryable = fault.is_retryable();
    let delay = fault.retry_after();
    let failure = ApplicationFailure::builder(fault)
        .type_name(type_name)
        .non_retryable(!retryable)
        .maybe_next_retry_delay(delay);
    ActivityError::application(failure.build())
}

/// A failure that the request asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request asked for this failure")]
pub(crate) struct AskedFor;

impl Fault for AskedFor {
    fn type_name(&self) -> &'static str {
        "AskedFor"
    }

    fn is_retryable(&self) -> bool {
        false
    }
}

impl Fault for ModelError {
    fn type_name(&self) -> &'static str {
        self.type_name()
    }

    fn is_retryable(&self) -> bool {
        self.is_retryable()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after()
    }
}

impl Fault for SpeechError {
    fn type_name(&self) -> &'static str {
        self.type_name()
    }

    fn is_retryable(&self) -> bool {
        self.is_retryable()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after()
    }
}

impl Fault for WriteError {
    fn type_name(&self) -> &'static str {
        match self {
            Self::NotAFolder(_) => "NotAFolder",
            Self::NotPrivate(_) => "NotPrivate",
            Self::Io { .. } => "NotWritten",
        }
    }

    /// A full disk may be emptied meanwhile.
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Io { .. })
    }
}
