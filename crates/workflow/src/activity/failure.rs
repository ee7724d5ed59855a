//! Why an activity gave no result, and who takes that.

use temporalio_workflow::{
    ActivityExecutionError, RetryState, WorkflowResult, WorkflowTermination,
    common::{
        data_converters::PayloadConversionError,
        error::{ApplicationFailure, IncomingError},
    },
};

use crate::base::{ActivityStatus, Failed};

/// An activity that gave no result.
#[derive(Debug, thiserror::Error)]
#[error("{activity} failed: {reason}")]
#[non_exhaustive]
pub struct ActivityFailure {
    /// The activity's name.
    pub activity: String,
    /// Its id.
    pub activity_id: String,
    /// What went wrong.
    pub reason: ActivityFailureReason,
}

/// What went wrong with an activity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityFailureReason {
    /// It failed for good, timed out or was cancelled, or its result is of another type.
    #[error("{}", text(.0))]
    Activity(Box<ActivityExecutionError>),
    /// Its arguments can't be written.
    #[error("its arguments can't be encoded: {0}")]
    Arguments(PayloadConversionError),
    /// It returned, and its callback failed.
    #[error("its callback failed: {0}")]
    Callback(WorkflowTermination),
}

impl ActivityFailure {
    /// The type of the failure, as the activity named it.
    pub fn type_name(&self) -> Option<&str> {
        match &self.reason {
            ActivityFailureReason::Activity(error) => match error.cause()? {
                IncomingError::Application(failure) => failure.type_name(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it was cancelled.
    pub fn is_canceled(&self) -> bool {
        match &self.reason {
            ActivityFailureReason::Activity(error) => error.as_cancelled().is_some(),
            ActivityFailureReason::Callback(termination) => {
                matches!(termination, WorkflowTermination::Cancelled { .. })
            }
            ActivityFailureReason::Arguments(_) => false,
        }
    }

    /// Whether it ran out of time.
    pub fn is_timeout(&self) -> bool {
        match &self.reason {
            ActivityFailureReason::Activity(error) => error.as_timeout().is_some(),
            _ => false,
        }
    }

    pub(super) fn outcome(&self) -> Failed {
        let status = if self.is_canceled() {
            ActivityStatus::Canceled
        } else {
            ActivityStatus::Failed
        };
        let used_all_attempts = matches!(
            &self.reason,
            ActivityFailureReason::Activity(error)
                if matches!(&**error, ActivityExecutionError::Failed(error)
                    if error.retry_state() == RetryState::MaximumAttemptsReached)
        );
        Failed {
            status,
            error: self.reason.to_string(),
            used_all_attempts,
        }
    }
}

/// The SDK's own text hides the cause.
fn text(error: &ActivityExecutionError) -> String {
    match error.cause() {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    }
}

impl From<ActivityFailure> for WorkflowTermination {
    /// Fails the workflow as the SDK does for the failure. Values of another type fail it, too, where
    /// the SDK alone would try the workflow's task again and again.
    fn from(failure: ActivityFailure) -> Self {
        match failure.reason {
            ActivityFailureReason::Activity(error) => match *error {
                ActivityExecutionError::Serialization(error) => of_type(error),
                error => error.into(),
            },
            ActivityFailureReason::Arguments(error) => typed(
                "ArgumentType",
                format!("an argument can't be encoded: {error}"),
            ),
            ActivityFailureReason::Callback(termination) => termination,
        }
    }
}

/// The failure of a workflow by a result of another type than was asked for.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in map_err, as the error's last reader"
)]
pub(crate) fn of_type(error: PayloadConversionError) -> WorkflowTermination {
    let message = format!("the result is of another type than was asked for: {error}");
    typed("ResultType", message)
}

fn typed(name: &str, message: String) -> WorkflowTermination {
    let failure = ApplicationFailure::builder(message).type_name(name.to_owned());
    failure.non_retryable(true).build().into()
}

/// What an `#[on_activity_error]` may return: nothing, having taken the failure, or a result.
pub trait Taken {
    /// The result.
    fn taken(self) -> WorkflowResult<()>;
}

impl Taken for () {
    fn taken(self) -> WorkflowResult<()> {
        Ok(())
    }
}

impl Taken for WorkflowResult<()> {
    fn taken(self) -> WorkflowResult<()> {
        self
    }
}
