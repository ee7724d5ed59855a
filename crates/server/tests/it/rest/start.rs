//! Starting workflows.

use std::{collections::BTreeSet, time::Duration};

use fast_temporal_core::{Allowed, EngineErrorKind, Permissions, Verb, engine::StartWorkflow};
use fast_temporal_protocol::{
    Failure, Json,
    v1::{IdConflictPolicy, IdReusePolicy},
};
use fast_temporal_testkit::fake::Call;
use serde_json::{Value, json};

use crate::support::{Gateway, count_events, path_of, payload};

const PATH: &str = "/v1/workflows";
const ANNA: &str = "~mfxg4yi.";

/// Returns the only start that the gateway sent.
fn only_start(gateway: &Gateway) -> StartWorkflow {
    let starts = gateway.engine.sent().starts;
    let [start] = &starts[..] else {
        panic!("{starts:?}")
    };
    start.clone()
}

fn names(only: &[&str]) -> Allowed {
    Allowed::Only(only.iter().map(|&name| name.to_owned()).collect())
}

fn texts(args: &[Json]) -> Vec<&str> {
    args.iter().map(Json::get).collect()
}

// Covers HTTP-10, HTTP-18, OP-6.
#[tokio::test]
async fn catalog_workflow_is_started_for_its_owner() {
    let gateway = Gateway::with_users(&[]).await;
    let request = json!({"workflow": "plain", "args": [1, {"b": 1, "a": 2}], "workflow_id": "w-1"});
    let reply = gateway.user("anna").post(PATH, request).await;
    assert_eq!(reply.status, 201);
    let id = reply.text("workflow_id");
    assert_eq!(id, format!("{ANNA}w-1"));
    assert_eq!(reply["existing"], false);
    assert_eq!(reply.headers["location"], *path_of(&id, ""));
    let start = only_start(&gateway);
    assert_eq!(*start.workflow_id, *id);
    assert_eq!(
        (&*start.workflow_type, &*start.task_queue),
        ("FakeWorkflow", "fakes")
    );
    assert_eq!(texts(&start.args), ["1", r#"{"a":2,"b":1}"#]);
    assert_eq!(start.reuse, IdReusePolicy::RejectDuplicate);
    assert_eq!(start.conflict, IdConflictPolicy::Fail);
    assert_eq!((&start.signal, &start.request_id), (&None, &None));
}

// Covers OP-11.
#[tokio::test]
async fn start_signal_of_the_catalog_receives_the_arguments() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let mut request = json!({"workflow": "order", "args": [{"amount": 3}]});
    anna.start(request.clone()).await;
    request["signal"] = json!({"name": "change", "args": [{"amount": 4}]});
    anna.start(request).await;
    let starts = gateway.engine.sent().starts;
    let [start, with_own] = &starts[..] else {
        panic!("{starts:?}")
    };
    assert!(start.args.is_empty());
    let (name, args) = start.signal.as_ref().unwrap();
    assert_eq!(name, "place");
    assert_eq!(texts(args), [r#"{"amount":3}"#]);
    assert_eq!(texts(&with_own.args), [r#"{"amount":3}"#]);
    assert_eq!(with_own.signal.as_ref().unwrap().0, "change");
}

// Covers OP-15.
#[tokio::test]
async fn arguments_that_violate_the_schema_never_reach_temporal() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    for (args, pointer) in [
        (json!([{"amount": 0}]), "/0/amount"),
        (json!([{}]), "/0"),
        (json!([]), "/0"),
        (json!([{"amount": 1}, 2]), "/1"),
    ] {
        let request = json!({"workflow": "order", "args": args});
        let reply = anna.post(PATH, request).await;
        assert_eq!(reply.error(), (422, "schema_mismatch"));
        assert_eq!(reply["error"]["details"]["pointer"], pointer);
        assert!(reply["error"]["details"]["reason"].is_string());
    }
    for (message, expected) in [
        ("signal", (422, "schema_mismatch")),
        // The catalog already starts it by a signal.
        ("update", (400, "invalid_field")),
    ] {
        let mut request = json!({"workflow": "order", "args": [{"amount": 1}]});
        request[message] = json!({"name": "change", "args": [{"amount": "many"}]});
        assert_eq!(anna.post(PATH, request).await.error(), expected);
    }
    // The schema also applies to a start by type.
    let by_type = json!({"workflow_type": "Strict", "task_queue": "fakes", "args": [7]});
    let reply = gateway.user("backend").post(PATH, by_type).await;
    assert_eq!(reply.error(), (422, "schema_mismatch"));
    assert_eq!(gateway.engine.stats().starts, 0);
}

// Covers OP-5.
#[tokio::test]
async fn catalog_name_without_permission_looks_missing() {
    let limited = Permissions {
        workflows: names(&["plain", "missing"]),
        ..Permissions::own()
    };
    let gateway = Gateway::with_users(&[("limited", Some("carl"), limited)]).await;
    let limited = gateway.user("limited");
    limited.start_plain().await;
    let forbidden = limited.post(PATH, json!({"workflow": "order"})).await;
    assert_eq!(forbidden.error(), (400, "unknown_workflow"));
    let unknown = limited.post(PATH, json!({"workflow": "missing"})).await;
    assert_eq!(forbidden.body, unknown.body);
}

// Covers OP-31.
#[tokio::test]
async fn start_by_type_requires_permission() {
    let gateway = Gateway::with_users(&[]).await;
    let request = json!({"workflow_type": "Any", "task_queue": "any", "workflow_id": "w-1"});
    let reply = gateway.user("anna").post(PATH, request.clone()).await;
    assert_eq!(reply.error(), (403, "forbidden"));
    assert_eq!(gateway.user("backend").start(request).await, "w-1");
    let start = only_start(&gateway);
    assert_eq!((&*start.workflow_type, &*start.task_queue), ("Any", "any"));
}

// Covers OP-14, OP-33, OP-35.
#[tokio::test]
async fn invalid_starts_are_rejected() {
    let gateway = Gateway::with_users(&[]).await;
    let backend = gateway.user("backend");
    let plain = |field: &str, value: Value| {
        let mut request = json!({"workflow": "plain"});
        request[field] = value;
        request
    };
    for request in [
        json!({}),
        json!({"workflow_type": "Any"}),
        json!({"task_queue": "any"}),
        plain("signal", json!({})),
    ] {
        let reply = backend.post(PATH, request.clone()).await;
        assert_eq!(reply.error(), (400, "missing_field"), "{request}");
    }
    let long = "x".repeat(501);
    for request in [
        json!({"workflow": "plain", "workflow_type": "Any", "task_queue": "any"}),
        json!({"workflow": "plain", "task_queue": "any"}),
        json!({"workflow_type": "", "task_queue": "any"}),
        json!({"workflow_type": "Any", "task_queue": "a\u{0}ny"}),
        json!({"workflow": "plain", "signal": {"name": "a"}, "update": {"name": "b"}}),
        json!({"workflow": "plain", "signal": {"name": "a"}, "start_delay_seconds": 1}),
        json!({"workflow": "order", "args": [{"amount": 1}], "start_delay_seconds": 1}),
        plain("workflow", json!(7)),
        plain("args", json!({})),
        plain("args", json!("one")),
        plain("workflow_id", json!("")),
        plain("workflow_id", json!(long)),
        plain("workflow_id", json!("line\nbreak")),
        plain("workflow_id", json!("~mfxg4yi.w-1")),
        plain("request_id", json!("")),
        plain("request_id", json!(long)),
        plain("owner", json!("")),
        plain("owner", json!(long)),
        plain("id_reuse_policy", json!("whenever")),
        plain("id_conflict_policy", json!(1)),
        plain("signal", json!({"name": ""})),
        plain("update", json!({"name": "a", "update_id": ""})),
        plain("update", json!({"name": "a", "wait_for": "admitted"})),
        plain("memo", json!([])),
        plain("search_attributes", json!({"Nested": {"a": 1}})),
        plain("search_attributes", json!({"Mixed": ["a", 1]})),
        plain("search_attributes", json!({"Nothing": null})),
        plain("execution_timeout_seconds", json!(-1)),
        plain("run_timeout_seconds", json!(1e12)),
        plain("task_timeout_seconds", json!("10")),
        plain("retry_policy", json!({"backoff_coefficient": 0.5})),
        plain("retry_policy", json!({"initial_interval_seconds": -1})),
        plain("retry_policy", json!({"maximum_attempts": 1_u32 << 31})),
        plain("retry_policy", json!({"maximum_attempts": -1})),
    ] {
        let reply = backend.post(PATH, request.clone()).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{request}");
    }
    assert_eq!(gateway.engine.stats().starts, 0);
}

// Covers OP-10, OP-14.
#[tokio::test]
async fn start_options_reach_temporal() {
    let gateway = Gateway::with_users(&[]).await;
    let request = json!({
        "workflow": "plain",
        "memo": {"note": {"b": 1}},
        "search_attributes": {"Customer": "c-1", "Tags": ["a", "b"], "Amount": 3, "Paid": true},
        "execution_timeout_seconds": 3600,
        "run_timeout_seconds": 0.0005,
        "task_timeout_seconds": 0,
        "start_delay_seconds": 1.5,
        "cron_schedule": "@daily",
        "retry_policy": {"maximum_attempts": 3, "backoff_coefficient": 1.5},
        "summary": "An order",
        "details": "Of many things",
        "id_reuse_policy": "allow_duplicate_failed_only",
        "id_conflict_policy": "use_existing",
    });
    gateway.user("anna").start(request).await;
    let start = only_start(&gateway);
    let options = &start.options;
    assert_eq!(options.memo["note"].get(), r#"{"b":1}"#);
    assert_eq!(options.search_attributes.len(), 4);
    let millis = |time: Option<Duration>| time.map(|time| time.as_millis());
    assert_eq!(millis(options.execution_timeout), Some(3_600_000));
    assert_eq!(millis(options.run_timeout), Some(1));
    assert_eq!(millis(options.task_timeout), None);
    assert_eq!(millis(options.start_delay), Some(1500));
    assert_eq!(options.cron_schedule.as_deref(), Some("@daily"));
    let retry = options.retry_policy.as_ref().unwrap();
    assert_eq!(retry.maximum_attempts, Some(3));
    assert_eq!(options.summary.as_deref(), Some("An order"));
    assert_eq!(options.details.as_deref(), Some("Of many things"));
    assert_eq!(start.reuse, IdReusePolicy::AllowDuplicateFailedOnly);
    assert_eq!(start.conflict, IdConflictPolicy::UseExisting);
}

// Covers HTTP-10, OP-8.
#[tokio::test]
async fn repeated_start_returns_the_same_run() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let request = json!({"workflow": "plain", "request_id": "r-1"});
    let first = anna.post(PATH, request.clone()).await;
    assert_eq!(first.status, 201);
    let id = first.text("workflow_id");
    assert!(id.starts_with(&format!("{ANNA}r")), "{id}");

    let node = gateway.another_node().await;
    let repeat = async || {
        let again = anna.post(PATH, request.clone()).await;
        assert_eq!((again.status, &again["existing"]), (200, &json!(true)));
        assert_eq!(again["run_id"], first["run_id"]);
        // Also by the header, and on another node.
        let with_key = node.user("anna").with("idempotency-key", "r-1");
        let by_key = with_key.post(PATH, json!({"workflow": "plain"})).await;
        assert_eq!((by_key.status, &by_key.body), (200, &again.body));
    };
    repeat().await;
    // Also after the workflow has continued or closed.
    let next = gateway.engine.find(&id).continue_as_new();
    repeat().await;
    next.complete(Json::null());
    repeat().await;
    assert_eq!(gateway.engine.started(1).await.len(), 1);
}

// Covers OP-34.
#[tokio::test]
async fn request_ids_are_separate_per_principal() {
    let gateway = Gateway::with_users(&[("other-backend", None, Permissions::all())]).await;
    let request = json!({"workflow": "plain", "request_id": "r-1"});
    let mut ids = Vec::new();
    for name in ["anna", "ben", "backend", "other-backend"] {
        ids.push(gateway.user(name).start(request.clone()).await);
    }
    let for_anna = json!({"workflow": "plain", "request_id": "r-1", "owner": "anna"});
    ids.push(gateway.user("backend").start(for_anna).await);
    let starts = gateway.engine.sent().starts;
    let keys: BTreeSet<_> = starts.iter().map(|start| &start.request_id).collect();
    assert_eq!(keys.len(), 5);
    assert!(!keys.contains(&None));
    let [anna, _, unowned, _, for_anna] = &ids[..] else {
        panic!("{ids:?}")
    };
    assert!(for_anna.starts_with(ANNA) && for_anna != anna);
    assert!(unowned.starts_with('r'));
}

// Covers OP-9.
/// If the encoding changed, a start that is repeated while nodes of two versions run would start
/// a second workflow.
#[tokio::test]
async fn request_id_encoding_is_stable_across_versions() {
    let gateway = Gateway::with_users(&[]).await;
    let request = json!({"workflow": "plain", "request_id": "r-1"});
    // SHA-256 of the subject, the owner and the request id, each after a 1 and its length in eight
    // bytes, or a 0 if it is missing. Without a subject, the name of the key follows.
    for (name, id) in [
        (
            "anna",
            "~mfxg4yi.rmqgx7eq2cmmxzexfq3b4olpayttt2rgypu6mjnhhvkybi3ovyyja",
        ),
        (
            "backend",
            "rbghjbtd4opcs6fcyvhri6r4uvgaa6xexrmqhzskvwdab4364rjua",
        ),
    ] {
        assert_eq!(gateway.user(name).start(request.clone()).await, id);
    }
}

// Covers OP-8, OP-10.
#[tokio::test]
async fn request_id_and_workflow_id_combine() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let request = json!({"workflow": "plain", "request_id": "r-1", "workflow_id": "w-1"});
    anna.start(request.clone()).await;
    let again = anna.post(PATH, request).await;
    assert_eq!((again.status, &again["existing"]), (200, &json!(true)));
    for other in [
        json!({"workflow": "plain", "request_id": "r-2", "workflow_id": "w-1"}),
        json!({"workflow": "plain", "workflow_id": "w-1"}),
    ] {
        let reply = anna.post(PATH, other).await;
        assert_eq!(reply.error(), (409, "already_started"));
    }
}

// Covers HTTP-22.
#[tokio::test]
async fn idempotency_key_that_contradicts_the_body_is_rejected() {
    let gateway = Gateway::with_users(&[]).await;
    let anna = gateway.user("anna");
    let with_id = json!({"workflow": "plain", "request_id": "r-1"});
    let key = |key| anna.with("idempotency-key", key);
    let twice = key("r-1").with("idempotency-key", "r-1");
    for (client, request) in [
        (key("r-2"), with_id.clone()),
        (twice, with_id.clone()),
        (key(""), json!({"workflow": "plain"})),
    ] {
        let reply = client.post(PATH, request).await;
        assert_eq!(reply.error(), (400, "invalid_field"));
    }
    assert_eq!(key("r-1").post(PATH, with_id).await.status, 201);
}

// Covers OP-32.
#[tokio::test]
async fn only_any_user_principals_start_for_other_users() {
    let mut agent = Permissions::none();
    agent.verbs = Permissions::all().verbs;
    agent.workflows = Allowed::All;
    agent.any_user = true;
    let gateway = Gateway::with_users(&[("agent", None, agent)]).await;
    let for_anna = json!({"workflow": "plain", "owner": "anna", "workflow_id": "w-1"});
    let reply = gateway.user("ben").post(PATH, for_anna.clone()).await;
    assert_eq!(reply.error(), (403, "forbidden"));
    let id = gateway.user("agent").start(for_anna).await;
    assert_eq!(id, format!("{ANNA}w-1"));
    let own = json!({"workflow": "plain", "owner": "ben", "workflow_id": "w-2"});
    gateway.user("ben").start(own).await;
    // The agent cannot choose an id without an owner prefix.
    let unowned = json!({"workflow": "plain", "workflow_id": "w-3"});
    let reply = gateway.user("agent").post(PATH, unowned).await;
    assert_eq!(reply.error(), (403, "forbidden"));
}

// Covers OP-7.
#[tokio::test]
async fn start_with_a_forbidden_workflow_id_is_rejected() {
    let listed = Permissions {
        own_workflows: false,
        workflow_ids: names(&["w-1", "~mfxg4yi.w-2"]),
        ..Permissions::own()
    };
    let gateway = Gateway::with_users(&[
        ("listed", None, listed.clone()),
        ("ticket", Some("anna"), listed),
    ])
    .await;
    let start = |id: &str| json!({"workflow": "plain", "workflow_id": id});
    assert_eq!(gateway.user("listed").start(start("w-1")).await, "w-1");
    assert_eq!(
        gateway.user("ticket").start(start("w-2")).await,
        "~mfxg4yi.w-2"
    );
    for (name, request) in [
        ("listed", start("w-2")),
        ("listed", json!({"workflow": "plain"})),
        ("ticket", start("w-1")),
        ("ticket", json!({"workflow": "plain"})),
    ] {
        let reply = gateway.user(name).post(PATH, request.clone()).await;
        assert_eq!(reply.error(), (403, "forbidden"), "{name} {request}");
    }
    assert_eq!(gateway.engine.stats().starts, 2);
}

// Covers OP-12.
#[tokio::test]
async fn start_that_reaches_a_running_workflow_needs_the_permission_of_its_message() {
    let mut starter = Permissions::own();
    starter.verbs = [Verb::Start].into();
    let gateway = Gateway::with_users(&[("starter", Some("carl"), starter)]).await;
    let starter = gateway.user("starter");
    for request in [
        json!({"workflow": "plain", "signal": {"name": "a"}}),
        json!({"workflow": "plain", "update": {"name": "a"}}),
        json!({"workflow": "plain", "id_conflict_policy": "terminate_existing"}),
    ] {
        let reply = starter.post(PATH, request.clone()).await;
        assert_eq!(reply.error(), (403, "forbidden"), "{request}");
    }
    // The catalog's own signal is part of the start.
    let order = json!({"workflow": "order", "args": [{"amount": 1}]});
    starter.start(order).await;
    let terminating = json!({
        "workflow": "plain",
        "workflow_id": "w-1",
        "id_conflict_policy": "terminate_existing",
    });
    for _ in 0..2 {
        gateway.user("anna").start(terminating.clone()).await;
    }
    let starts = gateway.engine.sent().starts;
    assert_eq!(starts[2].reuse, IdReusePolicy::AllowDuplicate);
}

// Covers OP-13.
#[tokio::test]
async fn update_with_start_is_sent_and_a_retry_returns_its_outcome() {
    let gateway = Gateway::with_users(&[]).await;
    let engine = &gateway.engine;
    engine.answer_update("reserve", Ok(payload(json!({"seat": 4}))));
    let anna = gateway.user("anna");
    let request = json!({"workflow": "plain", "request_id": "r-1", "update": {"name": "reserve"}});
    let first = anna.post(PATH, request.clone()).await;
    assert_eq!((first.status, &first["existing"]), (201, &json!(false)));
    assert_eq!(first["update"]["result"], json!({"seat": 4}));
    assert_eq!(first["update"]["stage"], "completed");
    let again = anna.post(PATH, request).await;
    assert_eq!((again.status, &again["existing"]), (200, &json!(true)));
    assert_eq!(again["update"], first["update"]);
    let workflow = engine.find(&first.text("workflow_id"));
    assert_eq!(count_events(&workflow, "update.accepted"), 1);
}

// Covers OP-13.
#[tokio::test]
async fn failed_update_with_start_is_reported() {
    let gateway = Gateway::with_users(&[]).await;
    let failure = Failure {
        message: "no seats left".to_owned(),
        kind: "application".to_owned(),
        ..Failure::default()
    };
    gateway.engine.reject_update("reserve", failure);
    let request = json!({"workflow": "plain", "update": {"name": "reserve"}});
    let reply = gateway.user("anna").post(PATH, request).await;
    assert_eq!(reply.error(), (422, "update_failed"));
    assert_eq!(reply.message(), "no seats left");
    let details = &reply["error"]["details"];
    assert_eq!(details["failure"]["message"], "no seats left");
}

#[tokio::test]
async fn temporal_errors_are_reported_without_internals() {
    let gateway = Gateway::with_users(&[]).await;
    for (kind, expected) in [
        (EngineErrorKind::Unavailable, (503, "temporal_unavailable")),
        (EngineErrorKind::Busy, (503, "temporal_busy")),
        (EngineErrorKind::Denied, (502, "temporal_permission_denied")),
        (EngineErrorKind::Internal, (500, "internal")),
        (EngineErrorKind::Invalid, (400, "invalid_request")),
        (EngineErrorKind::AlreadyStarted, (409, "already_started")),
        (EngineErrorKind::NotFound, (404, "not_found")),
    ] {
        gateway.engine.fail(Call::Start, 1, kind);
        let request = json!({"workflow": "plain"});
        let reply = gateway.user("anna").post(PATH, request).await;
        assert_eq!(reply.error(), expected);
        let has_cause = reply.message().contains("a fault set by the test");
        assert_eq!(has_cause, kind == EngineErrorKind::Invalid, "{reply:?}");
    }
}
