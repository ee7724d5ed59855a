//! Descriptions, lists and results of workflows.

use std::{collections::HashSet, sync::Arc};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use super::verb::{fresh_user, id_of};
use crate::{
    client::{Frame, SOON},
    world::World,
};

pub async fn attempts_and_heartbeats_can_be_described(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("attempts");
    let mut socket = world.connect(0, &user).await?;
    let started = socket
        .ask("start", &world.start_request(&json!([{"flaky": 4}])))
        .await?;
    let about = json!({"workflow_id": id_of(&started)?});
    let mut progress = about.clone();
    progress["progress"] = json!(true);
    socket.ask("subscribe", &progress).await?;
    let limit = Instant::now() + SOON;
    loop {
        let described = socket.ask("describe", &about).await?;
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
        match socket.next().await? {
            Frame::Notice(name, notice) if name == "progress" => {
                ensure!(notice["activity"]["activity_type"] == "flaky", "{notice}");
                ensure!(
                    notice["cursor"].is_null(),
                    "progress has no cursor: {notice}"
                );
                received += 1;
            }
            Frame::Event(event) if event["end"] == true => break,
            Frame::Closed(code) => anyhow::bail!("closed with {code}"),
            _ => {}
        }
    }
    ensure!(received > 0, "no progress was received");
    Ok(())
}

pub async fn workflows_are_listed_page_by_page(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("list");
    let mut socket = world.connect(0, &user).await?;
    let mut started = HashSet::new();
    for number in 0..5 {
        let mut request = world.start_request(&json!(["go"]));
        request["workflow_id"] = json!(format!("{user}-{number}"));
        let answer = socket.ask("start", &request).await?;
        started.insert(id_of(&answer)?.to_owned());
    }
    let limit = Instant::now() + SOON;
    loop {
        let (mut listed, mut token) = (HashSet::new(), Value::Null);
        loop {
            let request = json!({
                "page_size": 2, "page_token": token, "status": "running",
                "workflow_type": crate::world::WORKFLOW_TYPE,
                "owner": if world.checks_credentials() { Value::Null } else { json!(null) },
            });
            let page = socket.ask("list", &request).await?;
            let workflows = page["workflows"].as_array().context("no workflows")?;
            ensure!(workflows.len() <= 2, "{page}");
            listed.extend(
                workflows
                    .iter()
                    .filter_map(|w| w["workflow_id"].as_str().map(str::to_owned)),
            );
            token = page["next_page_token"].clone();
            if token.is_null() {
                break;
            }
        }
        if started.is_subset(&listed) {
            ensure!(
                !world.checks_credentials() || started == listed,
                "others' too: {listed:?}"
            );
            break;
        }
        // Visibility lags.
        ensure!(Instant::now() < limit, "{listed:?} of {started:?}");
        sleep(Duration::from_millis(300)).await;
    }
    socket
        .request_error("list", &json!({"page_size": 0}), "invalid_field")
        .await?;
    socket
        .request_error("list", &json!({"page_token": "nonsense"}), "invalid_field")
        .await
}

pub async fn result_waits_for_the_end(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("result");
    let mut socket = world.connect(1, &user).await?;
    let steps = json!([{"work": 300}, "continue_as_new", {"work": 300}, {"fail": "as it should"}]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    let began = Instant::now();
    socket
        .request_error(
            "result",
            &json!({"workflow_id": id, "wait": 0.1}),
            "workflow_not_closed",
        )
        .await?;
    ensure!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    let outcome = socket
        .ask("result", &json!({"workflow_id": id, "wait": 30}))
        .await?;
    ensure!(outcome["status"] == "failed", "{outcome}");
    ensure!(
        outcome["failure"].to_string().contains("as it should"),
        "{outcome}"
    );
    ensure!(
        outcome["run_id"] != started["run_id"],
        "expected the result of the last run: {outcome}"
    );
    Ok(())
}
