//! Workflow tasks: started or not, failing or not.

use fast_temporal_protocol::{EventData, event::WorkflowTaskFailed};
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause as Cause, history::v1::history_event::Attributes,
};

use super::history::{self, Script, event};

fn failed(cause: Cause) -> Attributes {
    event!(WorkflowTaskFailedEventAttributes {
        cause: cause.into()
    })
}

fn task_failed(cause: &str) -> EventData {
    let (cause, failure) = (cause.to_owned(), None);
    WorkflowTaskFailed { cause, failure }.into()
}

// Covers EV-26.
#[test]
fn each_period_of_failing_tasks_has_one_event() {
    let mut script = Script::new();
    assert_eq!(
        script.apply(failed(Cause::NonDeterministicError)),
        [task_failed("NON_DETERMINISTIC_ERROR")]
    );
    assert_eq!(script.apply(failed(Cause::BadStartTimerAttributes)), []);
    let timed_out = event!(WorkflowTaskTimedOutEventAttributes {});
    assert_eq!(script.apply(timed_out), []);
    assert_eq!(script.apply(failed(Cause::NonDeterministicError)), []);
    let completed = event!(WorkflowTaskCompletedEventAttributes {});
    assert_eq!(script.apply(completed), []);
    assert_eq!(
        script.apply(failed(Cause::BadStartTimerAttributes)),
        [task_failed("BAD_START_TIMER_ATTRIBUTES")]
    );
}

#[test]
fn failures_by_the_server_are_not_events() {
    let mut script = Script::new();
    for cause in [
        Cause::UnhandledCommand,
        Cause::UnhandledUpdate,
        Cause::ResetStickyTaskQueue,
        Cause::ForceCloseCommand,
        Cause::FailoverCloseCommand,
        Cause::ResetWorkflow,
        Cause::WorkflowPauseRequestedBeforeTaskStarted,
    ] {
        assert_eq!(script.apply(failed(cause)), [], "{cause:?}");
    }
    assert_eq!(
        script.apply(failed(Cause::WorkflowWorkerUnhandledFailure)),
        [task_failed("WORKFLOW_WORKER_UNHANDLED_FAILURE")]
    );
}

#[test]
fn unknown_cause_is_its_number() {
    let made = Script::new().apply(event!(WorkflowTaskFailedEventAttributes { cause: 4711 }));
    assert_eq!(made, [task_failed("4711")]);
}

#[test]
fn scheduled_task_is_not_started() {
    let events = history::read("python_terminated");
    let mut projection = history::projection(events);
    history::apply(&mut projection, &events[..2]);
    assert!(!projection.workflow_task_started(), "only scheduled");
    history::apply(&mut projection, &events[2..3]);
    assert!(projection.workflow_task_started(), "started");
    assert_eq!(projection.completed_tasks(), 0);
}

#[test]
fn signal_may_have_the_id_of_a_transient_task() {
    let failing = history::read("python_stuck_1");
    let repaired = history::read("python_stuck_2");
    let [.., scheduled, started] = failing else {
        panic!("a history that ends with a failing task");
    };
    assert_eq!([scheduled.event_id, started.event_id], [5, 6]);
    assert_eq!(repaired[4].event_id, 5);
    let mut projection = history::projection(failing);
    let mut made = history::apply(&mut projection, failing);
    made.extend(history::apply(&mut projection, &repaired[4..]));
    assert_eq!(made, history::project(repaired));
    let types: Vec<_> = made.iter().map(|event| event.data.type_name()).collect();
    assert_eq!(
        types,
        [
            "workflow.started",
            "workflow.task_failed",
            "signal.received",
            "workflow.completed"
        ]
    );
}
