//! Every operation over every transport, with every kind of credentials.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use super::operation_requests::{OperationRequests, REST, check_error, ops, permissions};
use crate::{
    client::{Node, SOON, socket::Socket},
    user::User,
    world::World,
};

pub async fn rejected_requests_start_nothing(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "rejected");
    let mut request = world.start_request(&json!(["go"]));
    request["workflow_id"] = json!("existing");
    let mut workflow = user.start_with(&request).await?;
    let mut start = world.start_request(&json!([]));
    start["workflow_id"] = json!("must-not-exist");
    let id = workflow.id.clone();
    let requests = |node: usize| OperationRequests {
        node: world.node(node),
        workflow_id: &id,
        start: &start,
    };
    let rejected = requests(0).check_all_unauthenticated(None).await;
    rejected.context("no token")?;
    let valid = json!({"any_workflow_type": true, "payloads": true});
    let invalid = world.tokens().invalid(&user.name, &valid);
    for (number, (what, token)) in invalid.iter().enumerate() {
        let rejected = requests(number)
            .check_all_unauthenticated(Some(token))
            .await;
        rejected.context(*what)?;
        let node = world.node(number + 1);
        let rejected = check_seed_rejected(node, &user.name, Some(token)).await;
        rejected.context(*what)?;
    }
    let other_token = User::new(&world, "other").token;
    for token in [None, other_token.as_deref()] {
        check_seed_rejected(world.node(0), &user.name, token).await?;
    }
    for (number, permission) in permissions().into_iter().enumerate() {
        let mut verbs = permissions();
        verbs.remove(permission);
        let narrow = json!({"verbs": verbs, "any_workflow_type": true});
        let token = world.tokens().sign(&user.name, &narrow);
        let rejected = requests(number).check_forbidden(permission, &token).await;
        rejected.with_context(|| format!("all but {permission}"))?;
    }
    // Requests with valid credentials succeed, and show that the rejected ones had no effect.
    let rejected = json!({"workflow_id": id.replace("existing", "must-not-exist")});
    let missing = workflow
        .socket
        .call_error("describe", &rejected, "not_found");
    missing.await?;
    let described = workflow.describe().await?;
    ensure!(described["status"] == "running", "{described}");
    let notes = workflow.call("query", json!({"name": "notes"})).await?;
    let none = notes["result"] == json!([]);
    ensure!(none, "a rejected signal was delivered: {notes}");
    let add = json!({"name": "add", "args": [1]});
    let sum = workflow.call("update", add).await?;
    ensure!(sum["result"] == 1, "a rejected update was executed: {sum}");
    check_only_workflow(&mut workflow.socket, &id).await
}

/// Waits until visibility lists a user's workflow, and checks that it lists no other.
async fn check_only_workflow(owner: &mut Socket, id: &str) -> Result<()> {
    let limit = Instant::now() + SOON;
    loop {
        let page = owner.call("list", &json!({})).await?;
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

async fn check_seed_rejected(node: &Node, user: &str, token: Option<&str>) -> Result<()> {
    match Socket::try_connect(node, &format!("/ws/{user}"), token).await? {
        Err(401 | 403) => Ok(()),
        Err(status) => bail!("/ws/{user}: rejected with {status}"),
        Ok(_) => bail!("/ws/{user}: accepted"),
    }
}

pub async fn each_operation_is_permitted_by_itself(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "only");
    let start = world.start_request(&json!([]));
    for (number, permission) in permissions().into_iter().enumerate() {
        let workflow = user.start(&json!(["go"])).await?;
        let requests = OperationRequests {
            node: world.node(number),
            workflow_id: &workflow.id,
            start: &start,
        };
        let only = json!({"verbs": [permission], "any_workflow_type": true});
        let token = world.tokens().sign(&user.name, &only);
        requests.check_permitted(permission, &token).await?;
    }
    Ok(())
}

pub async fn another_users_workflow_looks_missing(world: Arc<World>) -> Result<()> {
    let (owner, other) = (User::new(&world, "owner"), User::new(&world, "other"));
    let mut workflow = owner.start(&json!(["go"])).await?;
    let id = workflow.id.clone();
    let missing = format!("{id}-missing");
    let requests = |workflow_id, node| OperationRequests {
        node: world.node(node),
        workflow_id,
        start: &Value::Null,
    };
    let token = other.token.as_deref();
    let about_workflow = REST.iter().filter(|(.., path)| path.contains("{id}"));
    for (number, (permission, method, path)) in about_workflow.enumerate() {
        let existing = requests(&id, number);
        let existing = existing.rest(permission, method, path, token).await?;
        existing.expect_error(404, "not_found")?;
        let missing = requests(&missing, number);
        let missing = missing.rest(permission, method, path, token).await?;
        let same = existing.body == missing.body && existing.status == missing.status;
        ensure!(same, "{path}: {existing:?} differs from {missing:?}");
    }
    for node in 0..2 {
        let mut socket = other.connect(node).await?;
        let about_workflow = ops().filter(|op| !["start", "list"].contains(op));
        for op in about_workflow {
            let mut existing = requests(&id, node).op(&mut socket, op).await?;
            let code = match op {
                "unsubscribe" => "not_subscribed",
                _ => "not_found",
            };
            check_error(op, &existing, &[code])?;
            let missing = requests(&missing, node).op(&mut socket, op).await?;
            existing["id"] = missing["id"].clone();
            let same = existing == missing;
            ensure!(same, "{op}: {existing} differs from {missing}");
        }
        let page = socket.call("list", &json!({})).await?;
        ensure!(page["workflows"] == json!([]), "{page}");
    }
    let notes = workflow.call("query", json!({"name": "notes"})).await?;
    let none = notes["result"] == json!([]);
    ensure!(none, "a rejected signal was delivered: {notes}");
    let described = workflow.describe().await?;
    ensure!(described["status"] == "running", "{described}");
    Ok(())
}
