//! Clients that disconnect and reconnect, to the same or another node, on any transport.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution, workflowservice::v1::ResetWorkflowExecutionRequest,
};
use tokio::time::{Duration, sleep};
use tonic::IntoRequest as _;

use super::verb::{fresh_user, id_of};
use crate::{
    client::{Method, Reading, Transport},
    oracle, worker,
    world::World,
};

pub async fn every_cursor_resumes_anywhere_on_any_transport(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("resume");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let steps = json!([{"work": 1}, {"memo": 3}, "continue_as_new", {"work": 1}, {"work": 1}]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    let reading = |node: usize| Reading {
        node: world.node(node),
        token: token.as_deref(),
        workflow_id: id,
    };
    let all = reading(0).to_the_end(Transport::WebSocket, None).await?;
    ensure!(all.len() >= 10, "{} events", all.len());
    let places = (0..all.len()).flat_map(|place| Transport::ALL.map(|how| (place, how)));
    stream::iter(places.map(Ok))
        .try_for_each_concurrent(4, |(place, how)| {
            let (all, reading) = (&all, reading(place));
            async move {
                let after = oracle::cursor(&all[place]);
                let rest = reading.to_the_end(how, Some(after)).await?;
                oracle::compare(&format!("{how:?} from {place}"), &all[place + 1..], &rest)
            }
        })
        .await
}

pub async fn events_missed_while_disconnected_arrive_once_and_in_order(
    world: Arc<World>,
) -> anyhow::Result<()> {
    const CLIENTS: usize = 12;
    let user = fresh_user("away");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let steps = json!([{"notes": 60}, {"work": 1}]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    let reading = |node: usize| Reading {
        node: world.node(node),
        token: token.as_deref(),
        workflow_id: id,
    };
    let notes = async {
        for number in 0..60 {
            let note = json!({"workflow_id": id, "name": "note", "args": [number.to_string()]});
            socket.ask("signal", &note).await?;
            sleep(Duration::from_millis(15)).await;
        }
        anyhow::Ok(())
    };
    // Each reads a few events, disconnects, and reconnects elsewhere.
    let clients = stream::iter(0..CLIENTS).map(|client| async move {
        let mut seen: Vec<Value> = Vec::new();
        for round in 0.. {
            let how = Transport::ALL[(client + round) % Transport::ALL.len()];
            let after = seen.last().map(|event| oracle::cursor(event).to_owned());
            let mut left = 1 + (client * 7 + round * 3) % 9;
            let batch = reading(client + round)
                .until(how, after.as_deref(), |_| {
                    left -= 1;
                    left == 0
                })
                .await?;
            ensure!(batch.gaps == 0, "a gap in round {round}");
            seen.extend(batch.events);
            if batch.ended {
                break;
            }
            ensure!(round < 500, "it does not end");
        }
        Ok(seen)
    });
    let clients = clients.buffer_unordered(CLIENTS).try_collect::<Vec<_>>();
    let (seen, ()) = futures_util::future::try_join(clients, notes).await?;
    let all = reading(0).to_the_end(Transport::LongPoll, None).await?;
    ensure!(all.len() >= 63, "{} events", all.len());
    for (client, seen) in seen.iter().enumerate() {
        oracle::compare(&format!("client {client}"), &all, seen)?;
    }
    Ok(())
}

pub async fn a_history_of_ten_thousand_events_arrives_complete(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("long");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let started = socket
        .ask("start", &world.start_request(&json!([{"memo": 10_000}])))
        .await?;
    let id = id_of(&started)?;
    let reading = |node: usize| Reading {
        node: world.node(node),
        token: token.as_deref(),
        workflow_id: id,
    };
    let all = reading(0).to_the_end(Transport::WebSocket, None).await?;
    let counts = all.iter().filter(|event| event["type"] == "status");
    let counts: Vec<u64> = counts
        .filter_map(|event| event["data"]["count"].as_u64())
        .collect();
    ensure!(
        counts == (1..=10_000).collect::<Vec<_>>(),
        "{} of them",
        counts.len()
    );
    for (number, how) in Transport::ALL.into_iter().enumerate() {
        let again = reading(number).to_the_end(how, None).await?;
        oracle::compare(&format!("{how:?} again"), &all, &again)?;
        let place = all.len() * (number + 1) / 4;
        let after = oracle::cursor(&all[place]);
        let rest = reading(number + 1).to_the_end(how, Some(after)).await?;
        oracle::compare(&format!("{how:?} from {place}"), &all[place + 1..], &rest)?;
    }
    Ok(())
}

pub async fn runs_started_while_disconnected_are_read(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("runs");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let steps = json!([
        {"work": 1}, "go", "continue_as_new", {"work": 1}, "continue_as_new", {"work": 1},
    ]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    let reading = |node: usize| Reading {
        node: world.node(node),
        token: token.as_deref(),
        workflow_id: id,
    };
    let mut seen = reading(0)
        .until(Transport::EventStream, None, |event| {
            event["type"] == "activity.completed"
        })
        .await?
        .events;
    socket
        .ask("signal", &json!({"workflow_id": id, "name": "go"}))
        .await?;
    socket
        .ask("result", &json!({"workflow_id": id, "wait": 30}))
        .await?;
    let after = oracle::cursor(seen.last().context("no events")?).to_owned();
    seen.extend(
        reading(1)
            .to_the_end(Transport::WebSocket, Some(&after))
            .await?,
    );
    let all = reading(0).to_the_end(Transport::LongPoll, None).await?;
    let continued = all
        .iter()
        .filter(|event| event["type"] == "workflow.continued_as_new")
        .count();
    ensure!(continued == 2, "{continued} runs were followed by another");
    oracle::compare("over three runs", &all, &seen)
}

pub async fn a_reset_while_disconnected_is_reported(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("reset");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let started = socket
        .ask("start", &world.start_request(&json!([{"work": 1}, "go"])))
        .await?;
    let id = id_of(&started)?;
    let reading = |node: usize| Reading {
        node: world.node(node),
        token: token.as_deref(),
        workflow_id: id,
    };
    let mut seen = reading(0)
        .until(Transport::WebSocket, None, |event| {
            event["type"] == "activity.completed"
        })
        .await?
        .events;
    let address = world.environment().await.temporal_address().to_owned();
    let client = worker::connect(&address).await?;
    let request = ResetWorkflowExecutionRequest {
        namespace: "default".to_owned(),
        workflow_execution: Some(WorkflowExecution {
            workflow_id: id.to_owned(),
            run_id: String::new(),
        }),
        reason: "the test resets it".to_owned(),
        workflow_task_finish_event_id: 4,
        request_id: format!("{:x}", fastrand::u128(..)),
        ..ResetWorkflowExecutionRequest::default()
    };
    let mut service = client.connection().workflow_service();
    service
        .reset_workflow_execution(request.into_request())
        .await?;
    let go = json!({"workflow_id": id, "name": "go"});
    socket.ask("signal", &go).await?;
    let after = oracle::cursor(seen.last().context("no events")?).to_owned();
    let rest = reading(1)
        .to_the_end(Transport::EventStream, Some(&after))
        .await?;
    let resets = rest
        .iter()
        .filter(|event| event["type"] == "workflow.reset")
        .count();
    ensure!(resets == 1, "{resets} resets were reported: {rest:#?}");
    seen.extend(rest);
    let all = reading(0).to_the_end(Transport::LongPoll, None).await?;
    oracle::compare("over a reset", &all, &seen)
}

pub async fn invalid_and_foreign_cursors_are_rejected(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("cursor");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let started = socket
            .ask("start", &world.start_request(&json!([])))
            .await?;
        ids.push(id_of(&started)?.to_owned());
    }
    let reading = Reading {
        node: world.node(0),
        token: token.as_deref(),
        workflow_id: &ids[0],
    };
    let events = reading.to_the_end(Transport::WebSocket, None).await?;
    let others = oracle::cursor(&events[0]).to_owned();
    let cut = &others[..others.len() - 3];
    for (cursor, code) in [
        ("nonsense", "invalid_cursor"),
        (cut, "invalid_cursor"),
        (&others, "cursor_mismatch"),
    ] {
        let fields = json!({"workflow_id": ids[1], "after": cursor});
        socket.request_error("subscribe", &fields, code).await?;
        for rest in ["", "&wait=0"] {
            let path = format!("/v1/workflows/{}/events?after={cursor}{rest}", ids[1]);
            let reply = world
                .node(1)
                .call(Method::GET, &path, token.as_deref(), None)
                .await?;
            reply.expect_error(400, code)?;
        }
    }
    Ok(())
}
