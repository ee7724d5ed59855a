//! Who may do what.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::verb::{fresh_user, id_of};
use crate::{
    client::{EventStream, Frame, Method, Node, SOON, Socket},
    world::World,
};

/// The verbs over REST: their method, what comes after the workflow's path, their body.
const REST: [(&str, &str, &str); 9] = [
    ("describe", "GET", ""),
    ("result", "GET", "/result?wait=0"),
    ("subscribe", "GET", "/events?wait=0"),
    ("subscribe", "GET", "/events"),
    ("signal", "POST", "/signals/go"),
    ("query", "POST", "/queries/notes"),
    ("update", "POST", "/updates/add"),
    ("cancel", "POST", "/cancel"),
    ("terminate", "POST", "/terminate"),
];

/// Uses every verb on every transport, and sees to it that each is refused.
async fn all_refused(
    node: &Node,
    token: Option<&str>,
    start: &Value,
    workflow_id: &str,
    codes: &[&str],
) -> anyhow::Result<()> {
    let refused = |what: &str, body: &Value| {
        let code = body["error"]["code"].as_str().unwrap_or_default();
        ensure!(
            codes.contains(&code),
            "{what}: {codes:?} expected, not {body}"
        );
        anyhow::Ok(())
    };
    let reply = node
        .call(Method::POST, "/v1/workflows", token, Some(start))
        .await?;
    refused("POST /v1/workflows", &reply.body)?;
    let challenged = reply.headers.contains_key("www-authenticate");
    ensure!(challenged == (reply.status == 401), "{reply:?}");
    for (_, method, rest) in REST {
        let path = format!("/v1/workflows/{workflow_id}{rest}");
        let method: Method = method.parse()?;
        let body = (method == Method::POST).then(|| json!({"args": [1]}));
        let reply = node.call(method, &path, token, body.as_ref()).await?;
        refused(&path, &reply.body)?;
    }
    match Socket::try_connect(node, "/v1/ws", token).await? {
        Err(401) => {}
        Err(status) => bail!("/v1/ws: {status}"),
        Ok(mut socket) => {
            let about = json!({"workflow_id": workflow_id, "name": "notes", "args": [1]});
            for op in [
                "start",
                "subscribe",
                "signal",
                "query",
                "update",
                "cancel",
                "terminate",
                "describe",
                "result",
            ] {
                let fields = if op == "start" { start } else { &about };
                refused(op, &socket.request(op, fields).await?)?;
            }
        }
    }
    Ok(())
}

pub async fn what_should_be_refused_is_and_leaves_nothing_started(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("refused");
    let mut owner = world.connect(0, &user).await?;
    let mut request = world.start_request(&json!(["go"]));
    request["workflow_id"] = json!("there");
    let started = owner.ask("start", &request).await?;
    let id = id_of(&started)?;
    let mut start = world.start_request(&json!([]));
    start["workflow_id"] = json!("must-not-be-there");
    let never = id.replace("there", "must-not-be-there");
    let right = json!({"types": true, "payloads": true});
    let outside = ["unauthenticated", "token_expired"];
    all_refused(world.node(0), None, &start, id, &outside)
        .await
        .context("no token")?;
    for (what, token) in world.tokens().bad(&user, &right) {
        let refused = all_refused(world.node(1), Some(&token), &start, id, &outside);
        refused.await.context(what)?;
        seed_is_refused(world.node(0), &user, Some(&token))
            .await
            .context(what)?;
    }
    seed_is_refused(world.node(0), &user, None).await?;
    let others = world.user(&fresh_user("other")).context("a token")?;
    seed_is_refused(world.node(0), &user, Some(&others)).await?;
    let narrow = world
        .tokens()
        .sign(&user, &json!({"verbs": ["list"], "types": true}));
    all_refused(world.node(0), Some(&narrow), &start, id, &["forbidden"])
        .await
        .context("narrow")?;
    // The right ones may, and see that nothing has come of all that.
    let missing = json!({"workflow_id": never});
    owner.ask_in_vain("describe", &missing, "not_found").await?;
    let described = owner.ask("describe", &json!({"workflow_id": id})).await?;
    ensure!(described["status"] == "running", "{described}");
    let notes = json!({"workflow_id": id, "name": "notes"});
    ensure!(
        owner.ask("query", &notes).await?["result"] == json!([]),
        "a signal got through"
    );
    Ok(())
}

async fn seed_is_refused(node: &Node, user: &str, token: Option<&str>) -> anyhow::Result<()> {
    match Socket::try_connect(node, &format!("/ws/{user}"), token).await? {
        Err(401 | 403) => Ok(()),
        Err(status) => bail!("/ws/{user}: {status}"),
        Ok(_) => bail!("/ws/{user} is open"),
    }
}

pub async fn somebody_elses_workflow_is_not_there(world: Arc<World>) -> anyhow::Result<()> {
    let (user, other) = (fresh_user("mine"), fresh_user("theirs"));
    let mut socket = world.connect(0, &user).await?;
    let started = socket
        .ask("start", &world.start_request(&json!(["go"])))
        .await?;
    let id = id_of(&started)?;
    let missing = format!("{id}-not");
    let theirs = world.user(&other);
    for (_, method, rest) in REST {
        let method: Method = method.parse()?;
        let body = (method == Method::POST).then(|| json!({"args": [1]}));
        let mut replies = Vec::new();
        for id in [id, &missing] {
            let path = format!("/v1/workflows/{id}{rest}");
            let reply = world
                .node(0)
                .call(method.clone(), &path, theirs.as_deref(), body.as_ref());
            replies.push(reply.await?);
        }
        replies[0].expect_error(404, "not_found")?;
        let same = replies[0].body == replies[1].body && replies[0].status == replies[1].status;
        ensure!(
            same,
            "{rest}: it can be told from one that is not there: {replies:?}"
        );
    }
    let mut listed = world.connect(1, &other).await?;
    let page = listed.ask("list", &json!({})).await?;
    ensure!(page["workflows"] == json!([]), "{page}");
    Ok(())
}

pub async fn a_ticket_opens_what_it_is_for(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("ticket");
    let mut socket = world.connect(0, &user).await?;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let started = socket
            .ask("start", &world.start_request(&json!(["go"])))
            .await?;
        ids.push(id_of(&started)?.to_owned());
    }
    let backend = json!({"any_user": true, "ids": "all", "verbs": "all"});
    let backend = world.tokens().sign("backend", &backend);
    let body = json!({"subject": user, "verbs": ["subscribe"]});
    let reply = world
        .node(0)
        .call(Method::POST, "/v1/tickets", Some(&backend), Some(&body))
        .await?;
    let ticket = reply.expect(201)?["ticket"]
        .as_str()
        .context("no ticket")?
        .to_owned();
    // Another node takes it, in a URL.
    let node = world.node(1);
    let path = format!("/v1/workflows/{}/events?ticket={ticket}", ids[0]);
    let mut stream = match EventStream::open(node, &path, None, None).await? {
        Ok(stream) => stream,
        Err(status) => bail!("the ticket is refused: {status}"),
    };
    let first = stream.next().await?;
    ensure!(first.is_some(), "the stream ended");
    let mut watching =
        match Socket::try_connect(node, &format!("/v1/ws?ticket={ticket}"), None).await? {
            Ok(socket) => socket,
            Err(status) => bail!("the ticket is refused: {status}"),
        };
    watching
        .ask("subscribe", &json!({"workflow_id": ids[1]}))
        .await?;
    let signal = json!({"workflow_id": ids[1], "name": "go"});
    watching.ask_in_vain("signal", &signal, "forbidden").await?;
    // A ticket gets no ticket, and only a ticket may stand in a URL.
    let reply = node
        .call(Method::POST, "/v1/tickets", Some(&ticket), Some(&json!({})))
        .await?;
    ensure!([401, 403].contains(&reply.status), "{reply:?}");
    let token = world.user(&user).context("a token")?;
    let path = format!("/v1/workflows/{}?ticket={token}", ids[0]);
    node.call(Method::GET, &path, None, None)
        .await?
        .expect_error(401, "unauthenticated")
}

pub async fn credentials_are_renewed_in_place_or_end_the_connection(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("renew");
    let permissions = json!({"types": true, "payloads": true});
    let token = |seconds| world.tokens().sign_for(&user, &permissions, seconds);
    let mut socket = Socket::connect(world.node(0), None).await?;
    socket
        .ask_in_vain("list", &json!({}), "unauthenticated")
        .await?;
    socket.ask("auth", &json!({"token": token(3)})).await?;
    let started = socket
        .ask("start", &world.start_request(&json!(["go"])))
        .await?;
    socket
        .ask("subscribe", &json!({"workflow_id": id_of(&started)?}))
        .await?;
    loop {
        match socket.next().await? {
            Frame::Notice(name, notice) if name == "expiring" => {
                ensure!(notice["expires_at"].is_string(), "{notice}");
                break;
            }
            Frame::Closed(code) => bail!("closed with {code} before it was told"),
            _ => {}
        }
    }
    let somebody = world.user(&fresh_user("somebody")).context("a token")?;
    socket
        .ask_in_vain("auth", &json!({"token": somebody}), "forbidden")
        .await?;
    let renewed_at = Instant::now();
    socket.ask("auth", &json!({"token": token(8)})).await?;
    let code = socket.closed().await?;
    ensure!(code == 4003, "closed with {code}");
    let lived = renewed_at.elapsed();
    ensure!(
        lived.as_secs() >= 6 && lived < SOON,
        "it lived for {lived:?} more"
    );
    Ok(())
}

pub async fn payloads_are_hidden_from_who_may_not_see_them(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("hidden");
    let mut owner = world.connect(0, &user).await?;
    let steps = json!([{"notes": 1}, {"work": 7}]);
    let started = owner.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    let note = json!({"workflow_id": id, "name": "note", "args": ["a secret"]});
    owner.ask("signal", &note).await?;
    owner
        .ask("result", &json!({"workflow_id": id, "wait": 20}))
        .await?;
    let blind = world.tokens().sign(&user, &json!({"payloads": false}));
    for (number, wait) in ["&wait=0", ""].into_iter().enumerate() {
        let path = format!("/v1/workflows/{id}/events?{wait}");
        let mut texts = Vec::new();
        if number == 0 {
            let reply = world
                .node(0)
                .call(Method::GET, &path, Some(&blind), None)
                .await?;
            let body = reply.expect(200)?;
            texts.extend(body["events"].as_array().into_iter().flatten().cloned());
        } else {
            let stream = EventStream::open(world.node(1), &path, Some(&blind), None).await?;
            let mut stream = stream.map_err(|status| anyhow::anyhow!("{status}"))?;
            while let Some(block) = stream.next().await? {
                texts.push(block.data);
            }
        }
        hides(&texts)?;
    }
    let mut socket = Socket::connect(world.node(0), Some(&blind)).await?;
    socket.ask("subscribe", &json!({"workflow_id": id})).await?;
    let mut events = Vec::new();
    loop {
        if let Frame::Event(event) = socket.next().await? {
            let end = event["end"] == true;
            events.push(event);
            if end {
                break;
            }
        }
    }
    hides(&events)
}

fn hides(events: &[Value]) -> anyhow::Result<()> {
    let of = |name: &str| events.iter().find(|event| event["type"] == name);
    let signal = of("signal.received").context("no signal")?;
    ensure!(!signal.to_string().contains("a secret"), "{signal}");
    let activity = of("activity.completed").context("no activity")?;
    ensure!(
        activity["data"]["result"] == json!({"hidden": true}),
        "{activity}"
    );
    let end = of("workflow.completed").context("no end")?;
    ensure!(
        end["data"]["result"]["notes"] == json!(["a secret"]),
        "{end}"
    );
    Ok(())
}
