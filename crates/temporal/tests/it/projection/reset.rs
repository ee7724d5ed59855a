//! Reset runs: copied events are not repeated.

use fast_temporal_protocol::EventData;
use temporalio_common::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause as Cause, history::v1::history_event::Attributes,
};

use super::history::{self, Script, event, only};

/// A run whose first event is a copy of another run's.
fn copied() -> Script {
    let mut script = Script::new();
    let started = event!(WorkflowExecutionStartedEventAttributes {
        original_execution_run_id: "the first run".to_owned(),
    });
    assert_eq!(script.apply(started), []);
    script
}

fn reset_to(run_id: &str) -> Attributes {
    event!(WorkflowTaskFailedEventAttributes {
        cause: Cause::ResetWorkflow.into(),
        base_run_id: "the base run".to_owned(),
        new_run_id: run_id.to_owned(),
    })
}

// Covers EV-8.
#[test]
fn feed_of_a_reset_run_begins_with_the_reset() {
    for (base, name) in [
        ("python_reset_1", "python_reset_2"),
        ("python_reset_2", "python_reset_3"),
    ] {
        let base_run_id = history::run_id(history::read(base));
        let made = history::project(history::read(name));
        let EventData::WorkflowReset(reset) = &made[0].data else {
            panic!("{name} begins with {}", made[0].data.type_name());
        };
        assert_eq!(reset.base_run_id, base_run_id, "{name}");
        assert_eq!(reset.fork_event_id, made[0].cursor.position.event_id);
    }
}

#[test]
fn copied_events_name_activities_that_close_after_the_reset() {
    let events = history::read("python_reset_3");
    let made = history::project(events);
    let data: Vec<_> = made.iter().map(|event| event.data.type_name()).collect();
    assert_eq!(
        data,
        [
            "workflow.reset",
            "activity.scheduled",
            "activity.completed",
            "workflow.completed"
        ]
    );
    let EventData::WorkflowCompleted(completed) = &made[3].data else {
        panic!("the last event is the result");
    };
    assert_eq!(completed.result.get(), r#"["early","late"]"#);
}

#[test]
fn run_that_continues_a_reset_run_has_no_copies() {
    let first = history::project(history::read("python_reset_continued_1"));
    let second = history::project(history::read("python_reset_continued_2"));
    assert_eq!(first[0].data.type_name(), "workflow.reset");
    assert_eq!(second[0].data.type_name(), "workflow.started");
}

#[test]
fn copied_resets_are_ignored() {
    let mut script = copied();
    assert_eq!(script.apply(reset_to("an earlier run")), []);
    let made = script.apply(reset_to(Script::RUN_ID));
    only!(made, WorkflowReset);
}

#[test]
fn reset_ends_a_period_of_failing_workflow_tasks() {
    let failed = || {
        event!(WorkflowTaskFailedEventAttributes {
            cause: Cause::NonDeterministicError.into(),
        })
    };
    let mut script = copied();
    assert_eq!(script.apply(failed()), []);
    script.apply(reset_to(Script::RUN_ID));
    let made = script.apply(failed());
    only!(made, WorkflowTaskFailed);
}

#[test]
fn closing_event_is_projected_without_a_reset() {
    let mut script = copied();
    let made = script.apply(event!(WorkflowExecutionTerminatedEventAttributes {}));
    only!(made, WorkflowTerminated);
    assert!(script.projection.end().is_some());
}
