//! Who may do what to which workflow.

use fast_temporal_core::{Allowed, Permissions, Verb};
use serde_json::json;

use crate::support::{Api, Reply, Users, at};

/// Every verb about a workflow, over REST.
const VERBS: [(Verb, &str); 9] = [
    (Verb::Describe, ""),
    (Verb::Result, "/result?wait=0"),
    (Verb::Subscribe, "/events?wait=0"),
    (Verb::Signal, "/signals/go"),
    (Verb::Query, "/queries/go"),
    (Verb::Update, "/updates/go"),
    (Verb::Cancel, "/cancel"),
    (Verb::Terminate, "/terminate"),
    (Verb::Signal, "/signals/change"),
];

async fn try_verb(api: &Api<'_>, workflow_id: &str, rest: &str) -> Reply {
    let path = at(workflow_id, rest);
    if rest.contains("wait") || rest.is_empty() {
        api.get(&path).await
    } else {
        api.post(&path, json!({})).await
    }
}

// Covers OP-2.
#[tokio::test]
async fn another_users_workflow_looks_missing() {
    let users = Users::start().await;
    let id = users.of("anna").start(json!({"workflow": "plain"})).await;
    let nobodys = users.gateway.engine.workflow("nobodys");
    let ben = users.of("ben");
    for (_, rest) in VERBS {
        let before = users.gateway.engine.stats();
        let hidden = try_verb(&ben, &id, rest).await;
        assert_eq!(hidden.error(), (404, "not_found"), "{rest}");
        let hidden_too = try_verb(&ben, nobodys.id(), rest).await;
        let in_other_case = try_verb(&ben, "~MJSW4.own", rest).await;
        assert_eq!(
            (&hidden.body, &hidden.body),
            (&hidden_too.body, &in_other_case.body)
        );
        assert_eq!(users.gateway.engine.stats(), before, "{rest}");
        // Byte for byte the response for a missing one.
        let missing = try_verb(&ben, "~mjsw4.none", rest).await;
        assert_eq!(
            (missing.status, &missing.body),
            (hidden.status, &hidden.body),
            "{rest}"
        );
        let headers = |reply: &Reply| {
            let mut headers = reply.headers.clone();
            headers.remove("date");
            headers
        };
        assert_eq!(headers(&missing), headers(&hidden), "{rest}");
    }
}

// Covers OP-1.
#[tokio::test]
async fn verb_without_permission_is_forbidden_for_any_target() {
    let mut few = Permissions::own();
    few.verbs = [Verb::Ticket].into();
    let users = Users::with(&[("few", Some("anna"), few)]).await;
    let id = users.of("anna").start(json!({"workflow": "plain"})).await;
    let few = users.of("few");
    let before = users.gateway.engine.stats();
    for (verb, rest) in VERBS {
        for id in [&*id, "~mfxg4yi.none", "nobodys"] {
            let reply = try_verb(&few, id, rest).await;
            assert_eq!(reply.error(), (403, "forbidden"), "{rest}");
            assert!(reply.message().contains(verb.as_str()), "{reply:?}");
        }
    }
    assert_eq!(few.get("/v1/workflows").await.error(), (403, "forbidden"));
    let start = json!({"workflow": "plain"});
    assert_eq!(
        few.post("/v1/workflows", start).await.error(),
        (403, "forbidden")
    );
    assert_eq!(users.gateway.engine.stats(), before);
}

// Covers OP-1.
#[tokio::test]
async fn each_verb_is_permitted_by_itself() {
    for (verb, rest) in VERBS {
        let mut only = Permissions::own();
        only.verbs = [verb].into();
        let users = Users::with(&[("only", Some("anna"), only)]).await;
        let id = users.of("anna").start(json!({"workflow": "plain"})).await;
        let reply = try_verb(&users.of("only"), &id, rest).await;
        assert!(
            !matches!(reply.status, 401 | 403 | 404),
            "{verb}: {reply:?}"
        );
    }
}

// Covers OP-2.
#[tokio::test]
async fn listed_ids_can_be_named() {
    let listed = Permissions {
        workflow_ids: Allowed::Only(["nobodys".to_owned()].into()),
        ..Permissions::own()
    };
    let users = Users::with(&[("listed", None, listed)]).await;
    users.gateway.engine.workflow("nobodys");
    users.gateway.engine.workflow("nobodys2");
    let listed = users.of("listed");
    assert_eq!(listed.get(&at("nobodys", "")).await.status, 200);
    assert_eq!(
        listed.get(&at("nobodys2", "")).await.error(),
        (404, "not_found")
    );
}

// Covers AUTH-1, AUTH-2.
#[tokio::test]
async fn requests_without_credentials_are_rejected() {
    let users = Users::start().await;
    let nobody = users.nobody();
    for (_, rest) in VERBS {
        let reply = try_verb(&nobody, "any", rest).await;
        assert_eq!(reply.error(), (401, "unauthenticated"), "{rest}");
    }
    assert_eq!(
        nobody.get("/v1/workflows").await.error(),
        (401, "unauthenticated")
    );
    for path in ["/v1/workflows", "/v1/tickets"] {
        let reply = nobody.post(path, json!({})).await;
        assert_eq!(reply.error(), (401, "unauthenticated"));
    }
}
