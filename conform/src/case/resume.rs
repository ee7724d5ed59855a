//! Clients that disconnect and reconnect, to the same or another node, on any transport.

use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join, stream};
use serde_json::{Value, json};
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution, workflowservice::v1::ResetWorkflowExecutionRequest,
};
use tokio::time::{Duration, sleep};
use tonic::IntoRequest as _;

use crate::{oracle, subscriber::Transport, user::User, worker, world::World};

pub async fn every_cursor_resumes_anywhere_on_any_transport(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "resume");
    let steps = json!([{"work": 1}, {"memo": 3}, "continue_as_new", {"work": 1}, {"work": 1}]);
    let subscriber = &user.start(&steps).await?.subscriber();
    let all = &subscriber.to_the_end(0, Transport::WebSocket, None).await?;
    ensure!(all.len() >= 10, "{} events", all.len());
    let cases = (0..all.len()).flat_map(|index| Transport::ALL.map(|transport| (index, transport)));
    stream::iter(cases.map(Ok))
        .try_for_each_concurrent(4, |(index, transport)| async move {
            let after = oracle::cursor(&all[index]);
            let rest = subscriber.to_the_end(index, transport, Some(after)).await?;
            let what = format!("{transport:?} from {index}");
            oracle::compare(&what, &all[index + 1..], &rest)
        })
        .await
}

pub async fn events_missed_while_disconnected_arrive_once_and_in_order(
    world: Arc<World>,
) -> Result<()> {
    const CLIENTS: usize = 12;
    let user = User::new(&world, "missed");
    let mut workflow = user.start(&json!([{"notes": 60}, {"work": 1}])).await?;
    let subscriber = &workflow.subscriber();
    let notes = async {
        for number in 0..60 {
            workflow.signal("note", json!([number.to_string()])).await?;
            sleep(Duration::from_millis(15)).await;
        }
        Ok(())
    };
    // Each reads a few events, disconnects, and reconnects elsewhere.
    let clients = stream::iter(0..CLIENTS).map(|client| async move {
        let mut received: Vec<Value> = Vec::new();
        for round in 0..500 {
            let transport = Transport::ALL[(client + round) % Transport::ALL.len()];
            let after = received
                .last()
                .map(|event| oracle::cursor(event).to_owned());
            let mut left = 1 + (client * 7 + round * 3) % 9;
            let is_enough = |_: &Value| {
                left -= 1;
                left == 0
            };
            let batch = subscriber.until(client + round, transport, after.as_deref(), is_enough);
            let batch = batch.await?;
            ensure!(batch.gaps == 0, "a gap in round {round}");
            received.extend(batch.events);
            if batch.ended {
                return Ok(received);
            }
        }
        bail!("client {client}: the subscription does not end")
    });
    let clients = clients.buffer_unordered(CLIENTS).try_collect::<Vec<_>>();
    let (received, ()) = try_join(clients, notes).await?;
    for (client, received) in received.iter().enumerate() {
        let all = subscriber
            .compare(&format!("client {client}"), received)
            .await?;
        ensure!(all.len() >= 63, "{} events", all.len());
    }
    Ok(())
}

pub async fn a_history_of_ten_thousand_events_arrives_complete(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "long");
    let subscriber = user.start(&json!([{"memo": 10_000}])).await?.subscriber();
    let all = subscriber.to_the_end(0, Transport::WebSocket, None).await?;
    let counts = all.iter().filter(|event| event["type"] == "status");
    let counts = counts.filter_map(|event| event["data"]["count"].as_u64());
    ensure!(counts.eq(1..=10_000), "the events are not 1 to 10,000");
    for (number, transport) in Transport::ALL.into_iter().enumerate() {
        let again = subscriber.to_the_end(number, transport, None).await?;
        oracle::compare(&format!("{transport:?} again"), &all, &again)?;
        let index = all.len() * (number + 1) / 4;
        let after = Some(oracle::cursor(&all[index]));
        let rest = subscriber.to_the_end(number + 1, transport, after).await?;
        let what = format!("{transport:?} from {index}");
        oracle::compare(&what, &all[index + 1..], &rest)?;
    }
    Ok(())
}

pub async fn runs_started_while_disconnected_are_read(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "runs");
    let steps = json!([
        {"work": 1}, "go", "continue_as_new", {"work": 1}, "continue_as_new", {"work": 1},
    ]);
    let mut workflow = user.start(&steps).await?;
    let subscriber = workflow.subscriber();
    let received = subscriber.until_type(0, Transport::EventStream, "activity.completed");
    let mut received = received.await?;
    workflow.signal("go", json!([])).await?;
    workflow.result().await?;
    let resumed = subscriber.resume(1, Transport::WebSocket, &mut received);
    resumed.await?;
    subscriber.compare("over three runs", &received).await?;
    let continued = count(&received, "workflow.continued_as_new");
    ensure!(continued == 2, "{continued} runs continued as new");
    Ok(())
}

pub async fn a_reset_while_disconnected_is_reported(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "reset");
    let mut workflow = user.start(&json!([{"work": 1}, "go"])).await?;
    let subscriber = workflow.subscriber();
    let received = subscriber.until_type(0, Transport::WebSocket, "activity.completed");
    let mut received = received.await?;
    reset(&world, &workflow.id).await?;
    workflow.signal("go", json!([])).await?;
    let resumed = subscriber.resume(1, Transport::EventStream, &mut received);
    resumed.await?;
    let resets = count(&received, "workflow.reset");
    ensure!(resets == 1, "{resets} resets were reported: {received:#?}");
    subscriber
        .compare("over a reset", &received)
        .await
        .map(drop)
}

/// Resets the workflow to its first workflow task, without the gateway.
async fn reset(world: &World, workflow_id: &str) -> Result<()> {
    let address = world.environment().await.temporal_address().to_owned();
    let client = worker::connect(&address).await?;
    let request = ResetWorkflowExecutionRequest {
        namespace: "default".to_owned(),
        workflow_execution: Some(WorkflowExecution {
            workflow_id: workflow_id.to_owned(),
            run_id: String::new(),
        }),
        reason: "the test resets it".to_owned(),
        workflow_task_finish_event_id: 4,
        request_id: format!("{:x}", fastrand::u128(..)),
        ..ResetWorkflowExecutionRequest::default()
    };
    let mut service = client.connection().workflow_service();
    let reset = service.reset_workflow_execution(request.into_request());
    reset.await?;
    Ok(())
}

fn count(events: &[Value], name: &str) -> usize {
    let found = events.iter().filter(|event| event["type"] == name);
    found.count()
}

pub async fn invalid_and_foreign_cursors_are_rejected(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "cursor");
    let other = user.start(&json!([])).await?;
    let mut workflow = user.start(&json!([])).await?;
    let subscriber = other.subscriber();
    let events = subscriber.to_the_end(0, Transport::WebSocket, None).await?;
    let foreign = oracle::cursor(&events[0]);
    let truncated = &foreign[..foreign.len() - 3];
    for (cursor, code) in [
        ("nonsense", "invalid_cursor"),
        (truncated, "invalid_cursor"),
        (foreign, "cursor_mismatch"),
    ] {
        let after = json!({"after": cursor});
        workflow.call_error("subscribe", after, code).await?;
        for wait in ["", "&wait=0"] {
            let path = workflow.path(&format!("/events?after={cursor}{wait}"));
            user.get(1, &path).await?.expect_error(400, code)?;
        }
    }
    Ok(())
}
