//! Failures of each kind, and events with missing parts.

use fast_temporal_protocol::Failure as Shown;
use temporalio_common::protos::temporal::api::{
    common::v1::Payloads,
    failure::v1::{
        ActivityFailureInfo, ApplicationFailureInfo, CanceledFailureInfo,
        ChildWorkflowExecutionFailureInfo, Failure, NexusHandlerFailureInfo,
        NexusOperationFailureInfo, ResetWorkflowFailureInfo, ServerFailureInfo,
        TerminatedFailureInfo, TimeoutFailureInfo, failure::FailureInfo,
    },
};

use super::history::{self, Script, event, json, only};

fn shown(failure: Option<Failure>) -> Shown {
    let made = Script::new().apply(event!(WorkflowExecutionFailedEventAttributes { failure }));
    only!(made, WorkflowFailed).failure.clone()
}

fn of_kind(info: FailureInfo) -> Failure {
    Failure {
        message: "no ink".to_owned(),
        failure_info: Some(info),
        ..Default::default()
    }
}

#[test]
fn each_kind_of_failure_has_a_name() {
    macro_rules! kinds {
        ($($info:ident($type:ident) = $kind:literal,)*) => {
            [$((FailureInfo::$info($type::default()), $kind)),*]
        };
    }
    for (info, kind) in kinds! {
        ApplicationFailureInfo(ApplicationFailureInfo) = "application",
        TimeoutFailureInfo(TimeoutFailureInfo) = "timeout",
        CanceledFailureInfo(CanceledFailureInfo) = "canceled",
        TerminatedFailureInfo(TerminatedFailureInfo) = "terminated",
        ServerFailureInfo(ServerFailureInfo) = "server",
        ActivityFailureInfo(ActivityFailureInfo) = "activity",
        ChildWorkflowExecutionFailureInfo(ChildWorkflowExecutionFailureInfo) = "child_workflow",
        NexusOperationExecutionFailureInfo(NexusOperationFailureInfo) = "nexus",
        NexusHandlerFailureInfo(NexusHandlerFailureInfo) = "nexus",
        ResetWorkflowFailureInfo(ResetWorkflowFailureInfo) = "unknown",
    } {
        let failure = shown(Some(of_kind(info)));
        assert_eq!((&*failure.kind, &*failure.message), (kind, "no ink"));
    }
    assert_eq!(shown(None).kind, "unknown");
    assert_eq!(shown(Some(Failure::default())).kind, "unknown");
}

#[test]
fn causes_keep_their_order() {
    let root = of_kind(FailureInfo::ApplicationFailureInfo(
        ApplicationFailureInfo {
            r#type: "OutOfInk".to_owned(),
            non_retryable: true,
            details: Some(Payloads {
                payloads: vec![json("1"), json("2")],
            }),
            ..Default::default()
        },
    ));
    let middle = Failure {
        message: "cannot print".to_owned(),
        cause: Some(Box::new(root)),
        ..Default::default()
    };
    let failure = shown(Some(Failure {
        message: "activity failed".to_owned(),
        cause: Some(Box::new(middle)),
        ..Default::default()
    }));
    assert_eq!(failure.message, "activity failed");
    assert_eq!(failure.root_message(), "no ink");
    let root = failure.cause.unwrap().cause.unwrap();
    assert_eq!(root.error_type.as_deref(), Some("OutOfInk"));
    assert!(root.non_retryable);
    assert_eq!(root.details.len(), 2);
    assert_eq!(root.cause, None);
}

#[test]
fn encoded_message_is_restored() {
    let encoded = |attributes| Failure {
        message: "Encoded failure".to_owned(),
        encoded_attributes: Some(attributes),
        ..Default::default()
    };
    let open = json(r#"{"message":"card 4711 declined","stack_trace":"…"}"#);
    assert_eq!(shown(Some(encoded(open))).message, "card 4711 declined");
    let closed = history::binary(b"?");
    assert_eq!(shown(Some(encoded(closed))).message, "Encoded failure");
}

#[test]
fn long_chain_of_causes_does_not_overflow_the_stack() {
    let mut failure = Failure::default();
    // As long as protobuf's limit on nesting permits.
    for _ in 0..100 {
        failure = Failure {
            cause: Some(Box::new(failure)),
            ..Default::default()
        };
    }
    let mut shown = shown(Some(failure));
    let mut depth = 0;
    while let Some(cause) = shown.cause {
        shown = *cause;
        depth += 1;
    }
    assert_eq!(depth, 100);
}
