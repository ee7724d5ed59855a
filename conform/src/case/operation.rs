//! Every operation.

use std::{collections::HashSet, sync::Arc};

use anyhow::{Result, bail, ensure};
use futures_util::future::{try_join, try_join_all};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use crate::{
    client::socket::Frame,
    user::{User, id_of},
    workflow::CATALOG_NAME,
    world::World,
};

pub async fn a_workflow_is_started_steered_and_watched_over_a_websocket(
    world: Arc<World>,
) -> Result<()> {
    let user = User::new(&world, "watch");
    let steps = json!([{"work": 1}, "go", {"work": 2}]);
    let mut workflow = user.start(&steps).await?;
    workflow.call("subscribe", json!({})).await?;
    workflow.signal("note", json!(["one"])).await?;
    let notes = workflow.call("query", json!({"name": "notes"})).await?;
    ensure!(notes["result"] == json!(["one"]), "{notes}");
    let add = |number: i64| json!({"name": "add", "args": [number]});
    let added = workflow.call("update", add(3)).await?;
    let expected = added["result"] == 3 && added["stage"] == "completed";
    ensure!(expected, "{added}");
    let rejected = workflow.call_error("update", add(-1), "update_failed");
    rejected.await?;
    let unknown = json!({"name": "nonesuch"});
    let rejected = workflow.call_error("query", unknown, "query_failed");
    rejected.await?;
    let described = workflow.describe().await?;
    ensure!(described["status"] == "running", "{described}");
    workflow.signal("go", json!([])).await?;
    let mut types = Vec::new();
    let mut lives = 0;
    let last = loop {
        match workflow.socket.next().await? {
            Frame::Event(event) => {
                types.push(event["type"].as_str().unwrap_or_default().to_owned());
                if event["end"] == true {
                    break event;
                }
            }
            Frame::Notice(name, _) if name == "live" => lives += 1,
            Frame::Notice(name, _) if name == "heartbeat" => {}
            other => bail!("{other:?}"),
        }
    };
    ensure!(lives == 1, "received `live` {lives} times");
    ensure!(last["type"] == "workflow.completed", "{last}");
    ensure!(last["data"]["result"]["notes"] == json!(["one"]), "{last}");
    let activities = types.iter().filter(|name| name.starts_with("activity."));
    ensure!(activities.count() == 4, "{types:?}");
    let go = json!({"name": "go"});
    workflow.call_error("signal", go, "workflow_closed").await
}

pub async fn the_same_operations_work_over_rest(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "rest");
    let start = world.start_request(&json!(["go", {"work": 1}]));
    let started = user.post(0, "/v1/workflows", &start).await?.expect(201)?;
    let path = format!("/v1/workflows/{}", id_of(&started)?);
    let post = async |rest: &str, body: Value| {
        let path = format!("{path}/{rest}");
        user.post(0, &path, &body).await
    };
    let one = json!({"args": ["one"]});
    post("signals/note", one).await?.expect(200)?;
    let notes = post("queries/notes", json!({})).await?.expect(200)?;
    ensure!(notes["result"] == json!(["one"]), "{notes}");
    let added = post("updates/add", json!({"args": [4]})).await?;
    let added = added.expect(200)?;
    ensure!(added["result"] == 4, "{added}");
    let rejected = post("updates/add", json!({"args": [-4]})).await?;
    rejected.expect_error(422, "update_failed")?;
    let unknown = post("queries/nonesuch", json!({})).await?;
    unknown.expect_error(422, "query_failed")?;
    let described = user.get(0, &path).await?.expect(200)?;
    ensure!(described["status"] == "running", "{described}");
    let open = user.get(0, &format!("{path}/result?wait=0")).await?;
    open.expect_error(409, "workflow_not_closed")?;
    post("signals/go", json!({})).await?.expect(200)?;
    let outcome = user.get(0, &format!("{path}/result?wait=20")).await?;
    let outcome = outcome.expect(200)?;
    let expected = outcome["status"] == "completed" && outcome["result"]["sum"] == 4;
    ensure!(expected, "{outcome}");
    let closed = post("signals/go", json!({})).await?;
    closed.expect_error(409, "workflow_closed")
}

pub async fn a_start_with_the_same_request_id_starts_once_on_all_nodes(
    world: Arc<World>,
) -> Result<()> {
    let user = User::new(&world, "once");
    for signal in [Value::Null, json!({"name": "note", "args": ["first"]})] {
        let mut body = world.start_request(&json!(["go"]));
        body["request_id"] = json!(format!("request-{:x}", fastrand::u64(..)));
        body["signal"] = signal.clone();
        let start = async |node: usize| {
            let reply = user.post(node, "/v1/workflows", &body).await?;
            ensure!([200, 201].contains(&reply.status), "{reply:?}");
            ensure!(reply.body["existing"] == (reply.status == 200), "{reply:?}");
            anyhow::Ok(reply)
        };
        let at_once = try_join_all((0..8).map(&start)).await?;
        let created = at_once.iter().filter(|reply| reply.status == 201).count();
        ensure!(created == 1, "{created} starts created a workflow");
        let run_ids = at_once.iter().map(|reply| reply.body["run_id"].to_string());
        let run_ids: HashSet<_> = run_ids.collect();
        ensure!(run_ids.len() == 1, "{run_ids:?}");
        let path = format!("/v1/workflows/{}", id_of(&at_once[0].body)?);
        let post = async |rest: &str| {
            let path = format!("{path}/{rest}");
            user.post(0, &path, &json!({})).await?.expect(200)
        };
        if !signal.is_null() {
            let notes = post("queries/notes").await?;
            let once = notes["result"] == json!(["first"]);
            ensure!(once, "the signal was not delivered once: {notes}");
        }
        post("signals/go").await?;
        let result = user.get(0, &format!("{path}/result?wait=20")).await?;
        result.expect(200)?;
        let later = start(1).await?;
        ensure!(later.status == 200, "after it closed: {later:?}");
        let run_id = later.body["run_id"].to_string();
        ensure!(run_ids.contains(&run_id), "{later:?}");
    }
    Ok(())
}

pub async fn an_update_returns_when_accepted_or_completed(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "update");
    let mut workflow = user.start(&json!([{"notes": 1}])).await?;
    let update = |wait_for: &str| json!({"name": "add_later", "args": [5], "update_id": "five", "wait_for": wait_for});
    let accepted = workflow.call("update", update("accepted")).await?;
    let expected = accepted["stage"] == "accepted" && accepted["update_id"] == "five";
    ensure!(expected, "{accepted}");
    let mut other_node = user.connect(1).await?;
    let again = workflow.with_id(update("completed"));
    // The same update again, on another node: it is not executed again.
    let completed = other_node.call("update", &again);
    let go = async {
        sleep(Duration::from_millis(200)).await;
        workflow.signal("go", json!([])).await
    };
    let (completed, ()) = try_join(completed, go).await?;
    let expected = completed["stage"] == "completed" && completed["result"] == 5;
    ensure!(expected, "{completed}");
    workflow.signal("note", json!(["end"])).await?;
    let outcome = workflow.result().await?;
    ensure!(outcome["result"]["sum"] == 5, "{outcome}");
    Ok(())
}

pub async fn a_workflow_is_canceled_or_terminated(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "close");
    for (op, status) in [("cancel", "canceled"), ("terminate", "terminated")] {
        let mut workflow = user.start(&json!(["go"])).await?;
        let reason = json!({"reason": "the test closes it"});
        workflow.call(op, reason.clone()).await?;
        let outcome = workflow.result().await?;
        ensure!(outcome["status"] == status, "{op}: {outcome}");
        workflow.call_error(op, reason, "workflow_closed").await?;
    }
    Ok(())
}

pub async fn arguments_that_violate_the_schema_reach_no_worker(world: Arc<World>) -> Result<()> {
    if !world.is_spawned() {
        // The catalog may have no schema.
        return Ok(());
    }
    let user = User::new(&world, "schema");
    let mut socket = user.connect(0).await?;
    let start = |steps: Value| json!({"workflow": CATALOG_NAME, "args": [{"steps": steps}]});
    let response = socket.request("start", &start(json!("none"))).await?;
    let error = &response["error"];
    let expected = error["code"] == "schema_mismatch" && error["details"]["pointer"] == "/0/steps";
    ensure!(expected, "{response}");
    let mut workflow = user.start_with(&start(json!(["go"]))).await?;
    let signal = json!({"name": "note", "args": [7]});
    let rejected = workflow.call_error("signal", signal, "schema_mismatch");
    rejected.await?;
    let update = json!({"name": "add", "args": ["much"]});
    let rejected = workflow.call_error("update", update, "schema_mismatch");
    rejected.await?;
    workflow.signal("go", json!([])).await?;
    let outcome = workflow.result().await?;
    let untouched = outcome["result"] == json!({"notes": [], "sum": 0});
    ensure!(untouched, "{outcome}");
    Ok(())
}
