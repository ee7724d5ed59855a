//! Selecting events of a feed.

use std::sync::Arc;

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use super::verb::{fresh_user, id_of};
use crate::{
    client::{Frame, Method, Reading, Transport},
    oracle,
    world::World,
};

pub async fn a_filter_that_matches_nothing_still_advances_the_cursor(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("filter");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let steps = json!([{"work": 1}, {"work": 1}, {"work": 1}, "go"]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    // By long-poll: the page has no events, and its cursor is after all of them.
    let path = format!("/v1/workflows/{id}/events?wait=1&types=timer.fired");
    let mut place = String::new();
    let mut hidden = 0;
    loop {
        let path = format!("{path}&after={place}");
        let answer = world
            .node(0)
            .call(Method::GET, &path, token.as_deref(), None)
            .await?;
        let answer = answer.expect(200)?;
        ensure!(answer["events"] == json!([]), "{answer}");
        let next = answer["cursor"].as_str().unwrap_or_default().to_owned();
        let described = socket.ask("describe", &json!({"workflow_id": id})).await?;
        let idle = described["pending_activities"] == json!([]);
        if answer["live"] == true && idle && next == place {
            break;
        }
        place = next;
        hidden += 1;
        ensure!(hidden < 60, "the cursor never stops moving");
    }
    socket
        .ask("signal", &json!({"workflow_id": id, "name": "go"}))
        .await?;
    let reading = Reading {
        node: world.node(1),
        token: token.as_deref(),
        workflow_id: id,
    };
    let rest = reading
        .to_the_end(Transport::EventStream, Some(&place))
        .await?;
    let all = reading.to_the_end(Transport::WebSocket, None).await?;
    ensure!(rest.len() < all.len(), "the cursor did not move");
    oracle::compare(
        "after a filter that matches nothing",
        &all[all.len() - rest.len()..],
        &rest,
    )?;
    ensure!(rest[0]["type"] == "signal.received", "{}", rest[0]);
    Ok(())
}

pub async fn only_selected_events_and_the_last_event_arrive(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("types");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let steps = json!([{"work": 1}, {"memo": 2}, {"work": 1}]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    let types = json!(["activity.*", "status"]);
    socket
        .ask("subscribe", &json!({"workflow_id": id, "types": types}))
        .await?;
    let mut seen = Vec::new();
    loop {
        match socket.next().await? {
            Frame::Event(event) => {
                seen.push(event["type"].as_str().unwrap_or_default().to_owned());
                if event["end"] == true {
                    break;
                }
            }
            Frame::Notice(..) => {}
            other => bail!("{other:?}"),
        }
    }
    let wanted = |name: &String| name.starts_with("activity.") || name == "status";
    let (asked, others): (Vec<_>, Vec<_>) = seen.iter().partition(|name| wanted(name));
    ensure!(
        asked.len() == 6 && others == ["workflow.completed"],
        "{seen:?}"
    );
    let path = format!("/v1/workflows/{id}/events?wait=0&types=activity.*,status");
    let answer = world
        .node(1)
        .call(Method::GET, &path, token.as_deref(), None)
        .await?
        .expect(200)?;
    let same: Vec<&str> = events(&answer)
        .iter()
        .filter_map(|e| e["type"].as_str())
        .collect();
    ensure!(same == seen, "{same:?} is not {seen:?}");
    let unknown = json!({"workflow_id": id, "types": ["nonesuch"]});
    let mut other = world.connect(0, &user).await?;
    other
        .request_error("subscribe", &unknown, "invalid_field")
        .await
}

fn events(answer: &Value) -> &[Value] {
    answer["events"].as_array().map_or(&[], Vec::as_slice)
}

pub async fn from_now_skips_earlier_events(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("now");
    let mut starter = world.connect(0, &user).await?;
    let steps = json!([{"work": 1}, "go", {"work": 1}]);
    let started = starter.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    // History grows until the activity has completed.
    let about = json!({"workflow_id": id});
    starter.ask("subscribe", &about).await?;
    loop {
        if let Frame::Event(event) = starter.next().await?
            && event["type"] == "activity.completed"
        {
            break;
        }
    }
    let mut late = world.connect(1, &user).await?;
    late.ask("subscribe", &json!({"workflow_id": id, "from": "now"}))
        .await?;
    match late.next().await? {
        Frame::Notice(name, notice) if name == "live" => {
            ensure!(notice["cursor"].is_string(), "{notice}");
        }
        other => bail!("live must come first: {other:?}"),
    }
    starter
        .ask("signal", &json!({"workflow_id": id, "name": "go"}))
        .await?;
    let mut types = Vec::new();
    loop {
        if let Frame::Event(event) = late.next().await? {
            types.push(event["type"].as_str().unwrap_or_default().to_owned());
            if event["end"] == true {
                break;
            }
        }
    }
    ensure!(
        types
            == [
                "signal.received",
                "activity.scheduled",
                "activity.completed",
                "workflow.completed"
            ],
        "{types:?}"
    );
    Ok(())
}
