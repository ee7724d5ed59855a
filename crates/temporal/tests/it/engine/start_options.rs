//! The options of a start, as Temporal stores them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{StartOptions, StartWorkflow},
};
use fast_temporal_protocol::{Json, v1::RetryPolicy};
use fast_temporal_temporal::TemporalEngine;

use crate::support::{TestServer, Worker, json, start, start_update, start_with, workflow};

/// A search attribute of each type.
const ATTRIBUTES: [(&str, &str, &str); 7] = [
    ("Keyword", "FtKeyword", r#""a b""#),
    ("KeywordList", "FtList", r#"["a","b"]"#),
    ("Text", "FtText", r#""some words""#),
    ("Int", "FtInt", "9007199254740993"),
    ("Double", "FtDouble", "0.5"),
    ("Bool", "FtBool", "true"),
    ("Datetime", "FtTime", r#""2026-01-02T03:04:05.678Z""#),
];

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, Json> {
    let entries = entries.iter();
    entries
        .map(|(name, value)| ((*name).to_owned(), json(value)))
        .collect()
}

fn with(id: &str, options: StartOptions) -> StartWorkflow {
    StartWorkflow {
        options,
        ..workflow(id)
    }
}

async fn server_with_attributes() -> TestServer {
    start_with(|config| {
        for (kind, name, _) in ATTRIBUTES {
            let attribute = format!("{name}={kind}");
            config
                .extra_args
                .extend(["--search-attribute".into(), attribute]);
        }
    })
    .await
}

/// The same start alone, with a signal, and with an update.
fn in_each_way(id: &str, options: &StartOptions) -> [StartWorkflow; 3] {
    let plain = with(id, options.clone());
    let mut update = start_update("update");
    // No worker accepts it. The workflow is started nevertheless.
    update.timeout = Duration::from_millis(500);
    [
        StartWorkflow {
            workflow_id: format!("{id}-signal").into(),
            signal: Some(("go".into(), Vec::new())),
            ..plain.clone()
        },
        StartWorkflow {
            workflow_id: format!("{id}-update").into(),
            update: Some(update),
            ..plain.clone()
        },
        plain,
    ]
}

/// Starts a workflow, and returns its id.
async fn started(engine: &TemporalEngine, start: StartWorkflow) -> Arc<str> {
    let (id, updates) = (start.workflow_id.clone(), start.update.is_some());
    let outcome = engine.start(start).await;
    assert_eq!(outcome.is_err(), updates, "{outcome:?}");
    id
}

#[tokio::test]
async fn memo_and_search_attributes_are_returned_unchanged() {
    let server = server_with_attributes().await;
    let engine = server.engine();
    let options = StartOptions {
        memo: map(&[("n", "1.50"), ("é", r#"{"deep": [null]}"#)]),
        search_attributes: map(&ATTRIBUTES.map(|(_, name, value)| (name, value))),
        ..StartOptions::default()
    };
    for start in in_each_way("given", &options) {
        let id = started(&engine, start).await;
        let details = engine.details(&id, None).await.unwrap();
        assert_eq!(details.memo, options.memo, "{id}");
        assert_eq!(details.search_attributes, options.search_attributes, "{id}");
    }
}

#[tokio::test]
async fn unknown_and_mistyped_search_attributes_are_invalid() {
    let server = server_with_attributes().await;
    let engine = server.engine();
    let bad = [
        ("NoSuch", "1"),
        ("FtInt", r#""many""#),
        ("FtTime", r#""yesterday""#),
        ("FtBool", "3"),
        ("FtKeyword", "{}"),
    ];
    for (name, value) in bad {
        let options = StartOptions {
            search_attributes: map(&[(name, value)]),
            ..StartOptions::default()
        };
        for start in in_each_way("bad", &options) {
            let error = engine.start(start).await.unwrap_err();
            assert_eq!(error.kind, EngineErrorKind::Invalid, "{name}: {error}");
            assert!(error.message.contains(name), "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn timeouts_retry_policy_and_labels_are_stored() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let options = StartOptions {
        execution_timeout: Some(Duration::from_hours(3)),
        run_timeout: Some(Duration::from_hours(2)),
        task_timeout: Some(Duration::from_millis(7500)),
        retry_policy: Some(RetryPolicy {
            initial_interval_seconds: Some(1.5),
            backoff_coefficient: Some(3.0),
            maximum_interval_seconds: Some(60.0),
            maximum_attempts: Some(4),
            non_retryable_error_types: vec!["Fatal".into()],
        }),
        summary: Some("a label".into()),
        details: Some("a \"longer\" text".into()),
        ..StartOptions::default()
    };
    for start in in_each_way("given", &options) {
        let id = started(&engine, start).await;
        let started = worker.started(&id).await;
        let execution = started.workflow_execution_timeout.unwrap();
        let run = started.workflow_run_timeout.unwrap();
        let task = started.workflow_task_timeout.unwrap();
        assert_eq!((execution.seconds, run.seconds), (3 * 3600, 2 * 3600));
        assert_eq!((task.seconds, task.nanos), (7, 500_000_000));
        let retry = started.retry_policy.unwrap();
        let initial = retry.initial_interval.unwrap();
        assert_eq!((initial.seconds, initial.nanos), (1, 500_000_000));
        assert_eq!(retry.maximum_interval.unwrap().seconds, 60);
        assert_eq!(
            (retry.maximum_attempts, retry.backoff_coefficient),
            (4, 3.0)
        );
        assert_eq!(retry.non_retryable_error_types, ["Fatal"]);

        let labels = worker.history(&id, "").await.remove(0).user_metadata;
        let labels = labels.unwrap();
        assert_eq!(labels.summary.unwrap().data, br#""a label""#);
        assert_eq!(labels.details.unwrap().data, br#""a \"longer\" text""#);
    }
}

#[tokio::test]
async fn start_delay_and_cron_schedule_are_stored() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let late = StartOptions {
        start_delay: Some(Duration::from_mins(5)),
        ..StartOptions::default()
    };
    engine.start(with("late", late.clone())).await.unwrap();
    let started = worker.started("late").await;
    assert_eq!(started.first_workflow_task_backoff.unwrap().seconds, 300);

    let daily = StartOptions {
        cron_schedule: Some("0 3 * * *".into()),
        ..StartOptions::default()
    };
    engine.start(with("daily", daily)).await.unwrap();
    assert_eq!(worker.started("daily").await.cron_schedule, "0 3 * * *");

    let wrong = StartOptions {
        cron_schedule: Some("whenever".into()),
        ..StartOptions::default()
    };
    let error = engine.start(with("never", wrong)).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Invalid, "{error}");

    // Temporal has no delay for an update.
    let [_, with_update, _] = in_each_way("late", &late);
    let error = engine.start(with_update).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Invalid, "{error}");
    assert!(error.message.contains("Delay"), "{error}");
}

#[tokio::test]
async fn out_of_range_options_are_invalid() {
    let server = start().await;
    let engine = server.engine();
    let retry = |change: fn(&mut RetryPolicy)| {
        let mut options = StartOptions::default();
        change(options.retry_policy.get_or_insert_default());
        options
    };
    let changes: [fn(&mut RetryPolicy); 4] = [
        |policy| policy.initial_interval_seconds = Some(-1.0),
        |policy| policy.maximum_interval_seconds = Some(f64::NAN),
        |policy| policy.backoff_coefficient = Some(0.5),
        |policy| policy.maximum_attempts = Some(u32::MAX),
    ];
    let too_long = StartOptions {
        run_timeout: Some(Duration::MAX),
        ..StartOptions::default()
    };
    for options in changes.map(retry).into_iter().chain([too_long]) {
        let error = engine.start(with("odd", options)).await.unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Invalid, "{error}");
    }
    let error = engine.describe("odd", None).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::NotFound);
}
