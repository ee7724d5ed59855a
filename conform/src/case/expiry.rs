//! Credentials that expire while connections and streams are open.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use tokio::time::{Duration, Instant};

use crate::{
    client::{SOON, socket::Socket, stream::EventStream},
    oracle,
    subscriber::Transport,
    user::User,
    world::World,
};

/// Lifetime of the credentials, in seconds.
const LIFETIME: i64 = 4;
/// How long connections can outlive them: times in tokens are whole seconds, gateways may have a leeway,
/// and the machine may be busy. Much less than the requests wait.
const LIMIT: Duration = Duration::from_secs(15);
/// How long the requests wait, in seconds.
const WAIT: u32 = 29;

/// Returns a token of the user that expires in this number of seconds.
fn short_token(world: &World, user: &User, seconds: i64) -> String {
    let permissions = json!({"any_workflow_type": true, "payloads": true});
    world.tokens().sign_for(&user.name, &permissions, seconds)
}

pub async fn credentials_are_renewed_or_end_the_connection(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "renew");
    let auth = |seconds| json!({"token": short_token(&world, &user, seconds)});
    let mut socket = Socket::connect(world.node(0), None).await?;
    let list = json!({});
    let rejected = socket.call_error("list", &list, "unauthenticated");
    rejected.await?;
    socket.call("auth", &auth(3)).await?;
    let workflow = user.start(&json!(["go"])).await?;
    let subscribe = workflow.with_id(json!({}));
    socket.call("subscribe", &subscribe).await?;
    let notice = socket.notice("credentials_expiring").await?;
    ensure!(notice["expires_at"].is_string(), "{notice}");
    let other_user = User::new(&world, "other").token;
    let rejected = json!({"token": other_user});
    let rejected = socket.call_error("auth", &rejected, "forbidden");
    rejected.await?;
    let renewed_at = Instant::now();
    socket.call("auth", &auth(8)).await?;
    socket.expect_close(4003).await?;
    let lasted = renewed_at.elapsed();
    let expected = lasted.as_secs() >= 6 && lasted < SOON;
    ensure!(expected, "it stayed open for another {lasted:?}");
    Ok(())
}

pub async fn connections_and_streams_end_with_their_token(world: Arc<World>) -> Result<()> {
    let owner = User::new(&world, "ends");
    let mut workflow = owner.start(&json!(["go"])).await?;
    let subscriber = workflow.subscriber();
    let first = subscriber.until_type(0, Transport::LongPoll, "workflow.started");
    let first = first.await?;
    let after = oracle::cursor(first.last().context("no event")?);
    let user = owner.with_token(short_token(&world, &owner, LIFETIME));
    let began = Instant::now();
    let stream = check_stream(&world, &user, workflow.path("/events"));
    let result = async {
        let path = workflow.path(&format!("/result?wait={WAIT}"));
        let reply = user.get(1, &path).await?;
        reply.expect_error(401, "token_expired").context("a result")
    };
    let long_poll = async {
        let path = workflow.path(&format!("/events?wait={WAIT}&after={after}"));
        let page = user.get(0, &path).await?.expect(200)?;
        let expected = page["events"] == json!([]) && page["cursor"] == json!(after);
        ensure!(expected, "a long-poll: {page}");
        Ok(())
    };
    let socket = async {
        let mut socket = user.connect(1).await?;
        let subscribe = workflow.with_id(json!({}));
        socket.call("subscribe", &subscribe).await?;
        let result = workflow.with_id(json!({"id": "last", "op": "result", "wait": WAIT}));
        socket.send_text(&result.to_string()).await?;
        socket.expect_close(4003).await.context("a connection")
    };
    let seed = async {
        let path = format!("/ws/{}", user.name);
        let socket = Socket::try_connect(world.node(0), &path, user.token.as_deref()).await?;
        match socket {
            Ok(mut socket) => socket.expect_close(4003).await.context(path),
            Err(status) => bail!("{path}: rejected with {status}"),
        }
    };
    futures_util::try_join!(stream, result, long_poll, socket, seed)?;
    let duration = began.elapsed();
    ensure!(duration < LIMIT, "it took {duration:?}");
    // The workflow is unaffected.
    let described = workflow.describe().await?;
    ensure!(described["status"] == "running", "{described}");
    Ok(())
}

/// Checks that an event stream warns before its credentials expire, and reports why it ends.
async fn check_stream(world: &World, user: &User, path: String) -> Result<()> {
    let mut stream = EventStream::open(world.node(1), &path, user.token.as_deref()).await?;
    let mut received = Vec::new();
    while let Some(block) = stream.next().await? {
        received.extend(block.event.zip(block.data));
    }
    let mut names = received.iter().map(|(name, _)| name);
    let warned = names.any(|name| name == "credentials_expiring");
    let (last, error) = received.last().context("received nothing")?;
    let expected = warned && last == "subscription_failed" && error["code"] == "token_expired";
    ensure!(expected, "a stream: {received:?}");
    Ok(())
}
