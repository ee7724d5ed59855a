//! Names of Temporal's enum values without the enum's prefix: `RETRY_STATE_TIMEOUT` as `TIMEOUT`.

use temporalio_common::protos::temporal::api::enums::v1::{
    RetryState, StartChildWorkflowExecutionFailedCause, TimeoutType, WorkflowTaskFailedCause,
};

/// An enum of Temporal whose values' names begin with the enum's own.
pub(crate) trait EnumName: TryFrom<i32> {
    const PREFIX: &str;

    fn full_name(&self) -> &'static str;
}

/// Returns the name of a value: `None` if it is unspecified, the number itself if the value is unknown
/// to this version.
pub(crate) fn enum_name<E: EnumName>(number: i32) -> Option<String> {
    if number == 0 {
        return None;
    }
    let Ok(value) = E::try_from(number) else {
        return Some(number.to_string());
    };
    let name = value.full_name();
    Some(name.strip_prefix(E::PREFIX).unwrap_or(name).to_owned())
}

macro_rules! enum_names {
    ($($name:ty = $prefix:literal,)*) => {
        $(impl EnumName for $name {
            const PREFIX: &str = $prefix;

            fn full_name(&self) -> &'static str {
                self.as_str_name()
            }
        })*
    };
}

enum_names! {
    RetryState = "RETRY_STATE_",
    StartChildWorkflowExecutionFailedCause = "START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_",
    TimeoutType = "TIMEOUT_TYPE_",
    WorkflowTaskFailedCause = "WORKFLOW_TASK_FAILED_CAUSE_",
}
