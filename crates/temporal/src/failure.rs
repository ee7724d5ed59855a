//! Failures, as clients see them.

use fast_temporal_protocol::{Failure as Shown, Json};
use serde::Deserialize;
use temporalio_common::protos::temporal::api::{
    enums::v1::TimeoutType,
    failure::v1::{Failure, failure::FailureInfo},
};

use crate::{payload, word::word};

/// A failure with its causes.
pub(crate) fn shown(mut failure: Failure) -> Shown {
    // Protobuf's own limit keeps chains short, but a loop needs no such promise.
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
    failures.fold(root, |cause, failure| Shown {
        cause: Some(Box::new(cause)),
        ..failure
    })
}

/// A failure that ought to be there.
pub(crate) fn expected(failure: Option<Failure>) -> Shown {
    failure.map_or_else(
        || Shown {
            kind: "unknown".to_owned(),
            ..Shown::default()
        },
        shown,
    )
}

/// Which limit a failure says was exceeded.
pub(crate) fn timeout_type(failure: Option<&Failure>) -> Option<String> {
    match failure?.failure_info.as_ref()? {
        FailureInfo::TimeoutFailureInfo(info) => word::<TimeoutType>(info.timeout_type),
        _ => None,
    }
}

fn single(failure: Failure) -> Shown {
    let encoded = failure.encoded_attributes.map(payload::json);
    let message = encoded.and_then(|json| json.parse::<Encoded>().ok());
    let (kind, about) = kind(failure.failure_info);
    Shown {
        message: message.map_or(failure.message, |encoded| encoded.message),
        kind: kind.to_owned(),
        error_type: about.error_type.filter(|name| !name.is_empty()),
        non_retryable: about.non_retryable,
        details: about.details,
        cause: None,
    }
}

/// What SDKs put into `encoded_attributes`, so that a codec covers the message, too.
#[derive(Deserialize)]
struct Encoded {
    message: String,
}

#[derive(Default)]
struct About {
    error_type: Option<String>,
    non_retryable: bool,
    details: Vec<Json>,
}

fn kind(info: Option<FailureInfo>) -> (&'static str, About) {
    let mut about = About::default();
    let kind = match info {
        Some(FailureInfo::ApplicationFailureInfo(info)) => {
            about.error_type = Some(info.r#type);
            about.non_retryable = info.non_retryable;
            about.details = payload::all(info.details);
            "application"
        }
        Some(FailureInfo::TimeoutFailureInfo(info)) => {
            about.details = payload::all(info.last_heartbeat_details);
            "timeout"
        }
        Some(FailureInfo::CanceledFailureInfo(info)) => {
            about.details = payload::all(info.details);
            "canceled"
        }
        Some(FailureInfo::TerminatedFailureInfo(_)) => "terminated",
        Some(FailureInfo::ServerFailureInfo(info)) => {
            about.non_retryable = info.non_retryable;
            "server"
        }
        Some(FailureInfo::ActivityFailureInfo(_)) => "activity",
        Some(FailureInfo::ChildWorkflowExecutionFailureInfo(_)) => "child_workflow",
        Some(FailureInfo::NexusOperationExecutionFailureInfo(_)) => "nexus",
        Some(FailureInfo::NexusHandlerFailureInfo(info)) => {
            about.error_type = Some(info.r#type);
            "nexus"
        }
        Some(FailureInfo::ResetWorkflowFailureInfo(_)) | None => "unknown",
    };
    (kind, about)
}
