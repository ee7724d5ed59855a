//! Every operation on every transport, with every kind of credentials.

mod asking;

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use self::asking::{Asking, OPS, REST, expect, verbs};
use super::verb::{fresh_user, id_of};
use crate::{
    client::{Node, SOON, Socket},
    world::World,
};

pub async fn rejected_requests_start_nothing(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("rejected");
    let mut owner = world.connect(0, &user).await?;
    let mut request = world.start_request(&json!(["go"]));
    request["workflow_id"] = json!("there");
    let started = owner.ask("start", &request).await?;
    let id = id_of(&started)?;
    let mut start = world.start_request(&json!([]));
    start["workflow_id"] = json!("must-not-be-there");
    let asking = |number: usize| Asking {
        node: world.node(number),
        workflow_id: id,
        start: &start,
    };
    let right = json!({"any_workflow_type": true, "payloads": true});
    asking(0).all_rejected(None).await.context("no token")?;
    for (number, (what, token)) in world.tokens().bad(&user, &right).iter().enumerate() {
        let rejected = asking(number).all_rejected(Some(token)).await;
        rejected.with_context(|| (*what).to_owned())?;
        let rejected = seed_is_rejected(world.node(number + 1), &user, Some(token));
        rejected.await.with_context(|| (*what).to_owned())?;
    }
    seed_is_rejected(world.node(0), &user, None).await?;
    let others = world.user(&fresh_user("other")).context("a token")?;
    seed_is_rejected(world.node(0), &user, Some(&others)).await?;
    for (number, verb) in verbs().into_iter().enumerate() {
        let mut but_one = verbs();
        but_one.remove(verb);
        let narrow = json!({"verbs": but_one, "any_workflow_type": true});
        let narrow = world.tokens().sign(&user, &narrow);
        let rejected = asking(number).is_forbidden(verb, &narrow).await;
        rejected.with_context(|| format!("all but {verb}"))?;
    }
    // The right ones are permitted, and show that the rejected requests had no effect.
    let never = id.replace("there", "must-not-be-there");
    let missing = json!({"workflow_id": never});
    owner
        .request_error("describe", &missing, "not_found")
        .await?;
    let described = owner.ask("describe", &json!({"workflow_id": id})).await?;
    ensure!(described["status"] == "running", "{described}");
    let notes = json!({"workflow_id": id, "name": "notes"});
    ensure!(
        owner.ask("query", &notes).await?["result"] == json!([]),
        "a rejected signal was delivered"
    );
    let add = json!({"workflow_id": id, "name": "add", "args": [1]});
    let sum = &owner.ask("update", &add).await?["result"];
    ensure!(*sum == 1, "a rejected update was executed: {sum}");
    nothing_else_was_started(&mut owner, id).await
}

/// Waits until visibility lists a user's workflow, and checks that it lists no other.
async fn nothing_else_was_started(owner: &mut Socket, id: &str) -> anyhow::Result<()> {
    let limit = Instant::now() + SOON;
    loop {
        let page = owner.ask("list", &json!({})).await?;
        let workflows = page["workflows"].as_array().context("no workflows")?;
        let others = workflows.iter().any(|other| other["workflow_id"] != id);
        ensure!(!others, "something was started: {page}");
        if !workflows.is_empty() {
            return Ok(());
        }
        ensure!(Instant::now() < limit, "it is not listed");
        sleep(Duration::from_millis(300)).await;
    }
}

async fn seed_is_rejected(node: &Node, user: &str, token: Option<&str>) -> anyhow::Result<()> {
    match Socket::try_connect(node, &format!("/ws/{user}"), token).await? {
        Err(401 | 403) => Ok(()),
        Err(status) => bail!("/ws/{user}: {status}"),
        Ok(_) => bail!("/ws/{user} is open"),
    }
}

pub async fn each_verb_is_permitted_by_itself(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("only");
    let mut owner = world.connect(0, &user).await?;
    let start = world.start_request(&json!([]));
    for (number, verb) in verbs().into_iter().enumerate() {
        let started = owner
            .ask("start", &world.start_request(&json!(["go"])))
            .await?;
        let asking = Asking {
            node: world.node(number),
            workflow_id: id_of(&started)?,
            start: &start,
        };
        let only = json!({"verbs": [verb], "any_workflow_type": true});
        let only = world.tokens().sign(&user, &only);
        asking.is_allowed(verb, &only).await?;
    }
    Ok(())
}

pub async fn another_users_workflow_looks_missing(world: Arc<World>) -> anyhow::Result<()> {
    let (user, other) = (fresh_user("mine"), fresh_user("theirs"));
    let mut owner = world.connect(0, &user).await?;
    let started = owner
        .ask("start", &world.start_request(&json!(["go"])))
        .await?;
    let id = id_of(&started)?;
    let missing = format!("{id}-not");
    let theirs = world.user(&other);
    let asking = |workflow_id, node| Asking {
        node: world.node(node),
        workflow_id,
        start: &Value::Null,
    };
    for (number, (verb, method, path)) in REST.into_iter().enumerate() {
        if !path.contains("{id}") {
            continue;
        }
        let mut replies = Vec::new();
        for id in [id, &missing] {
            let asking = asking(id, number);
            let reply = asking.rest(verb, method, path, theirs.as_deref()).await?;
            replies.push(reply);
        }
        replies[0].expect_error(404, "not_found")?;
        let same = replies[0].body == replies[1].body && replies[0].status == replies[1].status;
        ensure!(same, "{path}: it differs from a missing one: {replies:?}");
    }
    for node in 0..2 {
        let mut socket = world.connect(node, &other).await?;
        for (verb, op) in OPS {
            if ["start", "list"].contains(&verb) {
                continue;
            }
            let mut answers = Vec::new();
            for id in [id, &missing] {
                let mut answer = asking(id, node).op(&mut socket, op).await?;
                answer["id"] = Value::Null;
                answers.push(answer);
            }
            let code = match op {
                "unsubscribe" => "not_subscribed",
                _ => "not_found",
            };
            expect(op, &answers[0], &[code])?;
            ensure!(
                answers[0] == answers[1],
                "{op}: it differs from a missing one: {answers:?}"
            );
        }
        let page = socket.ask("list", &json!({})).await?;
        ensure!(page["workflows"] == json!([]), "{page}");
    }
    let notes = json!({"workflow_id": id, "name": "notes"});
    let notes = owner.ask("query", &notes).await?;
    ensure!(
        notes["result"] == json!([]),
        "a rejected signal was delivered"
    );
    let described = owner.ask("describe", &json!({"workflow_id": id})).await?;
    ensure!(described["status"] == "running", "{described}");
    Ok(())
}
