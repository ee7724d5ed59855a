//! Everything that Temporal says of a run.

use std::time::Duration;

use fast_temporal_core::{Engine, EngineErrorKind};
use fast_temporal_protocol::v1::{PendingActivityState, WorkflowDetails, WorkflowStatus};
use fast_temporal_temporal::TemporalEngine;
use fast_temporal_testkit::dev_server::start;
use tokio::time::timeout;

use super::{json, update::failure, workflow};
use crate::worker::{TASK_QUEUE, WORKFLOW_TYPE, Worker};

/// Describes it until it stands so: heartbeats and retries come through after a moment.
async fn until(
    engine: &TemporalEngine,
    id: &str,
    stands: impl Fn(&WorkflowDetails) -> bool,
) -> WorkflowDetails {
    let described = async {
        loop {
            let details = engine.details(id, None).await.unwrap();
            if stands(&details) {
                return details;
            }
        }
    };
    timeout(Duration::from_secs(10), described)
        .await
        .expect("it comes to stand so")
}

#[tokio::test]
async fn a_run_is_described_from_its_start_to_its_end() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let run_id = engine.start(workflow("told")).await.unwrap().run_id;

    let new = engine.details("told", None).await.unwrap();
    assert_eq!(new.workflow_id, "told");
    assert_eq!((&*new.run_id, &*new.first_run_id), (&*run_id, &*run_id));
    assert_eq!(
        (&*new.workflow_type, &*new.task_queue),
        (WORKFLOW_TYPE, TASK_QUEUE)
    );
    assert_eq!(new.status, WorkflowStatus::Running);
    assert_eq!((new.history_events, new.close_time), (2, None));
    assert!(new.history_bytes > 0 && new.start_time.as_second() > 0);
    assert_eq!(new.parent_workflow_id, None);
    assert_eq!((new.pending_children, new.pending_activities.len()), (0, 0));
    let task = new.pending_workflow_task.expect("nobody has taken it");
    assert_eq!((task.started, task.attempt), (false, 1));

    worker.fail().await;
    let stuck = until(&engine, "told", |details| {
        let task = details.pending_workflow_task.as_ref();
        task.is_some_and(|task| task.attempt == 2)
    })
    .await;
    assert_eq!(stuck.status, WorkflowStatus::Running);

    worker.complete("1").await;
    let over = engine.details("told", Some(&run_id)).await.unwrap();
    assert_eq!(over.status, WorkflowStatus::Completed);
    assert!(over.close_time > Some(over.start_time));
    assert!(over.history_events > 2 && over.history_bytes > new.history_bytes);
    assert_eq!(over.pending_workflow_task, None);
}

#[tokio::test]
async fn a_later_run_names_the_first_one_of_its_chain() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let first = engine.start(workflow("chain")).await.unwrap().run_id;
    worker.continue_as_new().await;
    let second = engine.details("chain", None).await.unwrap();
    assert_eq!(second.first_run_id, &*first);
    assert_ne!(second.run_id, &*first);
    let first = engine.details("chain", Some(&first)).await.unwrap();
    assert_eq!(first.status, WorkflowStatus::ContinuedAsNew);
}

#[tokio::test]
async fn an_activity_is_told_of_while_it_is_tried_again_and_again() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("trying")).await.unwrap();
    worker.schedule_activity("try").await;

    let scheduled = engine.details("trying", None).await.unwrap();
    let [activity] = &*scheduled.pending_activities else {
        panic!("{scheduled:?}")
    };
    assert_eq!(
        (&*activity.activity_id, &*activity.activity_type),
        ("1", "try")
    );
    assert_eq!(activity.state, PendingActivityState::Scheduled);
    assert_eq!((activity.attempt, activity.maximum_attempts), (1, Some(3)));
    assert_eq!(
        (&activity.last_failure, activity.last_heartbeat_time),
        (&None, None)
    );
    assert!(activity.heartbeat_details.is_empty());

    let attempt = worker.take_activity().await;
    worker.heartbeat(&attempt, r#"{"done": 1.50}"#).await;
    let beating = until(&engine, "trying", |details| {
        details.pending_activities[0].last_heartbeat_time.is_some()
    })
    .await;
    let activity = &beating.pending_activities[0];
    assert_eq!(activity.state, PendingActivityState::Started);
    assert_eq!(activity.heartbeat_details, [json(r#"{"done": 1.50}"#)]);
    assert!(activity.last_started_time.is_some());

    worker.fail_activity(attempt, "not yet").await;
    let waiting = engine.details("trying", None).await.unwrap();
    let activity = &waiting.pending_activities[0];
    assert_eq!(activity.state, PendingActivityState::Scheduled);
    assert_eq!(activity.attempt, 2);
    assert!(activity.next_attempt_time > activity.last_started_time);
    assert_eq!(activity.last_failure, Some(failure("not yet")));
    assert_eq!(activity.heartbeat_details, [json(r#"{"done": 1.50}"#)]);

    let _attempt = worker.take_activity().await;
    let again = engine.details("trying", None).await.unwrap();
    let activity = &again.pending_activities[0];
    assert_eq!(
        (activity.state, activity.attempt),
        (PendingActivityState::Started, 2)
    );
    assert_eq!(activity.last_failure, Some(failure("not yet")));
}

#[tokio::test]
async fn children_are_counted_and_name_their_parent() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("parent")).await.unwrap();
    worker.start_child("child").await;
    until(&engine, "parent", |parent| parent.pending_children == 1).await;
    let child = engine.details("child", None).await.unwrap();
    assert_eq!(child.parent_workflow_id.as_deref(), Some("parent"));
}

#[tokio::test]
async fn what_is_not_there_has_no_details() {
    let server = start().await;
    let engine = server.engine();
    engine.start(workflow("there")).await.unwrap();
    let run_id = "00000000-0000-4000-8000-000000000000";
    for (id, run_id) in [("no-such", None), ("there", Some(run_id))] {
        let error = engine.details(id, run_id).await.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::NotFound, "{error}");
    }
}
