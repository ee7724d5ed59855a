//! Invalid input.

use std::sync::Arc;

use anyhow::{bail, ensure};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::verb::{fresh_user, id_of};
use crate::{
    client::{Frame, Method},
    world::World,
};

/// How many random frames are sent.
const RANDOM_FRAMES: usize = 300;

pub async fn every_invalid_message_has_its_code_and_keeps_the_connection(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("wrong");
    let mut socket = world.connect(0, &user).await?;
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let deep_args =
        format!(r#"{{"id":7,"op":"signal","workflow_id":"w","name":"n","args":[{deep}]}}"#);
    let cases = [
        ("{", "invalid_json", Value::Null),
        ("[]", "expected_object", Value::Null),
        (r#"{"op":"ping"}"#, "missing_field", Value::Null),
        (r#"{"id":-1,"op":"ping"}"#, "invalid_field", Value::Null),
        (r#"{"id":1}"#, "missing_field", json!(1)),
        (
            r#"{"id":"a","op":"nonesuch"}"#,
            "unknown_operation",
            json!("a"),
        ),
        (r#"{"id":2,"op":"describe"}"#, "missing_field", json!(2)),
        (
            r#"{"id":3,"op":"describe","workflow_id":7}"#,
            "invalid_field",
            json!(3),
        ),
        (
            r#"{"id":4,"op":"signal","workflow_id":"w"}"#,
            "missing_field",
            json!(4),
        ),
        (r#"{"id":5,"op":"start"}"#, "missing_field", json!(5)),
        (
            r#"{"id":6,"op":"start","workflow":"nonesuch"}"#,
            "unknown_workflow",
            json!(6),
        ),
        (&deep_args, "invalid_field", json!(7)),
        (
            r#"{"id":8,"op":"describe","workflow_id":"nonesuch"}"#,
            "not_found",
            json!(8),
        ),
        (
            r#"{"id":9,"op":"unsubscribe","workflow_id":"nonesuch"}"#,
            "not_subscribed",
            json!(9),
        ),
        (
            r#"{"id":10,"op":"subscribe","workflow_id":"nonesuch"}"#,
            "not_found",
            json!(10),
        ),
    ];
    for (text, code, re) in cases {
        socket.send_text(text).await?;
        let answer = answer(&mut socket).await?;
        let fits = answer["id"] == re && answer["error"]["code"] == code;
        ensure!(fits, "{text:.100}: {code} to {re} expected, not {answer}");
        ensure!(answer["error"]["retryable"].is_boolean(), "{answer}");
    }
    socket.send(Message::binary(vec![1, 2, 3])).await?;
    let rejected = answer(&mut socket).await?;
    ensure!(
        rejected["error"]["code"] == "binary_not_supported",
        "{rejected}"
    );
    let started = socket
        .ask("start", &world.start_request(&json!([])))
        .await?;
    let about = json!({"workflow_id": id_of(&started)?});
    let wait = json!({"workflow_id": id_of(&started)?, "wait": -1});
    socket
        .request_error("result", &wait, "invalid_field")
        .await?;
    socket.ask("subscribe", &about).await?;
    socket
        .request_error("subscribe", &about, "already_subscribed")
        .await?;
    socket.ask("ping", &json!({})).await?;
    socket.send_text(&"x".repeat(2 * 1024 * 1024)).await?;
    let code = socket.closed().await?;
    ensure!(code == 1009, "a message over the limit: closed with {code}");
    Ok(())
}

async fn answer(socket: &mut crate::client::Socket) -> anyhow::Result<Value> {
    loop {
        match socket.next().await? {
            Frame::Answer(answer) => return Ok(answer),
            Frame::Closed(code) => bail!("closed with {code}"),
            _ => {}
        }
    }
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
pub async fn every_invalid_request_has_its_code(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("request");
    let token = world.user(&user);
    let node = world.node(0);
    let call = async |method: Method, path: &str, body: Option<&str>| {
        let body = body.map(str::to_owned);
        node.call_with(method, path, token.as_deref(), &[], body)
            .await
    };
    let cases = [
        (Method::GET, "/nonesuch", None, 404, "not_found"),
        (
            Method::DELETE,
            "/v1/workflows",
            None,
            405,
            "invalid_request",
        ),
        (
            Method::POST,
            "/v1/workflows",
            Some("{"),
            400,
            "invalid_json",
        ),
        (
            Method::POST,
            "/v1/workflows",
            Some("[]"),
            400,
            "expected_object",
        ),
        (
            Method::POST,
            "/v1/workflows",
            Some("{}"),
            400,
            "missing_field",
        ),
        (
            Method::POST,
            "/v1/workflows",
            Some(r#"{"workflow":7}"#),
            400,
            "invalid_field",
        ),
        (
            Method::POST,
            "/v1/workflows",
            Some(r#"{"workflow":"none"}"#),
            400,
            "unknown_workflow",
        ),
        (
            Method::GET,
            "/v1/workflows/=!",
            None,
            400,
            "invalid_workflow_id",
        ),
        (
            Method::GET,
            "/v1/workflows/nonesuch",
            None,
            404,
            "not_found",
        ),
        (
            Method::GET,
            "/v1/workflows/nonesuch/events",
            None,
            404,
            "not_found",
        ),
        (
            Method::GET,
            "/v1/workflows/nonesuch/result",
            None,
            404,
            "not_found",
        ),
        (
            Method::POST,
            "/v1/workflows/nonesuch/signals/go",
            None,
            404,
            "not_found",
        ),
        (
            Method::POST,
            "/v1/workflows/nonesuch/cancel",
            None,
            404,
            "not_found",
        ),
        (
            Method::POST,
            "/v1/workflows/nonesuch/terminate",
            None,
            404,
            "not_found",
        ),
        (
            Method::GET,
            "/v1/workflows?page_size=zero",
            None,
            400,
            "invalid_field",
        ),
        (
            Method::GET,
            "/v1/workflows?status=nonesuch",
            None,
            400,
            "invalid_field",
        ),
    ];
    for (method, path, body, status, code) in cases {
        let reply = call(method.clone(), path, body).await?;
        let fits = reply.status == status && reply.body["error"]["code"] == code;
        ensure!(
            fits,
            "{method} {path} {body:?}: {status} {code} expected, not {reply:?}"
        );
    }
    let large = format!(r#"{{"workflow":"{}"}}"#, "x".repeat(2 * 1024 * 1024));
    let reply = call(Method::POST, "/v1/workflows", Some(&large)).await?;
    reply.expect_error(413, "too_large")
}

pub async fn random_frames_do_not_break_the_gateway(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("random");
    let mut socket = world.connect(0, &user).await?;
    for _ in 0..RANDOM_FRAMES {
        socket.send_text(&random_request()).await?;
    }
    // A last request is answered after all before it were handled.
    socket.ask("ping", &json!({})).await?;
    Ok(())
}

/// A message that is almost valid, or random.
fn random_request() -> String {
    const OPS: [&str; 8] = [
        "subscribe",
        "signal",
        "query",
        "list",
        "result",
        "auth",
        "describe",
        "no such",
    ];
    const FIELDS: [&str; 10] = [
        "workflow_id",
        "name",
        "args",
        "types",
        "after",
        "run_id",
        "wait",
        "token",
        "page_size",
        "status",
    ];
    let mut request = json!({"id": fastrand::u64(..), "op": OPS[fastrand::usize(..OPS.len())]});
    for _ in 0..fastrand::usize(..5) {
        let value = match fastrand::u8(..6) {
            0 => Value::Null,
            1 => json!(fastrand::i64(..)),
            2 => json!("~\u{0}\u{fffd}%00../"),
            3 => json!([[], {}, "x"]),
            4 => json!(fastrand::f64() * 1e300),
            _ => json!({"a": {"b": []}}),
        };
        request[FIELDS[fastrand::usize(..FIELDS.len())]] = value;
    }
    let mut text = request.to_string();
    if fastrand::u8(..3) == 0 {
        let mut cut = fastrand::usize(..text.len());
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        text.truncate(cut);
    }
    text
}
