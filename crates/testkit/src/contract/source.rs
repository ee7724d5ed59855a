//! Reading one run's history.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    EngineErrorKind,
    engine::{Page, RunEnd, StartOptions, StartWorkflow, Wait},
};
use fast_temporal_protocol::{EventData, v1::RetryPolicy};
use tokio::{
    join,
    time::{Instant, timeout},
};

use super::{
    MAX_LONG_POLL, failure, json,
    support::{
        SOON, UNKNOWN_RUN_ID, at_tail, catch_up, close, current_run, events, next_page, signal,
        started, types, workflow,
    },
    world::World,
};

pub async fn open_run_is_read_to_its_tail_without_waiting(mut world: impl World) {
    let (engine, run_id) = started(&world).await;
    engine.signal(signal("w", "a")).await.expect("a signal");
    let mut source = engine.open(&"w".into(), &run_id);
    let page = source.next(Wait::NoWait).await.expect("a page");
    assert_eq!(types(&page.events), ["workflow.started", "signal.received"]);
    assert!(!page.caught_up && page.end.is_none());
    assert!(!page.workflow_task_started && !page.task_completed);

    let began = Instant::now();
    for _ in 0..3 {
        let page = source.next(Wait::NoWait).await.expect("a page");
        let nothing = Page {
            caught_up: true,
            ..Page::default()
        };
        assert_eq!(page, nothing);
    }
    assert!(began.elapsed() < SOON / 10, "{:?}", began.elapsed());

    world.complete_task("w").await;
    let page = source.next(Wait::NoWait).await.expect("a page");
    assert!(page.events.is_empty() && !page.caught_up);
    assert!(page.workflow_task_started && page.task_completed);
    let page = source.next(Wait::NoWait).await.expect("a page");
    assert!(page.caught_up && page.workflow_task_started && !page.task_completed);
    engine.signal(signal("w", "b")).await.expect("a signal");
    assert_eq!(types(&catch_up(&mut *source).await), ["signal.received"]);
}

pub async fn long_poll_returns_when_something_happens(world: impl World) {
    let (engine, run_id) = started(&world).await;
    let mut source = at_tail(&*engine, &run_id).await;
    for name in ["a", "b", "c"] {
        let (page, sent) = join!(next_page(&mut *source), engine.signal(signal("w", name)));
        sent.expect("a signal");
        assert_eq!(types(&page.events), ["signal.received"]);
    }
}

pub async fn long_poll_without_events_returns_an_empty_page(world: impl World) {
    let (engine, run_id) = started(&world).await;
    let mut source = at_tail(&*engine, &run_id).await;
    let page = timeout(MAX_LONG_POLL + SOON, source.next(Wait::LongPoll));
    let page = page.await.expect("a page in time").expect("a page");
    assert!(page.caught_up && page.events.is_empty() && page.end.is_none());
    engine.signal(signal("w", "a")).await.expect("a signal");
    assert_eq!(types(&catch_up(&mut *source).await), ["signal.received"]);
}

pub async fn closed_run_is_read_from_start_to_end(mut world: impl World) {
    let (engine, run_id) = started(&world).await;
    engine.signal(signal("w", "a")).await.expect("a signal");
    world.complete("w", "42").await;
    for wait in [Wait::NoWait, Wait::LongPoll] {
        let mut source = engine.open(&"w".into(), &run_id);
        let page = source.next(wait).await.expect("a page");
        let expected = ["workflow.started", "signal.received", "workflow.completed"];
        assert_eq!(types(&page.events), expected);
        assert!(page.workflow_task_started && page.task_completed);
        assert_eq!(page.end, Some(RunEnd::default()));
        let again = source.next(wait).await.expect("a page");
        let ended = Page {
            events: Vec::new(),
            task_completed: false,
            ..page
        };
        assert_eq!(again, ended, "reads after the end repeat it");
    }
}

pub async fn each_way_of_closing_has_its_event(mut world: impl World) {
    let engine = world.engine();
    for expected in [
        "workflow.completed",
        "workflow.failed",
        "workflow.canceled",
        "workflow.terminated",
    ] {
        let started = engine.start(workflow(expected)).await;
        let run_id = started.expect("a start").run_id;
        match expected {
            "workflow.completed" => world.complete(expected, r#"{"n": 1.0}"#).await,
            "workflow.failed" => world.fail(expected, "broken").await,
            "workflow.canceled" => world.cancel(expected).await,
            _ => engine.terminate(close(expected)).await.expect("a run"),
        }
        let events = events(&*engine, expected, &run_id).await;
        assert_eq!(types(&events), ["workflow.started", expected]);
        match &events[1].data {
            EventData::WorkflowCompleted(data) => assert_eq!(data.result, json(r#"{"n": 1.0}"#)),
            EventData::WorkflowFailed(data) => assert_eq!(data.failure, failure("broken")),
            EventData::WorkflowTerminated(data) => assert_eq!(data.reason, "enough"),
            _ => {}
        }
    }
}

pub async fn continued_and_retried_runs_name_their_successor(mut world: impl World) {
    let engine = world.engine();
    let retry_policy = RetryPolicy {
        initial_interval_seconds: Some(0.1),
        maximum_attempts: Some(3),
        ..RetryPolicy::default()
    };
    let start = StartWorkflow {
        args: vec![json("1")],
        options: StartOptions {
            retry_policy: Some(retry_policy),
            ..StartOptions::default()
        },
        ..workflow("w")
    };
    let first = engine.start(start).await.expect("a start").run_id;
    let mut source = at_tail(&*engine, &first).await;
    let (page, ()) = join!(next_page(&mut *source), world.fail_and_retry("w", "broken"));
    assert_eq!(types(&page.events), ["workflow.failed"]);
    let second = current_run(&*engine, "w").await;
    let successor = Some(Arc::clone(&second));
    assert_eq!(page.end, Some(RunEnd { successor }));

    let mut source = engine.open(&"w".into(), &second);
    let began = catch_up(&mut *source).await;
    let EventData::WorkflowStarted(started) = &began[0].data else {
        panic!("{began:?}")
    };
    assert_eq!((started.attempt, &*started.first_run_id), (2, &*first));
    assert_eq!(started.continued_from_run_id.as_deref(), Some(&*first));
    assert_eq!(started.input, [json("1")], "a retry has the same input");

    let (page, ()) = join!(next_page(&mut *source), world.continue_as_new("w"));
    assert_eq!(types(&page.events), ["workflow.continued_as_new"]);
    let third = current_run(&*engine, "w").await;
    let EventData::WorkflowContinuedAsNew(continued) = &page.events[0].data else {
        panic!("{page:?}")
    };
    assert_eq!(continued.new_run_id, *third);
    let successor = Some(Arc::clone(&third));
    assert_eq!(page.end, Some(RunEnd { successor }));
    let began = events(&*engine, "w", &third).await;
    let EventData::WorkflowStarted(started) = &began[0].data else {
        panic!("{began:?}")
    };
    assert_eq!((started.attempt, &*started.first_run_id), (1, &*first));
    assert_eq!(started.continued_from_run_id.as_deref(), Some(&*second));
}

pub async fn reset_run_names_no_successor(mut world: impl World) {
    let engine = world.engine();
    let base = engine.start(workflow("w")).await.expect("a start").run_id;
    world.complete_task("w").await;
    let mut source = at_tail(&*engine, &base).await;
    let new = world.reset("w", &base).await;
    let page = next_page(&mut *source).await;
    assert_eq!(types(&page.events), ["workflow.terminated"]);
    assert_eq!(page.end, Some(RunEnd::default()));

    let events = events(&*engine, "w", &new).await;
    assert_eq!(types(&events), ["workflow.reset"], "no copied events");
    let EventData::WorkflowReset(reset) = &events[0].data else {
        panic!("{events:?}")
    };
    assert_eq!(reset.base_run_id, *base);
    assert_eq!(reset.fork_event_id, events[0].cursor.position.event_id);
    assert_eq!(reset.reason, "a test");
}

pub async fn activities_are_events_and_workflow_tasks_are_not(mut world: impl World) {
    let (engine, run_id) = started(&world).await;
    world.schedule_activity("w", "charge").await;
    world.start_activity("w").await;
    world.fail_attempt("w", "declined").await;
    world.start_activity("w").await;
    world.heartbeat("w", "0.5").await;
    world.complete_activity("w", "1").await;
    world.complete_task("w").await;
    let events = events(&*engine, "w", &run_id).await;
    let expected = [
        "workflow.started",
        "activity.scheduled",
        "activity.completed",
    ];
    assert_eq!(types(&events), expected);
    let (EventData::ActivityScheduled(scheduled), EventData::ActivityCompleted(completed)) =
        (&events[1].data, &events[2].data)
    else {
        panic!("{events:?}")
    };
    assert_eq!(scheduled.activity_type, "charge");
    assert_eq!(completed.activity_type, "charge");
    assert_eq!(completed.activity_id, scheduled.activity_id);
    assert_eq!((&completed.result, completed.attempt), (&json("1"), 2));
}

/// At the tail, Temporal shows failing workflow tasks under ids that it gives to other events later.
pub async fn failing_workflow_tasks_hide_no_events(mut world: impl World) {
    let (engine, run_id) = started(&world).await;
    let mut source = engine.open(&"w".into(), &run_id);
    let mut tailed = Vec::new();
    for name in ["a", "b", "c"] {
        world.fail_task("w").await;
        tailed.extend(catch_up(&mut *source).await);
        engine.signal(signal("w", name)).await.expect("a signal");
    }
    tailed.extend(catch_up(&mut *source).await);
    let expected = [
        "workflow.started",
        "workflow.task_failed",
        "signal.received",
        "signal.received",
        "signal.received",
    ];
    assert_eq!(types(&tailed), expected, "only the first failure is one");
    assert_eq!(events(&*engine, "w", &run_id).await, tailed);
}

pub async fn fork_reads_the_same_events_independently(world: impl World) {
    let (engine, run_id) = started(&world).await;
    let mut source = at_tail(&*engine, &run_id).await;
    let mut fork = source.fork();
    let mut read = Vec::new();
    for name in ["a", "b"] {
        engine.signal(signal("w", name)).await.expect("a signal");
        let events = catch_up(&mut *source).await;
        assert_eq!(types(&events), ["signal.received"]);
        read.extend(events);
    }
    assert_eq!(catch_up(&mut *fork).await, read);
}

pub async fn dropped_read_loses_and_repeats_nothing(world: impl World) {
    let (engine, run_id) = started(&world).await;
    let mut source = engine.open(&"w".into(), &run_id);
    let mut read = Vec::new();
    for round in 0..40 {
        engine.signal(signal("w", "a")).await.expect("a signal");
        // Dropped at any moment between the request and the whole answer, or not at all.
        let patience = Duration::from_micros(250 * round);
        if let Ok(page) = timeout(patience, source.next(Wait::LongPoll)).await {
            read.extend(page.expect("a page").events);
        }
    }
    read.extend(catch_up(&mut *source).await);
    assert_eq!(read.len(), 41);
    assert_eq!(events(&*engine, "w", &run_id).await, read);
}

pub async fn cursors_increase_and_name_their_run(mut world: impl World) {
    let (engine, run_id) = started(&world).await;
    engine.signal(signal("w", "a")).await.expect("a signal");
    world.complete_task("w").await;
    engine.signal(signal("w", "b")).await.expect("a signal");
    world.complete("w", "1").await;
    let events = events(&*engine, "w", &run_id).await;
    for event in &events {
        assert_eq!(&*event.cursor.namespace, "default");
        assert_eq!(&*event.cursor.workflow_id, "w");
        assert_eq!(event.cursor.run_id, run_id);
        assert_eq!(event.cursor.position.index, 0);
        assert!(!event.end, "a source doesn't know where a feed ends");
    }
    assert_eq!(events[0].cursor.position.event_id, 1);
    let positions = events.iter().map(|event| event.cursor.position);
    assert!(positions.is_sorted_by(|a, b| a < b));
    assert!(events.is_sorted_by_key(|event| event.time));
}

pub async fn missing_run_is_not_found(world: impl World) {
    let (engine, run_id) = started(&world).await;
    for (id, run_id, expected) in [
        ("no-such", &*run_id, EngineErrorKind::NotFound),
        ("w", UNKNOWN_RUN_ID, EngineErrorKind::NotFound),
        ("w", "not a run id", EngineErrorKind::Invalid),
    ] {
        let mut source = engine.open(&id.into(), &run_id.into());
        for wait in [Wait::NoWait, Wait::LongPoll] {
            let error = source.next(wait).await.expect_err("no such run");
            assert_eq!(error.kind, expected, "{id}, {run_id}");
        }
    }
}
