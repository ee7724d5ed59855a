//! The scope of tickets, and hidden payloads.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{
    client::{socket::Socket, stream::EventStream},
    user::User,
    world::World,
};

pub async fn a_ticket_grants_its_scope(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "ticket");
    let first = user.start(&json!(["go"])).await?;
    let second = user.start(&json!(["go"])).await?;
    let permissions = json!({"any_user": true, "workflow_ids": "all", "verbs": "all"});
    let backend = user.with_token(world.tokens().sign("backend", &permissions));
    let request = json!({"subject": user.name, "verbs": ["subscribe"]});
    let reply = backend
        .post(0, "/v1/tickets", &request)
        .await?
        .expect(201)?;
    let ticket = reply["ticket"].as_str().context("no ticket")?;
    // Another node accepts it, in a URL.
    let node = world.node(1);
    let path = first.path(&format!("/events?ticket={ticket}"));
    let mut stream = EventStream::open(node, &path, None).await?;
    ensure!(stream.next().await?.is_some(), "the stream ended");
    let path = format!("/v1/ws?ticket={ticket}");
    let mut subscriber = match Socket::try_connect(node, &path, None).await? {
        Ok(socket) => socket,
        Err(status) => bail!("the ticket is rejected with {status}"),
    };
    let subscribe = second.with_id(json!({}));
    subscriber.call("subscribe", &subscribe).await?;
    let signal = second.with_id(json!({"name": "go"}));
    let rejected = subscriber.call_error("signal", &signal, "forbidden");
    rejected.await?;
    // A ticket cannot request a ticket, and only tickets are accepted in a URL.
    let holder = user.with_token(ticket.to_owned());
    let reply = holder.post(1, "/v1/tickets", &json!({})).await?;
    ensure!([401, 403].contains(&reply.status), "{reply:?}");
    let token = user.token.as_ref().context("a token")?;
    let path = first.path(&format!("?ticket={token}"));
    let reply = node.get(&path, None).await?;
    reply.expect_error(401, "unauthenticated")
}

pub async fn payloads_are_hidden_without_permission(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "hidden");
    let mut workflow = user.start(&json!([{"notes": 1}, {"work": 7}])).await?;
    workflow.signal("note", json!(["a secret"])).await?;
    workflow.result().await?;
    let token = world.tokens().sign(&user.name, &json!({"payloads": false}));
    let user = user.with_token(token);

    let page = user.get(0, &workflow.path("/events?wait=0")).await?;
    let page = page.expect(200)?;
    check_hidden(page["events"].as_array().context("no events")?)?;

    let path = workflow.path("/events");
    let mut stream = EventStream::open(world.node(1), &path, user.token.as_deref()).await?;
    let mut received = Vec::new();
    while let Some(block) = stream.next().await? {
        received.extend(block.data);
    }
    check_hidden(&received)?;

    let mut socket = user.connect(0).await?;
    let subscribe = workflow.with_id(json!({}));
    socket.call("subscribe", &subscribe).await?;
    let received = socket.events_until(|event| event["end"] == true).await?;
    check_hidden(&received)
}

/// Checks that payloads are hidden, and the workflow's result is not.
fn check_hidden(events: &[Value]) -> Result<()> {
    let find = |name: &str| events.iter().find(|event| event["type"] == name);
    let signal = find("signal.received").context("no signal")?;
    ensure!(!signal.to_string().contains("a secret"), "{signal}");
    let activity = find("activity.completed").context("no activity")?;
    let hidden = activity["data"]["result"] == json!({"hidden": true});
    ensure!(hidden, "{activity}");
    let end = find("workflow.completed").context("no end")?;
    let visible = end["data"]["result"]["notes"] == json!(["a secret"]);
    ensure!(visible, "{end}");
    Ok(())
}
