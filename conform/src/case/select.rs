//! Selecting events of a feed.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{client::socket::Frame, oracle, subscriber::Transport, user::User, world::World};

pub async fn a_filter_that_matches_nothing_still_advances_the_cursor(
    world: Arc<World>,
) -> Result<()> {
    let user = User::new(&world, "filter");
    let steps = json!([{"work": 1}, {"work": 1}, {"work": 1}, "go"]);
    let mut workflow = user.start(&steps).await?;
    // By long-poll: the page has no events, and its cursor is after all of them.
    let path = workflow.path("/events?wait=1&types=timer.fired");
    let mut cursor = String::new();
    for poll in 0.. {
        ensure!(poll < 60, "the cursor never stops moving");
        let page = user.get(0, &format!("{path}&after={cursor}")).await?;
        let page = page.expect(200)?;
        ensure!(page["events"] == json!([]), "{page}");
        let described = workflow.describe().await?;
        let idle = described["pending_activities"] == json!([]);
        if page["live"] == true && idle && page["cursor"] == cursor {
            break;
        }
        page["cursor"]
            .as_str()
            .context("no cursor")?
            .clone_into(&mut cursor);
    }
    workflow.signal("go", json!([])).await?;
    let subscriber = workflow.subscriber();
    let rest = subscriber.to_the_end(1, Transport::EventStream, Some(&cursor));
    let rest = rest.await?;
    let all = subscriber.to_the_end(1, Transport::WebSocket, None).await?;
    ensure!(rest.len() < all.len(), "the cursor did not move");
    let expected = &all[all.len() - rest.len()..];
    oracle::compare("after a filter that matches nothing", expected, &rest)?;
    ensure!(rest[0]["type"] == "signal.received", "{}", rest[0]);
    Ok(())
}

pub async fn only_selected_events_and_the_last_event_arrive(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "types");
    let steps = json!([{"work": 1}, {"memo": 2}, {"work": 1}]);
    let mut workflow = user.start(&steps).await?;
    let types = json!({"types": ["activity.*", "status"]});
    workflow.call("subscribe", types).await?;
    let events = workflow.socket.events_until(|event| event["end"] == true);
    let received = types_of(&events.await?);
    let is_selected = |name: &&String| name.starts_with("activity.") || *name == "status";
    let (selected, others): (Vec<_>, Vec<_>) = received.iter().partition(is_selected);
    let expected = selected.len() == 6 && others == ["workflow.completed"];
    ensure!(expected, "{received:?}");
    let path = workflow.path("/events?wait=0&types=activity.*,status");
    let page = user.get(1, &path).await?.expect(200)?;
    let same = types_of(page["events"].as_array().context("no events")?);
    ensure!(same == received, "{same:?} is not {received:?}");
    let unknown = json!({"types": ["nonesuch"]});
    workflow.socket = user.connect(0).await?;
    let rejected = workflow.call_error("subscribe", unknown, "invalid_field");
    rejected.await
}

fn types_of(events: &[Value]) -> Vec<String> {
    let types = events.iter().filter_map(|event| event["type"].as_str());
    types.map(str::to_owned).collect()
}

pub async fn from_now_skips_earlier_events(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "now");
    let steps = json!([{"work": 1}, "go", {"work": 1}]);
    let mut workflow = user.start(&steps).await?;
    // History grows until the activity has completed.
    let subscriber = workflow.subscriber();
    subscriber
        .until_type(0, Transport::WebSocket, "activity.completed")
        .await?;
    let mut late = user.connect(1).await?;
    let from_now = workflow.with_id(json!({"from": "now"}));
    late.call("subscribe", &from_now).await?;
    match late.next().await? {
        Frame::Notice(name, notice) if name == "live" => {
            ensure!(notice["cursor"].is_string(), "{notice}");
        }
        other => bail!("expected `live` first: {other:?}"),
    }
    workflow.signal("go", json!([])).await?;
    let events = late.events_until(|event| event["end"] == true).await?;
    let expected = [
        "signal.received",
        "activity.scheduled",
        "activity.completed",
        "workflow.completed",
    ];
    ensure!(types_of(&events) == expected, "{events:?}");
    Ok(())
}
