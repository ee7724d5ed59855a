//! Visibility queries that clients write never list a workflow that their credentials cannot access.

use fast_temporal_core::{Engine as _, Permissions};
use proptest::{collection::vec, prelude::Strategy, sample::select};
use serde_json::json;

use crate::support::{Client, Gateway, Reply, Setup, for_random, paused_runtime};

async fn start() -> Gateway {
    let permissions = Permissions {
        visibility_queries: true,
        ..Permissions::own()
    };
    let gateway = Gateway::with_users(&[("querying", Some("anna"), permissions)]).await;
    for id in ["~mfxg4yi.x-1", "~mfxg4yi.x'2", "~mjsw4.y-1", "w-1"] {
        gateway.engine.workflow(id);
    }
    gateway
}

/// Percent-encodes all but letters and digits.
fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

async fn list(client: &Client<'_>, query: &str) -> Reply {
    let query = encode(query);
    client.get(&format!("/v1/workflows?query={query}")).await
}

// Covers OP-28.
#[tokio::test]
async fn custom_query_requires_permission_and_finds_own_workflows() {
    let gateway = start().await;
    let query = "WorkflowType = 'FakeWorkflow'";
    let reply = list(&gateway.user("anna"), query).await;
    assert_eq!(reply.error(), (403, "forbidden"));
    let by_id = "WorkflowId = 'w-1' OR WorkflowId = '~mfxg4yi.x-1'";
    for (name, query, count) in [
        ("querying", query, 2),
        ("querying", by_id, 1),
        ("backend", query, 4),
    ] {
        let reply = list(&gateway.user(name), query).await;
        assert_eq!(
            reply["workflows"].as_array().unwrap().len(),
            count,
            "{name}: {query}"
        );
    }
}

// Covers OP-44.
#[tokio::test]
async fn custom_query_cannot_escape_its_parentheses() {
    let gateway = start().await;
    let before = gateway.engine.stats().lists;
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
        let reply = list(&gateway.user("querying"), query).await;
        assert_eq!(reply.error(), (400, "invalid_field"), "{query}");
    }
    assert_eq!(gateway.engine.stats().lists, before);
}

#[tokio::test]
async fn invalid_custom_query_returns_temporals_error() {
    let gateway = start().await;
    for query in [
        "WorkflowId",
        "Nothing = 'a'",
        "WorkflowId = 'a' ORDER BY StartTime",
    ] {
        let reply = list(&gateway.user("querying"), query).await;
        assert_eq!(reply.error(), (400, "invalid_request"), "{query}");
    }
}

// Covers OP-44.
#[tokio::test]
async fn parentheses_and_comments_in_quotes_are_text() {
    let gateway = start().await;
    for query in [
        "(WorkflowId = ')' OR (WorkflowId = '('))",
        "WorkflowId = '-- /* # // ;'",
        "WorkflowId = \"a 'quoted' (text\"",
        r"WorkflowId = 'a\'b)' OR WorkflowId = 'a\\'",
        "WorkflowId = '~mfxg4yi.x-1'",
    ] {
        let reply = list(&gateway.user("querying"), query).await;
        assert_eq!(reply.status, 200, "{query}");
    }
}

// Covers OP-28.
#[tokio::test]
async fn values_are_quoted() {
    let gateway = start().await;
    let value = encode(r"it's \' OR WorkflowId != '");
    let uri = format!("/v1/workflows?workflow_type={value}");
    let page = gateway.user("anna").get_ok(&uri).await;
    assert_eq!(page, json!({"workflows": []}));
    let lists = gateway.engine.sent().lists;
    let expected = r"WorkflowType = 'it\'s \\\' OR WorkflowId != \''";
    assert!(lists[0].query.ends_with(expected), "{}", lists[0].query);
}

/// Pieces of queries that quote, nest and end.
fn query() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "'",
        "\"",
        "`",
        "\\",
        "(",
        ")",
        " OR ",
        "WorkflowId != 'a'",
        "WorkflowId = 'a'",
        "a",
        "''",
        "--",
        "/*",
        "*/",
        " AND ",
        "\n",
        "#",
    ]);
    vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

// Covers OP-28.
/// The fake engine runs each query that the gateway sends, and finds no workflow of another user,
/// even before the gateway checks the results.
#[test]
fn custom_query_finds_only_permitted_workflows() {
    let runtime = paused_runtime();
    let gateway = runtime.block_on(async {
        let limited = start().await;
        limited.another_node_with(Setup::disable_rate_limit).await
    });
    for_random(&runtime, 200, &query(), async |query: String| {
        let before = gateway.engine.sent().lists.len();
        let reply = list(&gateway.user("querying"), &query).await;
        assert!(matches!(reply.status, 200 | 400), "{reply:?}");
        let lists = gateway.engine.sent().lists;
        for list in lists.into_iter().skip(before) {
            let Ok(page) = gateway.engine.list(list).await else {
                continue;
            };
            for workflow in page.workflows {
                assert!(workflow.workflow_id.starts_with("~mfxg4yi."));
            }
        }
    });
}
