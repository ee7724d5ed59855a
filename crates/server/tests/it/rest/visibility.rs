//! Visibility queries that clients write never list a workflow that their credentials cannot access.

use fast_temporal_core::{Engine as _, Permissions};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::json;

use crate::support::{Api, Reply, Users};

async fn users() -> Users {
    let asking = Permissions {
        visibility_queries: true,
        ..Permissions::own()
    };
    let users = Users::with(&[("asking", Some("anna"), asking)]).await;
    for id in ["~mfxg4yi.x-1", "~mfxg4yi.x'2", "~mjsw4.y-1", "w-1"] {
        users.gateway.engine.workflow(id);
    }
    users
}

/// Only letters and digits stand as they are.
fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

async fn ask(api: &Api<'_>, query: &str) -> Reply {
    api.get(&format!("/v1/workflows?query={}", encode(query)))
        .await
}

// Covers OP-28.
#[tokio::test]
async fn custom_query_requires_permission_and_finds_own_workflows() {
    let users = users().await;
    let query = "WorkflowType = 'FakeWorkflow'";
    assert_eq!(
        ask(&users.of("anna"), query).await.error(),
        (403, "forbidden")
    );
    let reply = ask(&users.of("asking"), query).await;
    assert_eq!(reply.body["workflows"].as_array().unwrap().len(), 2);
    let reply = ask(
        &users.of("asking"),
        "WorkflowId = 'w-1' OR WorkflowId = '~mfxg4yi.x-1'",
    )
    .await;
    assert_eq!(reply.body["workflows"].as_array().unwrap().len(), 1);
    let reply = ask(&users.of("backend"), query).await;
    assert_eq!(reply.body["workflows"].as_array().unwrap().len(), 4);
}

// Covers OP-44.
#[tokio::test]
async fn custom_query_cannot_escape_its_parentheses() {
    let users = users().await;
    let asked = users.gateway.engine.stats().lists;
    for query in [
        "",
        "  ",
        ")",
        "(",
        "WorkflowId = 'a') OR (WorkflowId != 'a'",
        "WorkflowId = 'a') OR WorkflowId != 'a' OR (WorkflowId = 'a'",
        "WorkflowId = 'a' /* ( */ ) OR ( WorkflowId != 'a' /* ) */",
        "WorkflowId = 'a' -- (\n) OR (WorkflowId != 'a' -- )",
        "WorkflowId = 'a' # (\n) OR (WorkflowId != 'a'",
        "WorkflowId = 'a' // (\n) OR (WorkflowId != 'a'",
        "WorkflowId = 'a'; DROP TABLE executions",
        "WorkflowId = 'a",
        "WorkflowId = \"a",
        "WorkflowId = `a",
        "WorkflowId = 'a\\') OR (WorkflowId != 'a'",
        "WorkflowId = `a\\`) OR (`WorkflowId` != `a`",
        "WorkflowId = 'a' \\",
        "WorkflowId = 'a'\u{0}",
        &"x".repeat(4097),
    ] {
        let reply = ask(&users.of("asking"), query).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{query}");
    }
    assert_eq!(users.gateway.engine.stats().lists, asked);
}

#[tokio::test]
async fn invalid_custom_query_returns_temporals_error() {
    let users = users().await;
    for query in [
        "WorkflowId",
        "Nothing = 'a'",
        "WorkflowId = 'a' ORDER BY StartTime",
    ] {
        let reply = ask(&users.of("asking"), query).await;
        assert_eq!(reply.error(), (400, "invalid_request"), "{query}");
    }
}

// Covers OP-44.
#[tokio::test]
async fn parentheses_and_comments_in_quotes_are_text() {
    let users = users().await;
    for query in [
        "(WorkflowId = ')' OR (WorkflowId = '('))",
        "WorkflowId = '-- /* # // ;'",
        "WorkflowId = \"a 'quoted' (text\"",
        r"WorkflowId = 'a\'b)' OR WorkflowId = 'a\\'",
        "WorkflowId = '~mfxg4yi.x-1'",
    ] {
        assert_eq!(ask(&users.of("asking"), query).await.status, 200, "{query}");
    }
}

// Covers OP-28.
#[tokio::test]
async fn values_are_quoted() {
    let users = users().await;
    let value = encode(r"it's \' OR WorkflowId != '");
    let reply = users
        .of("anna")
        .get(&format!("/v1/workflows?workflow_type={value}"))
        .await;
    assert_eq!((reply.status, reply.body), (200, json!({"workflows": []})));
    let lists = users.gateway.engine.sent().lists;
    let expected = r"WorkflowType = 'it\'s \\\' OR WorkflowId != \''";
    assert!(lists[0].query.ends_with(expected), "{}", lists[0].query);
}

/// Pieces of queries that quote, nest and end.
fn query() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'"),
        Just("\""),
        Just("`"),
        Just("\\"),
        Just("("),
        Just(")"),
        Just(" OR "),
        Just("WorkflowId != 'a'"),
        Just("WorkflowId = 'a'"),
        Just("a"),
        Just("''"),
        Just("--"),
        Just("/*"),
        Just("*/"),
        Just(" AND "),
        Just("\n"),
        Just("#"),
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

// Covers OP-28.
/// The fake reads queries by itself: whatever passes, it finds nothing of somebody else's, not even
/// where results are not checked again.
#[test]
fn custom_query_finds_only_permitted_workflows() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let users = runtime.block_on(users());
    let config = ProptestConfig::with_cases(200);
    let outcome = TestRunner::new(config).run(&query(), |query| {
        runtime.block_on(async {
            let before = users.gateway.engine.sent().lists.len();
            let reply = ask(&users.of("asking"), &query).await;
            prop_assert!(matches!(reply.status, 200 | 400), "{:?}", reply);
            let lists = users.gateway.engine.sent().lists;
            for list in lists.into_iter().skip(before) {
                let Ok(page) = users.gateway.engine.list(list).await else {
                    continue;
                };
                for workflow in page.workflows {
                    prop_assert!(workflow.workflow_id.starts_with("~mfxg4yi."));
                }
            }
            Ok(())
        })
    });
    outcome.unwrap();
}
