//! Temporal's failures as the protocol's.

use fast_temporal_protocol::{Failure as Public, Json};
use serde::Deserialize;
use temporalio_common::protos::temporal::api::{
    enums::v1::TimeoutType,
    failure::v1::{Failure, failure::FailureInfo},
};

use crate::{enum_name::enum_name, payload};

/// Converts a failure with its causes.
pub(crate) fn public(mut failure: Failure) -> Public {
    // A loop, as protobuf's limit on nesting is all that keeps chains short.
    let mut chain = Vec::new();
    loop {
        let cause = failure.cause.take();
        chain.push(single(failure));
        match cause {
            Some(cause) => failure = *cause,
            None => break,
        }
    }
    let mut failures = chain.into_iter().rev();
    let root = failures.next().unwrap_or_default();
    failures.fold(root, |cause, failure| Public {
        cause: Some(Box::new(cause)),
        ..failure
    })
}

/// Converts the failure of an event that always has one.
pub(crate) fn expected(failure: Option<Failure>) -> Public {
    failure.map_or_else(
        || Public {
            kind: "unknown".to_owned(),
            ..Public::default()
        },
        public,
    )
}

/// Returns which timeout was exceeded, if the failure is a timeout.
pub(crate) fn timeout_type(failure: Option<&Failure>) -> Option<String> {
    match failure?.failure_info.as_ref()? {
        FailureInfo::TimeoutFailureInfo(info) => enum_name::<TimeoutType>(info.timeout_type),
        _ => None,
    }
}

/// Converts a failure without its cause.
fn single(failure: Failure) -> Public {
    let encoded = failure.encoded_attributes.map(payload::json);
    let message = encoded.and_then(|json| json.parse::<Encoded>().ok());
    let (kind, attributes) = kind(failure.failure_info);
    Public {
        message: message.map_or(failure.message, |encoded| encoded.message),
        kind: kind.to_owned(),
        error_type: attributes.error_type.filter(|name| !name.is_empty()),
        non_retryable: attributes.non_retryable,
        details: attributes.details,
        cause: None,
    }
}

/// The payload of `encoded_attributes`, where SDKs put the message so that a codec encodes it too.
#[derive(Deserialize)]
struct Encoded {
    message: String,
}

#[derive(Default)]
struct Attributes {
    error_type: Option<String>,
    non_retryable: bool,
    details: Vec<Json>,
}

fn kind(info: Option<FailureInfo>) -> (&'static str, Attributes) {
    let mut attributes = Attributes::default();
    let kind = match info {
        Some(FailureInfo::ApplicationFailureInfo(info)) => {
            attributes.error_type = Some(info.r#type);
            attributes.non_retryable = info.non_retryable;
            attributes.details = payload::all(info.details);
            "application"
        }
        Some(FailureInfo::TimeoutFailureInfo(info)) => {
            attributes.details = payload::all(info.last_heartbeat_details);
            "timeout"
        }
        Some(FailureInfo::CanceledFailureInfo(info)) => {
            attributes.details = payload::all(info.details);
            "canceled"
        }
        Some(FailureInfo::TerminatedFailureInfo(_)) => "terminated",
        Some(FailureInfo::ServerFailureInfo(info)) => {
            attributes.non_retryable = info.non_retryable;
            "server"
        }
        Some(FailureInfo::ActivityFailureInfo(_)) => "activity",
        Some(FailureInfo::ChildWorkflowExecutionFailureInfo(_)) => "child_workflow",
        Some(FailureInfo::NexusOperationExecutionFailureInfo(_)) => "nexus",
        Some(FailureInfo::NexusHandlerFailureInfo(info)) => {
            attributes.error_type = Some(info.r#type);
            "nexus"
        }
        Some(FailureInfo::ResetWorkflowFailureInfo(_)) | None => "unknown",
    };
    (kind, attributes)
}
