//! Starting workflows.

use fast_temporal_core::{Allowed, EngineErrorKind, Permissions, engine::StartWorkflow};
use fast_temporal_protocol::{
    Failure, Json,
    v1::{IdConflictPolicy, IdReusePolicy},
};
use fast_temporal_testkit::fake::Call;
use serde_json::{Value, json};

use crate::support::{Users, at};

const PATH: &str = "/v1/workflows";
const ANNA: &str = "~mfxg4yi.";

impl Users {
    fn sent(&self) -> Vec<StartWorkflow> {
        self.gateway.engine.sent().starts
    }
}

fn names(only: &[&str]) -> Allowed {
    Allowed::Only(only.iter().map(|&name| name.to_owned()).collect())
}

fn texts(args: &[Json]) -> Vec<&str> {
    args.iter().map(Json::get).collect()
}

// Covers OP-6, HTTP-10, HTTP-18.
#[tokio::test]
async fn catalog_workflow_is_started_for_its_owner() {
    let users = Users::start().await;
    let request = json!({"workflow": "plain", "args": [1, {"b": 1, "a": 2}], "workflow_id": "w-1"});
    let reply = users.of("anna").post(PATH, request).await;
    assert_eq!(reply.status, 201);
    let id = reply.text("workflow_id");
    assert_eq!(id, format!("{ANNA}w-1"));
    assert_eq!(reply.body["existing"], false);
    assert_eq!(reply.headers["location"], *at(&id, ""));
    let [start] = &users.sent()[..] else { panic!() };
    assert_eq!(*start.workflow_id, *id);
    assert_eq!(
        (&*start.workflow_type, &*start.task_queue),
        ("FakeWorkflow", "fakes")
    );
    assert_eq!(texts(&start.args), ["1", r#"{"a":2,"b":1}"#]);
    assert_eq!(
        (start.reuse, start.conflict),
        (IdReusePolicy::RejectDuplicate, IdConflictPolicy::Fail)
    );
    assert_eq!((&start.signal, &start.request_id), (&None, &None));
}

// Covers OP-11.
#[tokio::test]
async fn start_signal_of_the_catalog_receives_the_arguments() {
    let users = Users::start().await;
    let anna = users.of("anna");
    anna.start(json!({"workflow": "order", "args": [{"amount": 3}]}))
        .await;
    let with_own = json!({
        "workflow": "order",
        "args": [{"amount": 3}],
        "signal": {"name": "change", "args": [{"amount": 4}]},
    });
    anna.start(with_own).await;
    let [start, with_own] = &users.sent()[..] else {
        panic!()
    };
    assert!(start.args.is_empty());
    let (name, args) = start.signal.as_ref().unwrap();
    assert_eq!(
        (&**name, &texts(args)[..]),
        ("place", &[r#"{"amount":3}"#][..])
    );
    assert_eq!(texts(&with_own.args), [r#"{"amount":3}"#]);
    assert_eq!(with_own.signal.as_ref().unwrap().0, "change");
}

// Covers OP-15.
#[tokio::test]
async fn arguments_that_violate_the_schema_never_reach_temporal() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let starts = [
        (json!([{"amount": 0}]), "/0/amount"),
        (json!([{}]), "/0"),
        (json!([]), "/0"),
        (json!([{"amount": 1}, 2]), "/1"),
    ];
    for (args, place) in starts {
        let reply = anna
            .post(PATH, json!({"workflow": "order", "args": args}))
            .await;
        assert_eq!(reply.error(), (422, "schema_mismatch"));
        assert_eq!(reply.body["error"]["details"]["pointer"], place);
        assert!(reply.body["error"]["details"]["reason"].is_string());
    }
    for message in ["signal", "update"] {
        let mut request = json!({"workflow": "order", "args": [{"amount": 1}]});
        request[message] = json!({"name": "change", "args": [{"amount": "many"}]});
        let reply = anna.post(PATH, request).await;
        let expected = match message {
            "signal" => (422, "schema_mismatch"),
            // It is started by a signal.
            _ => (400, "invalid_field"),
        };
        assert_eq!(reply.error(), expected);
    }
    // The schema also applies to a start by type.
    let by_type = json!({"workflow_type": "Strict", "task_queue": "fakes", "args": [7]});
    let reply = users.of("backend").post(PATH, by_type).await;
    assert_eq!(reply.error(), (422, "schema_mismatch"));
    assert_eq!(users.gateway.engine.stats().starts, 0);
}

// Covers OP-5.
#[tokio::test]
async fn catalog_name_without_permission_looks_missing() {
    let limited = Permissions {
        workflows: names(&["plain", "gone"]),
        ..Permissions::own()
    };
    let users = Users::with(&[("limited", Some("carl"), limited)]).await;
    let limited = users.of("limited");
    limited.start(json!({"workflow": "plain"})).await;
    let forbidden = limited.post(PATH, json!({"workflow": "order"})).await;
    assert_eq!(forbidden.error(), (400, "unknown_workflow"));
    let unknown = limited.post(PATH, json!({"workflow": "gone"})).await;
    assert_eq!(forbidden.body, unknown.body);
}

// Covers OP-31.
#[tokio::test]
async fn start_by_type_requires_permission() {
    let users = Users::start().await;
    let request = json!({"workflow_type": "Any", "task_queue": "any", "workflow_id": "w-1"});
    let reply = users.of("anna").post(PATH, request.clone()).await;
    assert_eq!(reply.error(), (403, "forbidden"));
    assert_eq!(users.of("backend").start(request).await, "w-1");
    let [start] = &users.sent()[..] else { panic!() };
    assert_eq!((&*start.workflow_type, &*start.task_queue), ("Any", "any"));
}

// Covers OP-33, OP-35, OP-14.
#[tokio::test]
async fn invalid_starts_are_rejected() {
    let users = Users::start().await;
    let backend = users.of("backend");
    let plain = |field: &str, value: Value| {
        let mut request = json!({"workflow": "plain"});
        request[field] = value;
        request
    };
    let missing = [
        json!({}),
        json!({"workflow_type": "Any"}),
        json!({"task_queue": "any"}),
        plain("signal", json!({})),
    ];
    for request in missing {
        let reply = backend.post(PATH, request.clone()).await;
        assert_eq!(reply.error(), (400, "missing_field"), "{request}");
    }
    let long = "x".repeat(501);
    let invalid = [
        json!({"workflow": "plain", "workflow_type": "Any", "task_queue": "any"}),
        json!({"workflow": "plain", "task_queue": "any"}),
        json!({"workflow_type": "", "task_queue": "any"}),
        json!({"workflow_type": "Any", "task_queue": "a\u{0}ny"}),
        json!({
            "workflow": "plain",
            "signal": {"name": "a"},
            "update": {"name": "b"},
        }),
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
        plain(
            "retry_policy",
            json!({"maximum_attempts": 2_147_483_648_u32}),
        ),
        plain("retry_policy", json!({"maximum_attempts": -1})),
    ];
    for request in invalid {
        let reply = backend.post(PATH, request.clone()).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{request}");
    }
    assert_eq!(users.gateway.engine.stats().starts, 0);
}

// Covers OP-10, OP-14.
#[tokio::test]
async fn start_options_reach_temporal() {
    let users = Users::start().await;
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
    users.of("anna").start(request).await;
    let [start] = &users.sent()[..] else { panic!() };
    let options = &start.options;
    assert_eq!(options.memo["note"].get(), r#"{"b":1}"#);
    assert_eq!(options.search_attributes.len(), 4);
    let millis = |time: Option<std::time::Duration>| time.map(|time| time.as_millis());
    assert_eq!(millis(options.execution_timeout), Some(3_600_000));
    assert_eq!(millis(options.run_timeout), Some(1));
    assert_eq!(millis(options.task_timeout), None);
    assert_eq!(millis(options.start_delay), Some(1500));
    assert_eq!(options.cron_schedule.as_deref(), Some("@daily"));
    assert_eq!(
        options.retry_policy.as_ref().unwrap().maximum_attempts,
        Some(3)
    );
    assert_eq!(options.summary.as_deref(), Some("An order"));
    assert_eq!(options.details.as_deref(), Some("Of many things"));
    assert_eq!(start.reuse, IdReusePolicy::AllowDuplicateFailedOnly);
    assert_eq!(start.conflict, IdConflictPolicy::UseExisting);
}

// Covers OP-8, HTTP-10.
#[tokio::test]
async fn repeated_start_returns_the_same_run() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let request = json!({"workflow": "plain", "request_id": "r-1"});
    let first = anna.post(PATH, request.clone()).await;
    assert_eq!(first.status, 201);
    let id = first.text("workflow_id");
    assert!(id.starts_with(&format!("{ANNA}r")), "{id}");

    let again = anna.post(PATH, request.clone()).await;
    assert_eq!((again.status, &again.body["existing"]), (200, &json!(true)));
    assert_eq!(again.body["run_id"], first.body["run_id"]);
    // By the header, too, and on another node.
    let node = users.another_node().await;
    let header = [("idempotency-key", "r-1")];
    let by_header = node
        .of("anna")
        .post_with(PATH, &header, json!({"workflow": "plain"}))
        .await;
    assert_eq!((by_header.status, &by_header.body), (200, &again.body));
    // Also after the workflow has continued or closed.
    let next = users.gateway.engine.find(&id).continue_as_new();
    let again = anna.post(PATH, request.clone()).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.body["run_id"], first.body["run_id"]);
    next.complete(Json::null());
    let again = anna.post(PATH, request).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.body["run_id"], first.body["run_id"]);
    assert_eq!(users.gateway.engine.started(1).await.len(), 1);
}

// Covers OP-34.
#[tokio::test]
async fn request_ids_are_separate_per_principal() {
    let users = Users::with(&[("other-backend", None, Permissions::all())]).await;
    let request = json!({"workflow": "plain", "request_id": "r-1"});
    let mut ids = Vec::new();
    for name in ["anna", "ben", "backend", "other-backend"] {
        ids.push(users.of(name).start(request.clone()).await);
    }
    let for_anna = json!({"workflow": "plain", "request_id": "r-1", "owner": "anna"});
    ids.push(users.of("backend").start(for_anna).await);
    let keys: std::collections::BTreeSet<_> = users
        .sent()
        .iter()
        .map(|start| start.request_id.clone().unwrap())
        .collect();
    assert_eq!(keys.len(), 5);
    let [anna, _, nobody, _, for_anna] = &ids[..] else {
        panic!()
    };
    assert!(for_anna.starts_with(ANNA) && for_anna != anna);
    assert!(nobody.starts_with('r'));
}

// Covers OP-9.
/// A change of the key would make a start, sent again while nodes of two versions run, another
/// start.
#[tokio::test]
async fn request_id_encoding_is_stable_across_versions() {
    let users = Users::start().await;
    let request = json!({"workflow": "plain", "request_id": "r-1"});
    // SHA-256 of the subject, the owner and the request id, each after a 1 and its length in eight
    // bytes, or a 0 if there is none. Without a subject, the backend comes after them.
    let of_anna = "~mfxg4yi.rmqgx7eq2cmmxzexfq3b4olpayttt2rgypu6mjnhhvkybi3ovyyja";
    assert_eq!(users.of("anna").start(request.clone()).await, of_anna);
    let of_nobody = "rbghjbtd4opcs6fcyvhri6r4uvgaa6xexrmqhzskvwdab4364rjua";
    assert_eq!(users.of("backend").start(request).await, of_nobody);
}

// Covers OP-8, OP-10.
#[tokio::test]
async fn request_id_and_workflow_id_combine() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let request = json!({"workflow": "plain", "request_id": "r-1", "workflow_id": "w-1"});
    anna.start(request.clone()).await;
    let again = anna.post(PATH, request).await;
    assert_eq!((again.status, &again.body["existing"]), (200, &json!(true)));
    let other = json!({"workflow": "plain", "request_id": "r-2", "workflow_id": "w-1"});
    let reply = anna.post(PATH, other).await;
    assert_eq!(reply.error(), (409, "already_started"));
    let none = json!({"workflow": "plain", "workflow_id": "w-1"});
    assert_eq!(
        anna.post(PATH, none).await.error(),
        (409, "already_started")
    );
}

// Covers HTTP-22.
#[tokio::test]
async fn idempotency_key_that_contradicts_the_body_is_rejected() {
    let users = Users::start().await;
    let anna = users.of("anna");
    let request = json!({"workflow": "plain", "request_id": "r-1"});
    let reply = anna
        .post_with(PATH, &[("idempotency-key", "r-2")], request.clone())
        .await;
    assert_eq!(reply.error(), (400, "invalid_field"));
    let twice = [("idempotency-key", "r-1"), ("idempotency-key", "r-1")];
    let reply = anna.post_with(PATH, &twice, request.clone()).await;
    assert_eq!(reply.error(), (400, "invalid_field"));
    let reply = anna
        .post_with(
            PATH,
            &[("idempotency-key", "")],
            json!({"workflow": "plain"}),
        )
        .await;
    assert_eq!(reply.error(), (400, "invalid_field"));
    let reply = anna
        .post_with(PATH, &[("idempotency-key", "r-1")], request)
        .await;
    assert_eq!(reply.status, 201);
}

// Covers OP-32.
#[tokio::test]
async fn only_any_user_principals_start_for_other_users() {
    let mut agent = Permissions::none();
    agent.verbs = Permissions::all().verbs;
    agent.workflows = Allowed::All;
    agent.any_user = true;
    let users = Users::with(&[("agent", None, agent)]).await;
    let for_anna = json!({"workflow": "plain", "owner": "anna", "workflow_id": "w-1"});
    let reply = users.of("ben").post(PATH, for_anna.clone()).await;
    assert_eq!(reply.error(), (403, "forbidden"));
    let id = users.of("agent").start(for_anna).await;
    assert_eq!(id, format!("{ANNA}w-1"));
    let own = json!({"workflow": "plain", "owner": "ben", "workflow_id": "w-2"});
    users.of("ben").start(own).await;
    // It cannot choose an id without an owner prefix.
    let nobodys = json!({"workflow": "plain", "workflow_id": "w-3"});
    let reply = users.of("agent").post(PATH, nobodys).await;
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
    let users = Users::with(&[
        ("listed", None, listed.clone()),
        ("ticket", Some("anna"), listed),
    ])
    .await;
    let start = |id: &str| json!({"workflow": "plain", "workflow_id": id});
    assert_eq!(users.of("listed").start(start("w-1")).await, "w-1");
    assert_eq!(users.of("ticket").start(start("w-2")).await, "~mfxg4yi.w-2");
    for (name, request) in [
        ("listed", start("w-2")),
        ("listed", json!({"workflow": "plain"})),
        ("ticket", start("w-1")),
        ("ticket", json!({"workflow": "plain"})),
    ] {
        let reply = users.of(name).post(PATH, request.clone()).await;
        assert_eq!(reply.error(), (403, "forbidden"), "{name} {request}");
    }
    assert_eq!(users.gateway.engine.stats().starts, 2);
}

// Covers OP-12.
#[tokio::test]
async fn start_that_reaches_a_running_workflow_needs_the_verb_of_its_message() {
    let mut starter = Permissions::own();
    starter.verbs = [fast_temporal_core::Verb::Start].into();
    let users = Users::with(&[("starter", Some("carl"), starter)]).await;
    let starter = users.of("starter");
    let refused = [
        json!({"workflow": "plain", "signal": {"name": "a"}}),
        json!({"workflow": "plain", "update": {"name": "a"}}),
        json!({"workflow": "plain", "id_conflict_policy": "terminate_existing"}),
    ];
    for request in refused {
        let reply = starter.post(PATH, request.clone()).await;
        assert_eq!(reply.error(), (403, "forbidden"), "{request}");
    }
    // The catalog's own signal is part of the start.
    starter
        .start(json!({"workflow": "order", "args": [{"amount": 1}]}))
        .await;
    let terminating = json!({
        "workflow": "plain",
        "workflow_id": "w-1",
        "id_conflict_policy": "terminate_existing",
    });
    let anna = users.of("anna");
    anna.start(terminating.clone()).await;
    anna.start(terminating).await;
    let start = &users.sent()[2];
    assert_eq!(start.reuse, IdReusePolicy::AllowDuplicate);
}

// Covers OP-13.
#[tokio::test]
async fn update_with_start_is_sent_and_a_retry_returns_its_outcome() {
    let users = Users::start().await;
    let engine = &users.gateway.engine;
    let result = Json::from_text(r#"{"seat":4}"#.to_owned()).unwrap();
    engine.answer_update("reserve", Ok(result));
    let anna = users.of("anna");
    let request = json!({"workflow": "plain", "request_id": "r-1", "update": {"name": "reserve"}});
    let first = anna.post(PATH, request.clone()).await;
    assert_eq!(
        (first.status, &first.body["existing"]),
        (201, &json!(false))
    );
    assert_eq!(first.body["update"]["result"], json!({"seat": 4}));
    assert_eq!(first.body["update"]["stage"], "completed");
    let again = anna.post(PATH, request).await;
    assert_eq!((again.status, &again.body["existing"]), (200, &json!(true)));
    assert_eq!(again.body["update"], first.body["update"]);
    let workflow = engine.find(&first.text("workflow_id"));
    let accepted = workflow
        .events()
        .iter()
        .filter(|event| event.data.type_name() == "update.accepted")
        .count();
    assert_eq!(accepted, 1);
}

// Covers OP-13.
#[tokio::test]
async fn failed_update_with_start_is_reported() {
    let users = Users::start().await;
    let failure = Failure {
        message: "no seats left".to_owned(),
        kind: "application".to_owned(),
        ..Failure::default()
    };
    users.gateway.engine.reject_update("reserve", failure);
    let request = json!({"workflow": "plain", "update": {"name": "reserve"}});
    let reply = users.of("anna").post(PATH, request).await;
    assert_eq!(reply.error(), (422, "update_failed"));
    assert_eq!(reply.message(), "no seats left");
    let details = &reply.body["error"]["details"];
    assert_eq!(details["failure"]["message"], "no seats left");
}

// Covers OP-4.
#[tokio::test(start_paused = true)]
async fn start_times_out() {
    let users = Users::start().await;
    users.gateway.engine.hang(Call::Start);
    let began = tokio::time::Instant::now();
    let reply = users
        .of("anna")
        .post(PATH, json!({"workflow": "plain"}))
        .await;
    assert_eq!(reply.error(), (504, "timeout"));
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn temporal_errors_are_reported_without_internals() {
    let users = Users::start().await;
    let kinds = [
        (EngineErrorKind::Unavailable, (503, "temporal_unavailable")),
        (EngineErrorKind::Busy, (503, "temporal_busy")),
        (EngineErrorKind::Denied, (502, "temporal_permission_denied")),
        (EngineErrorKind::Internal, (500, "internal")),
        (EngineErrorKind::Invalid, (400, "invalid_request")),
        (EngineErrorKind::AlreadyStarted, (409, "already_started")),
        (EngineErrorKind::NotFound, (404, "not_found")),
    ];
    for (kind, expected) in kinds {
        users.gateway.engine.fail(Call::Start, 1, kind);
        let reply = users
            .of("anna")
            .post(PATH, json!({"workflow": "plain"}))
            .await;
        assert_eq!(reply.error(), expected);
        let told = reply.message().contains("a fault set by the test");
        assert_eq!(told, kind == EngineErrorKind::Invalid, "{reply:?}");
    }
}
