//! Descriptions, lists and results of workflows.

use std::{collections::HashSet, sync::Arc};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use crate::{
    client::{SOON, socket::Frame},
    user::User,
    workflow::WORKFLOW_TYPE,
    world::World,
};

pub async fn attempts_and_heartbeats_can_be_described(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "attempts");
    let mut workflow = user.start(&json!([{"flaky": 4}])).await?;
    let progress = json!({"progress": true});
    workflow.call("subscribe", progress).await?;
    let limit = Instant::now() + SOON;
    loop {
        let described = workflow.describe().await?;
        let activity = &described["pending_activities"][0];
        if activity["attempt"].as_u64() >= Some(2) && !activity["last_failure"].is_null() {
            ensure!(activity["activity_type"] == "flaky", "{activity}");
            break;
        }
        ensure!(Instant::now() < limit, "no second attempt: {described}");
        sleep(Duration::from_millis(100)).await;
    }
    let mut received = 0;
    loop {
        match workflow.socket.next().await? {
            Frame::Notice(name, notice) if name == "progress" => {
                ensure!(notice["activity"]["activity_type"] == "flaky", "{notice}");
                let has_cursor = !notice["cursor"].is_null();
                ensure!(!has_cursor, "progress has a cursor: {notice}");
                received += 1;
            }
            Frame::Event(event) if event["end"] == true => break,
            Frame::Closed(code) => bail!("closed with {code}"),
            _ => {}
        }
    }
    ensure!(received > 0, "no progress was received");
    Ok(())
}

pub async fn workflows_are_listed_page_by_page(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "list");
    let mut socket = user.connect(0).await?;
    let mut started = HashSet::new();
    for number in 0..5 {
        let mut request = world.start_request(&json!(["go"]));
        request["workflow_id"] = json!(format!("{}-{number}", user.name));
        started.insert(user.start_with(&request).await?.id);
    }
    let limit = Instant::now() + SOON;
    loop {
        let (mut listed, mut token) = (HashSet::new(), Value::Null);
        loop {
            let request = json!({
                "page_size": 2, "page_token": token, "status": "running",
                "workflow_type": WORKFLOW_TYPE, "owner": null,
            });
            let page = socket.call("list", &request).await?;
            let workflows = page["workflows"].as_array().context("no workflows")?;
            ensure!(workflows.len() <= 2, "{page}");
            let ids = workflows.iter().map(|w| w["workflow_id"].as_str());
            listed.extend(ids.flatten().map(str::to_owned));
            token = page["next_page_token"].clone();
            if token.is_null() {
                break;
            }
        }
        if started.is_subset(&listed) {
            let only_own = !world.checks_credentials() || started == listed;
            ensure!(only_own, "other users' workflows are listed: {listed:?}");
            break;
        }
        // Visibility lags.
        ensure!(Instant::now() < limit, "{listed:?} of {started:?}");
        sleep(Duration::from_millis(300)).await;
    }
    for invalid in [json!({"page_size": 0}), json!({"page_token": "nonsense"})] {
        let rejected = socket.call_error("list", &invalid, "invalid_field");
        rejected.await?;
    }
    Ok(())
}

pub async fn result_waits_for_the_end(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "result");
    let steps = json!([{"work": 300}, "continue_as_new", {"work": 300}, {"fail": "as expected"}]);
    let mut workflow = user.start(&steps).await?;
    let began = Instant::now();
    let short = json!({"wait": 0.1});
    let open = workflow.call_error("result", short, "workflow_not_closed");
    open.await?;
    ensure!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    let outcome = workflow.result().await?;
    ensure!(outcome["status"] == "failed", "{outcome}");
    let failure = outcome["failure"].to_string();
    ensure!(failure.contains("as expected"), "{outcome}");
    let is_last_run = outcome["run_id"] != workflow.run_id;
    ensure!(
        is_last_run,
        "expected the result of the last run: {outcome}"
    );
    Ok(())
}
