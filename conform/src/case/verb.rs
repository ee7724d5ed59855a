//! Every operation.

use std::{collections::HashSet, sync::Arc};

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use crate::{
    client::{Frame, Method},
    world::World,
};

/// Numbers users, so that cases don't share workflows.
pub fn fresh_user(case: &str) -> String {
    format!("{case}-{:08x}", fastrand::u32(..))
}

/// The workflow id of a start's response.
pub fn id_of(started: &Value) -> anyhow::Result<&str> {
    started["workflow_id"]
        .as_str()
        .with_context(|| format!("no workflow id: {started}"))
}

pub async fn a_workflow_is_started_steered_and_watched_over_a_websocket(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("watch");
    let mut socket = world.connect(0, &user).await?;
    let steps = json!([{"work": 1}, "go", {"work": 2}]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let about = json!({"workflow_id": id_of(&started)?});
    socket.ask("subscribe", &about).await?;
    let with = |fields: Value| {
        let mut all = about.clone();
        for (name, value) in fields.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        all
    };
    socket
        .ask("signal", &with(json!({"name": "note", "args": ["one"]})))
        .await?;
    let notes = socket.ask("query", &with(json!({"name": "notes"}))).await?;
    ensure!(notes["result"] == json!(["one"]), "{notes}");
    let added = socket
        .ask("update", &with(json!({"name": "add", "args": [3]})))
        .await?;
    ensure!(
        added["result"] == 3 && added["stage"] == "completed",
        "{added}"
    );
    socket
        .request_error(
            "update",
            &with(json!({"name": "add", "args": [-1]})),
            "update_failed",
        )
        .await?;
    socket
        .request_error("query", &with(json!({"name": "nonesuch"})), "query_failed")
        .await?;
    let described = socket.ask("describe", &about).await?;
    ensure!(described["status"] == "running", "{described}");
    socket.ask("signal", &with(json!({"name": "go"}))).await?;
    let mut types = Vec::new();
    let mut lives = 0;
    let last = loop {
        match socket.next().await? {
            Frame::Event(event) => {
                types.push(event["type"].as_str().unwrap_or_default().to_owned());
                if event["end"] == true {
                    break event;
                }
            }
            Frame::Notice(name, _) if name == "live" => lives += 1,
            Frame::Notice(name, _) if name == "heartbeat" => {}
            other => anyhow::bail!("{other:?}"),
        }
    };
    ensure!(lives == 1, "received `live` {lives} times");
    ensure!(last["type"] == "workflow.completed", "{last}");
    ensure!(last["data"]["result"]["notes"] == json!(["one"]), "{last}");
    let activities = types
        .iter()
        .filter(|name| name.starts_with("activity."))
        .count();
    ensure!(activities == 4, "{types:?}");
    socket
        .request_error("signal", &with(json!({"name": "go"})), "workflow_closed")
        .await
}

pub async fn the_same_verbs_work_over_rest(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("rest");
    let token = world.user(&user);
    let token = token.as_deref();
    let node = world.node(0);
    let body = world.start_request(&json!(["go", {"work": 1}]));
    let started = node
        .call(Method::POST, "/v1/workflows", token, Some(&body))
        .await?
        .expect(201)?;
    let path = format!("/v1/workflows/{}", id_of(&started)?);
    let post = async |rest: &str, body: Value| {
        node.call(Method::POST, &format!("{path}/{rest}"), token, Some(&body))
            .await
    };
    post("signals/note", json!({"args": ["one"]}))
        .await?
        .expect(200)?;
    let notes = post("queries/notes", json!({})).await?.expect(200)?;
    ensure!(notes["result"] == json!(["one"]), "{notes}");
    let added = post("updates/add", json!({"args": [4]}))
        .await?
        .expect(200)?;
    ensure!(added["result"] == 4, "{added}");
    post("updates/add", json!({"args": [-4]}))
        .await?
        .expect_error(422, "update_failed")?;
    post("queries/nonesuch", json!({}))
        .await?
        .expect_error(422, "query_failed")?;
    let described = node
        .call(Method::GET, &path, token, None)
        .await?
        .expect(200)?;
    ensure!(described["status"] == "running", "{described}");
    let waiting = node
        .call(Method::GET, &format!("{path}/result?wait=0"), token, None)
        .await?;
    waiting.expect_error(409, "workflow_not_closed")?;
    post("signals/go", json!({})).await?.expect(200)?;
    let outcome = node
        .call(Method::GET, &format!("{path}/result?wait=20"), token, None)
        .await?;
    let outcome = outcome.expect(200)?;
    ensure!(
        outcome["status"] == "completed" && outcome["result"]["sum"] == 4,
        "{outcome}"
    );
    post("signals/go", json!({}))
        .await?
        .expect_error(409, "workflow_closed")
}

pub async fn a_start_with_the_same_request_id_starts_once_on_all_nodes(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("once");
    let token = world.user(&user);
    for signal in [Value::Null, json!({"name": "note", "args": ["first"]})] {
        let mut body = world.start_request(&json!(["go"]));
        body["request_id"] = json!(format!("request-{:x}", fastrand::u64(..)));
        body["signal"] = signal.clone();
        let start = async |node: usize| {
            let node = world.node(node);
            let path = "/v1/workflows";
            let reply = node
                .call(Method::POST, path, token.as_deref(), Some(&body))
                .await?;
            ensure!([200, 201].contains(&reply.status), "{reply:?}");
            ensure!(reply.body["existing"] == (reply.status == 200), "{reply:?}");
            anyhow::Ok(reply)
        };
        let at_once = try_join_all((0..8).map(&start)).await?;
        let created = at_once.iter().filter(|reply| reply.status == 201).count();
        ensure!(created == 1, "{created} starts created a workflow");
        let runs: HashSet<_> = at_once
            .iter()
            .map(|reply| reply.body["run_id"].to_string())
            .collect();
        ensure!(runs.len() == 1, "{runs:?}");
        let path = format!("/v1/workflows/{}", id_of(&at_once[0].body)?);
        let post = async |rest: &str| {
            let path = format!("{path}/{rest}");
            world
                .node(0)
                .call(Method::POST, &path, token.as_deref(), None)
                .await
        };
        if !signal.is_null() {
            let notes = post("queries/notes").await?.expect(200)?;
            ensure!(
                notes["result"] == json!(["first"]),
                "the signal was delivered more than once: {notes}"
            );
        }
        post("signals/go").await?.expect(200)?;
        let result = format!("{path}/result?wait=20");
        world
            .node(0)
            .call(Method::GET, &result, token.as_deref(), None)
            .await?
            .expect(200)?;
        let later = start(1).await?;
        ensure!(later.status == 200, "after it closed: {later:?}");
        ensure!(
            runs.contains(&later.body["run_id"].to_string()),
            "{later:?}"
        );
    }
    Ok(())
}

pub async fn an_update_returns_when_accepted_or_completed(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("update");
    let mut socket = world.connect(0, &user).await?;
    let started = socket
        .ask("start", &world.start_request(&json!([{"notes": 1}])))
        .await?;
    let id = id_of(&started)?.to_owned();
    let update = |wait_for: &str| {
        json!({
            "workflow_id": id, "name": "add_later", "args": [5], "update_id": "five",
            "wait_for": wait_for,
        })
    };
    let accepted = socket.ask("update", &update("accepted")).await?;
    ensure!(
        accepted["stage"] == "accepted" && accepted["update_id"] == "five",
        "{accepted}"
    );
    let mut second = world.connect(1, &user).await?;
    let completing = async {
        // The same update again, on another node: it is not executed again.
        second.ask("update", &update("completed")).await
    };
    let going = async {
        sleep(Duration::from_millis(200)).await;
        socket
            .ask("signal", &json!({"workflow_id": id, "name": "go"}))
            .await
    };
    let (completed, _) = futures_util::future::try_join(completing, going).await?;
    ensure!(
        completed["stage"] == "completed" && completed["result"] == 5,
        "{completed}"
    );
    socket
        .ask(
            "signal",
            &json!({"workflow_id": id, "name": "note", "args": ["end"]}),
        )
        .await?;
    let outcome = socket
        .ask("result", &json!({"workflow_id": id, "wait": 20}))
        .await?;
    ensure!(outcome["result"]["sum"] == 5, "{outcome}");
    Ok(())
}

pub async fn a_workflow_is_canceled_or_terminated(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("end");
    let mut socket = world.connect(0, &user).await?;
    for (op, status) in [("cancel", "canceled"), ("terminate", "terminated")] {
        let started = socket
            .ask("start", &world.start_request(&json!(["go"])))
            .await?;
        let id = id_of(&started)?;
        let about = json!({"workflow_id": id, "reason": "the test resets it"});
        socket.ask(op, &about).await?;
        let outcome = socket
            .ask("result", &json!({"workflow_id": id, "wait": 20}))
            .await?;
        ensure!(outcome["status"] == status, "{op}: {outcome}");
        socket.request_error(op, &about, "workflow_closed").await?;
    }
    Ok(())
}

pub async fn arguments_that_violate_the_schema_reach_no_worker(
    world: Arc<World>,
) -> anyhow::Result<()> {
    if !world.is_spawned() {
        // The catalog may have no schema.
        return Ok(());
    }
    let user = fresh_user("schema");
    let mut socket = world.connect(0, &user).await?;
    let name = crate::world::CATALOG_NAME;
    let wrong = json!({"workflow": name, "args": [{"steps": "none"}]});
    let answer = socket.request("start", &wrong).await?;
    ensure!(answer["error"]["code"] == "schema_mismatch", "{answer}");
    ensure!(
        answer["error"]["details"]["pointer"] == "/0/steps",
        "{answer}"
    );
    let right = json!({"workflow": name, "args": [{"steps": ["go"]}]});
    let started = socket.ask("start", &right).await?;
    let id = id_of(&started)?;
    let signal = json!({"workflow_id": id, "name": "note", "args": [7]});
    socket
        .request_error("signal", &signal, "schema_mismatch")
        .await?;
    let update = json!({"workflow_id": id, "name": "add", "args": ["much"]});
    socket
        .request_error("update", &update, "schema_mismatch")
        .await?;
    socket
        .ask("signal", &json!({"workflow_id": id, "name": "go"}))
        .await?;
    let outcome = socket
        .ask("result", &json!({"workflow_id": id, "wait": 20}))
        .await?;
    ensure!(
        outcome["result"] == json!({"notes": [], "sum": 0}),
        "{outcome}"
    );
    Ok(())
}
