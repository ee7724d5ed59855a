//! Who can do what to which workflow.

use fast_temporal_core::{Allowed, Permissions, Verb};
use serde_json::json;

use crate::support::{Client, Gateway, Reply, path_of};

/// Every operation on a workflow, by the permission that it needs and its path.
const OPERATIONS: [(Verb, &str); 9] = [
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

async fn try_operation(client: &Client<'_>, workflow_id: &str, rest: &str) -> Reply {
    let path = path_of(workflow_id, rest);
    if rest.contains("wait") || ["", "/events"].contains(&rest) {
        client.get(&path).await
    } else {
        client.post(&path, json!({})).await
    }
}

// Covers AUTH-10, OP-2.
#[tokio::test]
async fn another_users_workflow_looks_missing() {
    let gateway = Gateway::with_users(&[]).await;
    let id = gateway.user("anna").start_plain().await;
    let unowned = gateway.engine.workflow("unowned");
    let ben = gateway.user("ben");
    let paths = OPERATIONS.iter().map(|(_, rest)| *rest);
    for rest in paths.chain(["/events"]) {
        let before = gateway.engine.stats();
        let hidden = try_operation(&ben, &id, rest).await;
        assert_eq!(hidden.error(), (404, "not_found"), "{rest}");
        for id in [&**unowned.id(), "~MJSW4.own"] {
            assert_eq!(
                try_operation(&ben, id, rest).await.body,
                hidden.body,
                "{id}"
            );
        }
        assert_eq!(gateway.engine.stats(), before, "{rest}");
        // The same response as for a missing workflow.
        let missing = try_operation(&ben, "~mjsw4.none", rest).await;
        assert_eq!(
            (missing.status, &missing.bytes),
            (hidden.status, &hidden.bytes),
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
async fn operation_without_permission_is_forbidden_for_any_target() {
    let mut few = Permissions::own();
    few.verbs = [Verb::Ticket].into();
    let gateway = Gateway::with_users(&[("few", Some("anna"), few)]).await;
    let id = gateway.user("anna").start_plain().await;
    let few = gateway.user("few");
    let before = gateway.engine.stats();
    for (permission, rest) in OPERATIONS {
        for id in [&*id, "~mfxg4yi.none", "unowned"] {
            let reply = try_operation(&few, id, rest).await;
            assert_eq!(reply.error(), (403, "forbidden"), "{rest}");
            assert!(reply.message().contains(permission.as_str()), "{reply:?}");
        }
    }
    assert_eq!(few.get("/v1/workflows").await.error(), (403, "forbidden"));
    let start = json!({"workflow": "plain"});
    let reply = few.post("/v1/workflows", start).await;
    assert_eq!(reply.error(), (403, "forbidden"));
    assert_eq!(gateway.engine.stats(), before);
}

// Covers OP-1.
#[tokio::test]
async fn each_operation_is_permitted_by_itself() {
    for (permission, rest) in OPERATIONS {
        let mut only = Permissions::own();
        only.verbs = [permission].into();
        let gateway = Gateway::with_users(&[("only", Some("anna"), only)]).await;
        let id = gateway.user("anna").start_plain().await;
        let reply = try_operation(&gateway.user("only"), &id, rest).await;
        let is_permitted = !matches!(reply.status, 401 | 403 | 404);
        assert!(is_permitted, "{permission}: {reply:?}");
    }
}

// Covers OP-2.
#[tokio::test]
async fn listed_ids_can_be_named() {
    let listed = Permissions {
        workflow_ids: Allowed::Only(["unowned".to_owned()].into()),
        ..Permissions::own()
    };
    let gateway = Gateway::with_users(&[("listed", None, listed)]).await;
    gateway.engine.workflow("unowned");
    gateway.engine.workflow("unowned2");
    let listed = gateway.user("listed");
    assert_eq!(listed.get(&path_of("unowned", "")).await.status, 200);
    let reply = listed.get(&path_of("unowned2", "")).await;
    assert_eq!(reply.error(), (404, "not_found"));
}
