//! Why an activity returned no result, and the results of the hook that handles it.

use temporalio_workflow::{
    ActivityExecutionError, RetryState, WorkflowResult, WorkflowTermination,
    common::{
        data_converters::PayloadConversionError,
        error::{ApplicationFailure, IncomingError},
    },
};

use crate::base::activity_record::{ActivityStatus, FailedOutcome};

/// An activity that returned no result.
#[derive(Debug, thiserror::Error)]
#[error("{activity} failed: {reason}")]
#[non_exhaustive]
pub struct ActivityFailure {
    /// The activity's name.
    pub activity: String,
    /// The activity's id.
    pub activity_id: String,
    /// The reason.
    pub reason: ActivityFailureReason,
}

/// Why an activity returned no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityFailureReason {
    /// It failed after its last attempt, timed out, was cancelled, or its result has another type.
    #[error("{}", cause_text(.0))]
    Activity(Box<ActivityExecutionError>),
    /// Its arguments can't be encoded.
    #[error("cannot encode its arguments: {0}")]
    Arguments(PayloadConversionError),
    /// It completed, and its callback failed.
    #[error("its callback failed: {0}")]
    Callback(WorkflowTermination),
}

impl ActivityFailure {
    /// Returns the error type that the activity set.
    pub fn type_name(&self) -> Option<&str> {
        match &self.reason {
            ActivityFailureReason::Activity(error) => match error.cause()? {
                IncomingError::Application(failure) => failure.type_name(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the activity was cancelled.
    pub fn is_canceled(&self) -> bool {
        match &self.reason {
            ActivityFailureReason::Activity(error) => error.as_cancelled().is_some(),
            ActivityFailureReason::Callback(termination) => {
                matches!(termination, WorkflowTermination::Cancelled { .. })
            }
            ActivityFailureReason::Arguments(_) => false,
        }
    }

    /// Whether the activity timed out.
    pub fn is_timeout(&self) -> bool {
        match &self.reason {
            ActivityFailureReason::Activity(error) => error.as_timeout().is_some(),
            _ => false,
        }
    }

    pub(super) fn outcome(&self) -> FailedOutcome {
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
        FailedOutcome {
            status,
            error: self.reason.to_string(),
            used_all_attempts,
        }
    }
}

/// The text of the SDK's error hides its cause.
fn cause_text(error: &ActivityExecutionError) -> String {
    match error.cause() {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    }
}

impl From<ActivityFailure> for WorkflowTermination {
    /// Fails the workflow with the activity's failure, like the SDK. Values of another type fail
    /// the workflow, too; the SDK alone would retry the workflow task forever.
    fn from(failure: ActivityFailure) -> Self {
        match failure.reason {
            ActivityFailureReason::Activity(error) => match *error {
                ActivityExecutionError::Serialization(error) => result_type(error),
                error => error.into(),
            },
            ActivityFailureReason::Arguments(error) => typed(
                "ArgumentType",
                format!("cannot encode an argument: {error}"),
            ),
            ActivityFailureReason::Callback(termination) => termination,
        }
    }
}

/// Returns the failure of a workflow because a result has another type.
#[expect(
    clippy::needless_pass_by_value,
    reason = "used with map_err, which passes the error by value"
)]
pub(crate) fn result_type(error: PayloadConversionError) -> WorkflowTermination {
    let message = format!("the result does not have the requested type: {error}");
    typed("ResultType", message)
}

fn typed(name: &str, message: String) -> WorkflowTermination {
    let failure = ApplicationFailure::builder(message).type_name(name.to_owned());
    failure.non_retryable(true).build().into()
}

/// The return types of `#[on_activity_error]`: nothing, if the failure is handled, or a result.
pub trait HookResult {
    /// Converts the return value to a result.
    fn into_result(self) -> WorkflowResult<()>;
}

impl HookResult for () {
    fn into_result(self) -> WorkflowResult<()> {
        Ok(())
    }
}

impl HookResult for WorkflowResult<()> {
    fn into_result(self) -> WorkflowResult<()> {
        self
    }
}
