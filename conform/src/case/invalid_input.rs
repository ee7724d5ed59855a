//! Invalid input.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    client::socket::{Frame, Socket},
    user::User,
    world::World,
};

/// How many random frames are sent.
const RANDOM_FRAMES: usize = 300;
/// A message over the limit of 1 MiB.
const TOO_LARGE_BYTES: usize = 2 * 1024 * 1024;

/// Invalid messages: the id and the code of the response, and the message.
const INVALID_MESSAGES: &str = r#"
null invalid_json      {
null expected_object   []
null missing_field     {"op":"ping"}
null invalid_field     {"id":-1,"op":"ping"}
1    missing_field     {"id":1}
"a"  unknown_operation {"id":"a","op":"nonesuch"}
2    missing_field     {"id":2,"op":"describe"}
3    invalid_field     {"id":3,"op":"describe","workflow_id":7}
4    missing_field     {"id":4,"op":"signal","workflow_id":"w"}
5    missing_field     {"id":5,"op":"start"}
6    unknown_workflow  {"id":6,"op":"start","workflow":"nonesuch"}
7    invalid_field     {"id":7,"op":"signal","workflow_id":"w","name":"n","args":[DEEP]}
8    not_found         {"id":8,"op":"describe","workflow_id":"nonesuch"}
9    not_subscribed    {"id":9,"op":"unsubscribe","workflow_id":"nonesuch"}
10   not_found         {"id":10,"op":"subscribe","workflow_id":"nonesuch"}
"#;

/// Invalid requests: the status and the code of the response, and the request.
const INVALID_REQUESTS: &str = r#"
404 not_found           GET    /nonesuch
405 invalid_request     DELETE /v1/workflows
400 invalid_json        POST   /v1/workflows {
400 expected_object     POST   /v1/workflows []
400 missing_field       POST   /v1/workflows {}
400 invalid_field       POST   /v1/workflows {"workflow":7}
400 unknown_workflow    POST   /v1/workflows {"workflow":"nonesuch"}
400 invalid_workflow_id GET    /v1/workflows/=!
404 not_found           GET    /v1/workflows/nonesuch
404 not_found           GET    /v1/workflows/nonesuch/events
404 not_found           GET    /v1/workflows/nonesuch/result
404 not_found           POST   /v1/workflows/nonesuch/signals/go
404 not_found           POST   /v1/workflows/nonesuch/cancel
404 not_found           POST   /v1/workflows/nonesuch/terminate
400 invalid_field       GET    /v1/workflows?page_size=zero
400 invalid_field       GET    /v1/workflows?status=nonesuch
"#;

pub async fn every_invalid_message_has_its_code_and_keeps_the_connection(
    world: Arc<World>,
) -> Result<()> {
    let user = User::new(&world, "message");
    let mut workflow = user.start(&json!([])).await?;
    let socket = &mut workflow.socket;
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for line in INVALID_MESSAGES.trim().lines() {
        let (id, rest) = line.split_once(' ').context("an id")?;
        let (code, message) = rest.trim().split_once(' ').context("a code")?;
        let message = message.trim().replace("DEEP", &deep);
        let id: Value = serde_json::from_str(id)?;
        socket.send_text(&message).await?;
        let response = response(socket).await?;
        let error = &response["error"];
        let matches = response["id"] == id && error["code"] == code;
        ensure!(matches, "{line}: received {response}");
        ensure!(error["retryable"].is_boolean(), "{response}");
    }
    socket.send(Message::binary(vec![1, 2, 3])).await?;
    let rejected = response(socket).await?;
    let code = &rejected["error"]["code"];
    ensure!(code == "binary_not_supported", "{rejected}");
    let negative = json!({"wait": -1});
    let rejected = workflow.call_error("result", negative, "invalid_field");
    rejected.await?;
    workflow.call("subscribe", json!({})).await?;
    let rejected = workflow.call_error("subscribe", json!({}), "already_subscribed");
    rejected.await?;
    workflow.socket.call("ping", &json!({})).await?;
    let too_large = "x".repeat(TOO_LARGE_BYTES);
    workflow.socket.send_text(&too_large).await?;
    workflow.socket.expect_close(1009).await
}

/// Returns the next response.
async fn response(socket: &mut Socket) -> Result<Value> {
    loop {
        match socket.next().await? {
            Frame::Response(response) => return Ok(response),
            Frame::Closed(code) => bail!("closed with {code}"),
            _ => {}
        }
    }
}

pub async fn every_invalid_request_has_its_code(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "request");
    let call = async |method: &str, path: &str, body: Option<String>| {
        let (node, token) = (world.node(0), user.token.as_deref());
        node.call_text(method.parse()?, path, token, body).await
    };
    for line in INVALID_REQUESTS.trim().lines() {
        let parts: Vec<_> = line.split_whitespace().collect();
        let [status, code, method, path, body @ ..] = parts.as_slice() else {
            bail!("an incomplete line: {line}");
        };
        let reply = call(method, path, body.first().map(ToString::to_string)).await?;
        let checked = reply.expect_error(status.parse()?, code);
        checked.with_context(|| line.to_owned())?;
    }
    let too_large = format!(r#"{{"workflow":"{}"}}"#, "x".repeat(TOO_LARGE_BYTES));
    let reply = call("POST", "/v1/workflows", Some(too_large)).await?;
    reply.expect_error(413, "too_large")
}

pub async fn random_frames_do_not_break_the_gateway(world: Arc<World>) -> Result<()> {
    let mut socket = User::new(&world, "random").connect(0).await?;
    for _ in 0..RANDOM_FRAMES {
        socket.send_text(&random_request()).await?;
    }
    // A last request is answered after all before it were handled.
    socket.call("ping", &json!({})).await.map(drop)
}

/// A message that is almost valid, or random.
fn random_request() -> String {
    const OPS: &str = "subscribe signal query list result auth describe nonesuch";
    const FIELDS: &str = "workflow_id name args types after run_id wait token page_size status";
    let one_of = |words: &'static str| {
        let words: Vec<_> = words.split(' ').collect();
        words[fastrand::usize(..words.len())]
    };
    let mut request = json!({"id": fastrand::u64(..), "op": one_of(OPS)});
    for _ in 0..fastrand::usize(..5) {
        let value = match fastrand::u8(..6) {
            0 => Value::Null,
            1 => json!(fastrand::i64(..)),
            2 => json!("~\u{0}\u{fffd}%00../"),
            3 => json!([[], {}, "x"]),
            4 => json!(fastrand::f64() * 1e300),
            _ => json!({"a": {"b": []}}),
        };
        request[one_of(FIELDS)] = value;
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
