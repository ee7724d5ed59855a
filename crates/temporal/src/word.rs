//! Temporal's enums as the words that clients see: `RETRY_STATE_TIMEOUT` as `TIMEOUT`.

use temporalio_common::protos::temporal::api::enums::v1::{
    RetryState, StartChildWorkflowExecutionFailedCause, TimeoutType, WorkflowTaskFailedCause,
};

/// An enum of Temporal's whose names begin with the enum's own.
pub(crate) trait Word: TryFrom<i32> {
    const PREFIX: &str;

    fn full_name(&self) -> &'static str;
}

/// The word for a number: `None` where it is not specified, the number itself where it is of a
/// newer server than this program knows.
pub(crate) fn word<W: Word>(number: i32) -> Option<String> {
    if number == 0 {
        return None;
    }
    let Ok(value) = W::try_from(number) else {
        return Some(number.to_string());
    };
    let name = value.full_name();
    Some(name.strip_prefix(W::PREFIX).unwrap_or(name).to_owned())
}

macro_rules! words {
    ($($name:ty = $prefix:literal,)*) => {
        $(impl Word for $name {
            const PREFIX: &str = $prefix;

            fn full_name(&self) -> &'static str {
                self.as_str_name()
            }
        })*
    };
}

words! {
    RetryState = "RETRY_STATE_",
    StartChildWorkflowExecutionFailedCause = "START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_",
    TimeoutType = "TIMEOUT_TYPE_",
    WorkflowTaskFailedCause = "WORKFLOW_TASK_FAILED_CAUSE_",
}
