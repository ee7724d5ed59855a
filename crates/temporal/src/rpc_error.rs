//! Failed requests, classified by their gRPC status.

use std::error::Error;

use fast_temporal_core::{EngineError, EngineErrorKind};
use prost::Message;
use temporalio_common::protos::{
    google::rpc, temporal::api::errordetails::v1::MultiOperationExecutionFailure,
};
use tonic::{Code, Status};

/// A request that failed.
pub(crate) enum RpcError {
    /// Temporal, or the connection, returned this status.
    Status(Status),
    /// There was no response, or no request was sent.
    Engine(EngineError),
}

impl RpcError {
    /// Returns the detail of that name, if the status has one.
    pub(crate) fn detail<T: Message + Default>(&self, name: &str) -> Option<T> {
        match self {
            Self::Status(status) => detail(status.details(), name),
            Self::Engine(_) => None,
        }
    }

    /// Returns whether the status has a detail of that name.
    pub(crate) fn has_detail(&self, name: &str) -> bool {
        matches!(self, Self::Status(status) if has_detail(status, name))
    }

    /// Returns the error of the operation that failed, if the request had several operations.
    pub(crate) fn of_failed_operation(self) -> Self {
        let failure: Option<MultiOperationExecutionFailure> =
            self.detail("MultiOperationExecutionFailure");
        let mut operations = failure.unwrap_or_default().statuses.into_iter();
        // Its failure aborted the others.
        match operations.find(|operation| operation.code != Code::Aborted as i32) {
            Some(operation) => {
                let details = rpc::Status {
                    code: operation.code,
                    message: operation.message.clone(),
                    details: operation.details,
                };
                Self::Status(Status::with_details(
                    Code::from_i32(operation.code),
                    operation.message,
                    details.encode_to_vec().into(),
                ))
            }
            None => self,
        }
    }
}

impl From<EngineError> for RpcError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<RpcError> for EngineError {
    fn from(error: RpcError) -> Self {
        match error {
            RpcError::Status(status) => classify(&status),
            RpcError::Engine(error) => error,
        }
    }
}

/// Joins an error's message and those of its causes. Skips a cause that an earlier message repeats.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let message = error
            .downcast_ref::<Status>()
            .map_or_else(|| error.to_string(), |status| status.message().to_owned());
        if !message.is_empty() && !text.contains(&message) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&message);
        }
        next = error.source();
    }
    text
}

/// Returns the detail of that name.
fn detail<T: Message + Default>(details: &[u8], name: &str) -> Option<T> {
    let status = rpc::Status::decode(details).ok()?;
    let mut details = status.details.into_iter();
    let detail = details.find(|detail| is_named(&detail.type_url, name))?;
    T::decode(detail.value.as_slice()).ok()
}

fn is_named(type_url: &str, name: &str) -> bool {
    type_url.rsplit(['.', '/']).next() == Some(name)
}

/// Converts a status.
fn classify(status: &Status) -> EngineError {
    EngineError::new(kind(status), with_causes(status))
}

fn kind(status: &Status) -> EngineErrorKind {
    use EngineErrorKind as Kind;
    match status.code() {
        // The client's own timeout arrives as a cancellation.
        Code::Cancelled if status.message() == "Timeout expired" => Kind::Timeout,
        Code::DeadlineExceeded => Kind::Timeout,
        Code::NotFound | Code::FailedPrecondition if is_closed(status.message()) => Kind::Closed,
        // A server that shuts down cancels its requests. A workflow whose first task is not completed,
        // or a namespace that fails over, is a failed precondition.
        Code::Cancelled | Code::Unavailable | Code::Aborted | Code::FailedPrecondition => {
            Kind::Unavailable
        }
        // A status with a source comes from the local connection, not from Temporal.
        Code::Unknown | Code::Internal if status.source().is_some() => Kind::Unavailable,
        // gRPC rejects the message for its size, so a retry would fail too.
        Code::ResourceExhausted if status.message().contains("larger than max") => Kind::Invalid,
        Code::OutOfRange if status.message().contains("message length too large") => Kind::Invalid,
        Code::ResourceExhausted => Kind::Busy,
        Code::NotFound => Kind::NotFound,
        Code::AlreadyExists => Kind::AlreadyStarted,
        Code::PermissionDenied | Code::Unauthenticated => Kind::Denied,
        Code::InvalidArgument if is_stale_token(status) => Kind::BranchChanged,
        Code::InvalidArgument if has_detail(status, "QueryFailedFailure") => Kind::QueryFailed,
        Code::InvalidArgument => Kind::Invalid,
        Code::Ok
        | Code::Unknown
        | Code::Internal
        | Code::DataLoss
        | Code::OutOfRange
        | Code::Unimplemented => Kind::Internal,
    }
}

/// Returns whether the workflow exists but is closed. Only the message shows it.
fn is_closed(message: &str) -> bool {
    message.contains("already completed")
        || message.contains("by closing workflow")
        // A query needs the state after the first workflow task.
        || message.contains("closed before WorkflowTaskStarted")
}

fn has_detail(status: &Status, name: &str) -> bool {
    let details = rpc::Status::decode(status.details()).unwrap_or_default();
    let mut details = details.details.iter();
    details.any(|detail| is_named(&detail.type_url, name))
}

/// Returns whether a page token is no longer valid: history continued in another branch, or another
/// version of the server made the token.
fn is_stale_token(status: &Status) -> bool {
    const CHANGED: &[u8] = b"CurrentBranchChanged";
    let message = status.message();
    status
        .details()
        .windows(CHANGED.len())
        .any(|window| window == CHANGED)
        || message.contains("branch changed")
        || message.contains("branch token")
        || message.contains("NextPageToken")
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use super::*;

    #[test]
    fn each_code_has_its_kind() {
        use EngineErrorKind as Kind;
        for (status, expected) in [
            (Status::unavailable("x"), Kind::Unavailable),
            (Status::cancelled("context canceled"), Kind::Unavailable),
            (Status::cancelled("Timeout expired"), Kind::Timeout),
            (Status::deadline_exceeded("x"), Kind::Timeout),
            (
                Status::resource_exhausted("namespace concurrent poller limit"),
                Kind::Busy,
            ),
            (
                Status::resource_exhausted("grpc: received message larger than max"),
                Kind::Invalid,
            ),
            (
                Status::not_found("workflow not found for ID: x"),
                Kind::NotFound,
            ),
            (
                Status::not_found("workflow execution already completed"),
                Kind::Closed,
            ),
            (
                Status::not_found("workflow update was aborted by closing workflow"),
                Kind::Closed,
            ),
            (Status::already_exists("x"), Kind::AlreadyStarted),
            (Status::invalid_argument("x"), Kind::Invalid),
            (
                Status::invalid_argument("Invalid NextPageToken."),
                Kind::BranchChanged,
            ),
            (
                Status::invalid_argument("Current branch token and request branch token differ"),
                Kind::BranchChanged,
            ),
            (Status::permission_denied("x"), Kind::Denied),
            (Status::unauthenticated("x"), Kind::Denied),
            (Status::failed_precondition("x"), Kind::Unavailable),
            (
                Status::failed_precondition(
                    "Workflow execution closed before WorkflowTaskStarted event",
                ),
                Kind::Closed,
            ),
            (Status::unknown("x"), Kind::Internal),
            (Status::internal("x"), Kind::Internal),
            (Status::unimplemented("x"), Kind::Internal),
        ] {
            assert_eq!(kind(&status), expected, "{status:?}");
        }
    }

    #[test]
    fn broken_connection_is_unavailable_whatever_its_code() {
        let mut status = Status::unknown("transport error");
        status.set_source(Arc::new(io::Error::new(
            io::ErrorKind::BrokenPipe,
            "broken pipe",
        )));
        let error = classify(&status);
        assert_eq!(error.kind, EngineErrorKind::Unavailable);
        assert_eq!(error.message, "transport error: broken pipe");
    }
}
