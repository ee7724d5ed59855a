//! What kind of failure a gRPC status is.

use std::error::Error;

use fast_temporal_core::{EngineError, EngineErrorKind};
use prost::Message;
use temporalio_common::protos::{
    google::rpc, temporal::api::errordetails::v1::MultiOperationExecutionFailure,
};
use tonic::{Code, Status};

/// A request that failed.
pub(crate) enum Failed {
    /// Temporal or the connection refused it.
    Refused(Status),
    /// There was no answer, or nothing was asked.
    Other(EngineError),
}

impl Failed {
    /// What Temporal says beside its message, where it says something of that name.
    pub(crate) fn detail<T: Message + Default>(&self, name: &str) -> Option<T> {
        match self {
            Self::Refused(status) => detail(status.details(), name),
            Self::Other(_) => None,
        }
    }

    /// Whether Temporal says something of that name.
    pub(crate) fn has_detail(&self, name: &str) -> bool {
        matches!(self, Self::Refused(status) if has_detail(status, name))
    }

    /// What became of the operation that failed, where this is of a request that is made of several.
    pub(crate) fn of_operation(self) -> Self {
        let several: Option<MultiOperationExecutionFailure> =
            self.detail("MultiOperationExecutionFailure");
        let mut operations = several.unwrap_or_default().statuses.into_iter();
        // The others were aborted by it.
        match operations.find(|operation| operation.code != Code::Aborted as i32) {
            Some(operation) => {
                let details = rpc::Status {
                    code: operation.code,
                    message: operation.message.clone(),
                    details: operation.details,
                };
                Self::Refused(Status::with_details(
                    Code::from_i32(operation.code),
                    operation.message,
                    details.encode_to_vec().into(),
                ))
            }
            None => self,
        }
    }
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        Self::Other(error)
    }
}

impl From<Failed> for EngineError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(status) => classify(&status),
            Failed::Other(error) => error,
        }
    }
}

/// A detail of that name, among those that come with a status.
fn detail<T: Message + Default>(details: &[u8], name: &str) -> Option<T> {
    let status = rpc::Status::decode(details).ok()?;
    let mut details = status.details.into_iter();
    let detail = details.find(|detail| is_named(&detail.type_url, name))?;
    T::decode(detail.value.as_slice()).ok()
}

fn is_named(type_url: &str, name: &str) -> bool {
    type_url.rsplit(['.', '/']).next() == Some(name)
}

/// Says what a request's failure means to the gateway.
fn classify(status: &Status) -> EngineError {
    EngineError::new(kind(status), with_causes(status))
}

fn kind(status: &Status) -> EngineErrorKind {
    use EngineErrorKind as Kind;
    match status.code() {
        // The client's own time limit comes as a cancellation.
        Code::Cancelled if status.message() == "Timeout expired" => Kind::Timeout,
        Code::DeadlineExceeded => Kind::Timeout,
        // A server that shuts down cancels what it holds. A workflow whose first task is not done
        // yet, or a namespace that fails over, is a failed precondition.
        Code::Cancelled | Code::Unavailable | Code::Aborted | Code::FailedPrecondition => {
            Kind::Unavailable
        }
        // What has a cause came from the connection on this side, not from Temporal.
        Code::Unknown | Code::Internal if status.source().is_some() => Kind::Unavailable,
        // Said by gRPC itself of one answer, so there is no use in trying again.
        Code::ResourceExhausted if status.message().contains("larger than max") => Kind::Invalid,
        Code::OutOfRange if status.message().contains("message length too large") => Kind::Invalid,
        Code::ResourceExhausted => Kind::Busy,
        Code::NotFound if is_closed(status.message()) => Kind::Closed,
        Code::NotFound => Kind::NotFound,
        Code::AlreadyExists => Kind::AlreadyStarted,
        Code::PermissionDenied | Code::Unauthenticated => Kind::Denied,
        Code::InvalidArgument if is_stale_place(status) => Kind::BranchChanged,
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

/// Whether the workflow is there, but over. Nothing but the message tells.
fn is_closed(message: &str) -> bool {
    message.contains("already completed") || message.contains("by closing workflow")
}

fn has_detail(status: &Status, name: &str) -> bool {
    let details = rpc::Status::decode(status.details()).unwrap_or_default();
    let mut details = details.details.iter();
    details.any(|detail| is_named(&detail.type_url, name))
}

/// Whether a page token leads nowhere any more: history went on in another branch, or the cluster
/// reads no tokens of the version that made it.
fn is_stale_place(status: &Status) -> bool {
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

/// An error's message and those of its causes.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let message = error
            .downcast_ref::<Status>()
            .map_or_else(|| error.to_string(), |status| status.message().to_owned());
        // Causes are often repeated by what they caused.
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

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use super::*;

    #[test]
    fn every_code_has_its_kind() {
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
            (Status::unknown("x"), Kind::Internal),
            (Status::internal("x"), Kind::Internal),
            (Status::unimplemented("x"), Kind::Internal),
        ] {
            assert_eq!(kind(&status), expected, "{status:?}");
        }
    }

    #[test]
    fn a_broken_connection_is_unavailable_whatever_its_code() {
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
