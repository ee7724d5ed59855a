//! The scope of tickets, and hidden payloads.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::verb::{fresh_user, id_of};
use crate::{
    client::{EventStream, Frame, Method, Socket},
    world::World,
};

pub async fn a_ticket_grants_its_scope(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("ticket");
    let mut socket = world.connect(0, &user).await?;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let started = socket
            .ask("start", &world.start_request(&json!(["go"])))
            .await?;
        ids.push(id_of(&started)?.to_owned());
    }
    let backend = json!({"any_user": true, "workflow_ids": "all", "verbs": "all"});
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
    // Another node accepts it, in a URL.
    let node = world.node(1);
    let path = format!("/v1/workflows/{}/events?ticket={ticket}", ids[0]);
    let mut stream = match EventStream::open(node, &path, None, None).await? {
        Ok(stream) => stream,
        Err(status) => bail!("the ticket is rejected: {status}"),
    };
    let first = stream.next().await?;
    ensure!(first.is_some(), "the stream ended");
    let mut watching =
        match Socket::try_connect(node, &format!("/v1/ws?ticket={ticket}"), None).await? {
            Ok(socket) => socket,
            Err(status) => bail!("the ticket is rejected: {status}"),
        };
    watching
        .ask("subscribe", &json!({"workflow_id": ids[1]}))
        .await?;
    let signal = json!({"workflow_id": ids[1], "name": "go"});
    watching
        .request_error("signal", &signal, "forbidden")
        .await?;
    // A ticket gets no ticket, and a URL may contain only a ticket.
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

pub async fn payloads_are_hidden_without_permission(world: Arc<World>) -> anyhow::Result<()> {
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
