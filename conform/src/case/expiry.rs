//! Credentials that expire while connections and streams are open.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use serde_json::json;
use tokio::time::{Duration, Instant};

use super::verb::{fresh_user, id_of};
use crate::{
    client::{EventStream, Frame, Method, Reading, SOON, Socket, Transport},
    oracle,
    world::World,
};

/// Lifetime of the credentials, in seconds.
const LIFETIME: i64 = 4;
/// How long connections may outlive them: times in tokens are whole seconds, gateways may have a leeway,
/// and the machine may be busy. Much less than the requests wait.
const LIMIT: Duration = Duration::from_secs(15);
/// How long the requests wait, in seconds.
const WAIT: u32 = 29;

pub async fn credentials_are_renewed_or_end_the_connection(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("renew");
    let permissions = json!({"any_workflow_type": true, "payloads": true});
    let token = |seconds| world.tokens().sign_for(&user, &permissions, seconds);
    let mut socket = Socket::connect(world.node(0), None).await?;
    socket
        .request_error("list", &json!({}), "unauthenticated")
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
            Frame::Notice(name, notice) if name == "credentials_expiring" => {
                ensure!(notice["expires_at"].is_string(), "{notice}");
                break;
            }
            Frame::Closed(code) => bail!("closed with {code} before a warning"),
            _ => {}
        }
    }
    let somebody = world.user(&fresh_user("somebody")).context("a token")?;
    socket
        .request_error("auth", &json!({"token": somebody}), "forbidden")
        .await?;
    let renewed_at = Instant::now();
    socket.ask("auth", &json!({"token": token(8)})).await?;
    let code = socket.closed().await?;
    ensure!(code == 4003, "closed with {code}");
    let lived = renewed_at.elapsed();
    ensure!(
        lived.as_secs() >= 6 && lived < SOON,
        "it stayed open for another {lived:?}"
    );
    Ok(())
}

pub async fn connections_and_streams_end_with_their_token(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("ends");
    let mut owner = world.connect(0, &user).await?;
    let started = owner
        .ask("start", &world.start_request(&json!(["go"])))
        .await?;
    let id = id_of(&started)?.to_owned();
    let token = world.user(&user);
    let reading = Reading {
        node: world.node(0),
        token: token.as_deref(),
        workflow_id: &id,
    };
    let first = reading
        .until(Transport::LongPoll, None, |event| {
            event["type"] == "workflow.started"
        })
        .await?;
    let after = oracle::cursor(first.events.last().context("no event")?).to_owned();
    let token = world.tokens().sign_for(
        &user,
        &json!({"any_workflow_type": true, "payloads": true}),
        LIFETIME,
    );
    let began = Instant::now();
    let stream = async { a_stream_ends(&world, &id, &token).await.context("a stream") };
    let result = async {
        let path = format!("/v1/workflows/{id}/result?wait={WAIT}");
        let node = world.node(1);
        let reply = node.call(Method::GET, &path, Some(&token), None).await?;
        reply.expect_error(401, "token_expired").context("a result")
    };
    let poll = async {
        let path = format!("/v1/workflows/{id}/events?wait={WAIT}&after={after}");
        let node = world.node(0);
        let reply = node.call(Method::GET, &path, Some(&token), None).await?;
        let body = reply.expect(200)?;
        ensure!(body["events"] == json!([]), "a long-poll: {body}");
        ensure!(body["cursor"] == json!(after), "a long-poll: {body}");
        Ok(())
    };
    let socket = async {
        let mut socket = Socket::connect(world.node(1), Some(&token)).await?;
        let about = json!({"workflow_id": id});
        socket.ask("subscribe", &about).await?;
        let wait = json!({"id": "last", "op": "result", "workflow_id": id, "wait": WAIT});
        socket.send_text(&wait.to_string()).await?;
        let code = socket.closed().await?;
        ensure!(code == 4003, "a connection: closed with {code}");
        Ok(())
    };
    let seed = async {
        let path = format!("/ws/{user}");
        let socket = Socket::try_connect(world.node(0), &path, Some(&token)).await?;
        let Ok(mut socket) = socket else {
            bail!("{path} is rejected");
        };
        let code = socket.closed().await?;
        ensure!(code == 4003, "{path}: closed with {code}");
        Ok(())
    };
    futures_util::try_join!(stream, result, poll, socket, seed)?;
    let took = began.elapsed();
    ensure!(took < LIMIT, "it took {took:?}");
    // The workflow is unaffected.
    let about = json!({"workflow_id": id});
    let described = owner.ask("describe", &about).await?;
    ensure!(described["status"] == "running", "{described}");
    Ok(())
}

/// An event stream warns that its credentials expire, and states why it ends.
async fn a_stream_ends(world: &World, id: &str, token: &str) -> anyhow::Result<()> {
    let path = format!("/v1/workflows/{id}/events");
    let stream = EventStream::open(world.node(1), &path, Some(token), None).await?;
    let Ok(mut stream) = stream else {
        bail!("it is rejected");
    };
    let mut received = Vec::new();
    while let Some(block) = stream.next().await? {
        if let Some(name) = block.event {
            received.push((name, block.data));
        }
    }
    let names: Vec<&str> = received.iter().map(|(name, _)| &**name).collect();
    ensure!(names.contains(&"credentials_expiring"), "{received:?}");
    let (last, why) = received.last().context("received nothing")?;
    ensure!(
        last == "subscription_failed" && why["code"] == "token_expired",
        "{received:?}"
    );
    Ok(())
}
