//! Descriptions of runs, and what orders the runs of a chain.

use std::{collections::BTreeMap, sync::Arc};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{RunStatus, StartOptions, StartWorkflow, StartedRuns},
};
use fast_temporal_protocol::v1::{
    IdReusePolicy, PendingActivityState, PendingWorkflowTask, WorkflowDetails, WorkflowStatus,
};
use jiff::SignedDuration;

use super::{
    TASK_QUEUE, WORKFLOW_TYPE, failure, json,
    support::{UNKNOWN_RUN_ID, close, current_run, eventually, kind, signal, started, workflow},
    world::World,
};

pub async fn engine_is_reachable(world: impl World) {
    let engine = world.engine();
    assert_eq!(&**engine.namespace(), "default");
    assert_eq!(engine.check().await, Ok(()));
}

pub async fn continued_and_reset_runs_form_a_chain(mut world: impl World) {
    let engine = world.engine();
    let id = "it's a 'chain' of runs";
    let first = engine.start(workflow(id)).await.expect("a start").run_id;
    world.continue_as_new(id).await;
    world.complete_task(id).await;
    let second = current_run(&*engine, id).await;
    let third = world.reset(id, &second).await;
    world.complete_task(id).await;
    engine.terminate(close(id)).await.expect("an open run");
    let again = StartWorkflow {
        reuse: IdReusePolicy::AllowDuplicate,
        ..workflow(id)
    };
    let other = engine.start(again).await.expect("a start").run_id;
    world.complete_task(id).await;
    // The reset of an earlier chain's run, which terminates the chain that is open.
    let last = world.reset(id, &third).await;

    let ids = [&first, &second, &third, &other, &last].map(Arc::clone);
    let mut runs = Vec::new();
    for run_id in &ids {
        runs.push(engine.describe(id, Some(run_id)).await.expect("a run"));
    }
    let described: Vec<_> = runs.iter().map(|run| run.run_id.clone()).collect();
    assert_eq!(described, ids);
    assert_eq!(engine.describe(id, None).await.as_ref(), Ok(&runs[4]));
    let chains: Vec<_> = runs.iter().map(|run| &run.first_run_id).collect();
    assert_eq!(chains, [&first, &first, &first, &other, &first]);
    let resets: Vec<_> = runs.iter().map(|run| run.reset_run_id.as_ref()).collect();
    assert_eq!(resets, [None, Some(&third), Some(&last), None, None]);
    for (run, before) in [
        (&first, None),
        (&second, Some(&first)),
        (&third, Some(&second)),
        (&other, None),
        (&last, Some(&third)),
    ] {
        let predecessor = engine.predecessor(id, run).await;
        assert_eq!(predecessor, Ok(before.cloned()));
    }

    assert_eq!(
        (runs[4].status, runs[4].close_time),
        (RunStatus::Running, None)
    );
    for pair in runs.windows(2) {
        assert_eq!(pair[0].status, RunStatus::Closed);
        let closed = pair[0].close_time.expect("one run is open at a time");
        assert!(pair[0].start_time <= closed && closed <= pair[1].start_time);
    }
    // A reset closes a run at the moment at which it starts another.
    for (closed, started) in [(1, 2), (3, 4)] {
        let closed = runs[closed].close_time.expect("a closed run");
        let apart = runs[started].start_time.duration_since(closed);
        assert!(apart < SignedDuration::from_millis(100), "{apart:?}");
    }

    let (after, before) = (runs[0].start_time, runs[4].start_time);
    let between = async |limit| {
        let found = engine.runs_started_between(id, after, before, limit).await;
        found.expect("runs")
    };
    let all = eventually(async || Some(between(10).await).filter(|all| all.run_ids.len() == 5));
    let all = all.await;
    assert_eq!((all.run_ids, all.more), (ids.to_vec(), false));
    let oldest = between(1).await;
    assert_eq!((oldest.run_ids, oldest.more), (vec![first], true));
}

/// Visibility drops quotes from both ends of a search value, and finds nothing for a value with `"` or `\`.
pub async fn runs_of_an_id_that_visibility_cannot_search_are_unknown(world: impl World) {
    let engine = world.engine();
    for id in ["'quoted'", "o'", "a\"b", "a\\b"] {
        engine.start(workflow(id)).await.expect("a start");
        let described = engine.describe(id, None).await.expect("a description");
        let at = described.start_time;
        let found = engine.runs_started_between(id, at, at, 10).await;
        let unknown = StartedRuns {
            run_ids: Vec::new(),
            more: true,
        };
        assert_eq!(found, Ok(unknown), "{id}");
    }
}

/// The details of `w`, once they fulfil a condition.
async fn details_when(
    engine: &dyn Engine,
    condition: impl Fn(&WorkflowDetails) -> bool,
) -> WorkflowDetails {
    eventually(async || {
        let details = engine.details("w", None).await.expect("details");
        condition(&details).then_some(details)
    })
    .await
}

pub async fn open_run_is_described_until_it_closes(mut world: impl World) {
    let engine = world.engine();
    let memo = BTreeMap::from([("note".to_owned(), json(r#"{"deep": [1.50]}"#))]);
    let start = StartWorkflow {
        options: StartOptions {
            memo: memo.clone(),
            ..StartOptions::default()
        },
        ..workflow("w")
    };
    let run_id = engine.start(start).await.expect("a start").run_id;
    let details = async || engine.details("w", None).await.expect("details");

    let new = details().await;
    assert_eq!(new.workflow_id, "w");
    assert_eq!((&*new.run_id, &*new.first_run_id), (&*run_id, &*run_id));
    assert_eq!(new.workflow_type, WORKFLOW_TYPE);
    assert_eq!(new.task_queue, TASK_QUEUE);
    assert_eq!(new.status, WorkflowStatus::Running);
    assert_eq!(new.memo, memo);
    assert!(new.start_time.as_second() > 0 && new.close_time.is_none());
    assert!(new.history_events > 0 && new.history_bytes > 0);
    assert_eq!(new.parent_workflow_id, None);
    assert_eq!((new.pending_children, new.pending_activities.len()), (0, 0));
    let waiting = Some(PendingWorkflowTask {
        started: false,
        attempt: 1,
    });
    assert_eq!(new.pending_workflow_task, waiting);

    world.complete_task("w").await;
    assert_eq!(details().await.pending_workflow_task, None);
    engine.signal(signal("w", "go")).await.expect("a signal");
    assert_eq!(details().await.pending_workflow_task, waiting);

    world.complete("w", "1").await;
    let closed = engine.details("w", Some(&run_id)).await.expect("details");
    assert_eq!(closed.status, WorkflowStatus::Completed);
    assert!(closed.close_time >= Some(closed.start_time));
    assert!(closed.history_events > new.history_events);
    assert!(closed.history_bytes > new.history_bytes);
    assert_eq!(closed.pending_workflow_task, None);
}

pub async fn activity_is_described_from_attempt_to_attempt(mut world: impl World) {
    let (engine, _) = started(&world).await;
    world.schedule_activity("w", "charge").await;
    let scheduled = engine.details("w", None).await.expect("details");
    let [activity] = &*scheduled.pending_activities else {
        panic!("{scheduled:?}")
    };
    assert!(!activity.activity_id.is_empty());
    assert_eq!(activity.activity_type, "charge");
    assert_eq!(activity.state, PendingActivityState::Scheduled);
    assert_eq!((activity.attempt, &activity.last_failure), (1, &None));
    assert_eq!(activity.last_heartbeat_time, None);
    assert!(activity.heartbeat_details.is_empty());

    world.start_activity("w").await;
    world.heartbeat("w", r#"{"done": 1.50}"#).await;
    let running = details_when(&*engine, |details| {
        details.pending_activities[0].last_heartbeat_time.is_some()
    })
    .await;
    let activity = &running.pending_activities[0];
    assert_eq!(activity.state, PendingActivityState::Started);
    assert_eq!(activity.heartbeat_details, [json(r#"{"done": 1.50}"#)]);
    assert!(activity.last_started_time.is_some());

    world.fail_attempt("w", "declined").await;
    let failed = engine.details("w", None).await.expect("details");
    let activity = &failed.pending_activities[0];
    assert_eq!(activity.state, PendingActivityState::Scheduled);
    assert_eq!(activity.attempt, 2);
    assert!(activity.next_attempt_time >= activity.last_started_time);
    assert_eq!(activity.last_failure, Some(failure("declined")));
    assert_eq!(activity.heartbeat_details, [json(r#"{"done": 1.50}"#)]);

    world.start_activity("w").await;
    let again = engine.details("w", None).await.expect("details");
    let activity = &again.pending_activities[0];
    assert_eq!(activity.state, PendingActivityState::Started);
    assert_eq!(activity.attempt, 2);
    assert_eq!(activity.last_failure, Some(failure("declined")));

    world.complete_activity("w", "1").await;
    let done = engine.details("w", None).await.expect("details");
    assert!(done.pending_activities.is_empty());
}

pub async fn missing_runs_are_not_found(world: impl World) {
    let (engine, _) = started(&world).await;
    for (id, run_id, expected) in [
        ("no-such", None, EngineErrorKind::NotFound),
        ("no-such", Some(UNKNOWN_RUN_ID), EngineErrorKind::NotFound),
        ("w", Some(UNKNOWN_RUN_ID), EngineErrorKind::NotFound),
        ("w", Some("not a run id"), EngineErrorKind::Invalid),
    ] {
        let described = kind(engine.describe(id, run_id).await);
        let details = kind(engine.details(id, run_id).await);
        assert_eq!([described, details], [expected; 2], "{id}, {run_id:?}");
        if let Some(run_id) = run_id {
            let predecessor = kind(engine.predecessor(id, run_id).await);
            assert_eq!(predecessor, expected, "{id}, {run_id}");
        }
    }
}
