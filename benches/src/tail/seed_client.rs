//! The gateway's client of the tail: starts a workflow in the `seed` dialect, and reads frames to the last. Every
//! transition must arrive, once and in order, or the workflow counts as failed.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::rounds::Runner;
use crate::{
    client::Connection,
    environment::Environment,
    latency::now_us,
    worker::tail_workflow::{Plan, Returned, TAIL_ACTIVITY, TAIL_WORKFLOW},
};

/// One client: its own connection and user, as frames do not name their workflow.
pub struct SeedClient {
    address: SocketAddr,
    user: String,
    number: usize,
    /// How often a connection was opened.
    opened: usize,
    connection: Option<Connection>,
    task_queue: String,
    plan: Plan,
    transitions: Vec<Value>,
}

/// The fields of a frame that the driver reads.
#[derive(Deserialize)]
struct Frame {
    message: Value,
    status: String,
}

impl SeedClient {
    pub fn new(environment: &Environment, address: SocketAddr, number: usize, plan: Plan) -> Self {
        let transitions = (0..plan.activities).flat_map(|_| ["Running", "Completed"]);
        Self {
            address,
            user: format!("tail-{}-{number}", environment.run),
            number,
            opened: 0,
            connection: None,
            task_queue: environment.task_queue(),
            plan,
            transitions: transitions
                .map(|status| format!("{TAIL_ACTIVITY}: {status}").into())
                .collect(),
        }
    }

    async fn connection(&mut self) -> Result<&mut Connection> {
        if self.connection.is_none() {
            self.opened += 1;
            let user = format!("{}-{}", self.user, self.opened);
            self.connection = Some(Connection::seed(self.address, self.number, &user).await?);
        }
        self.connection.as_mut().context("it was just opened")
    }
}

impl Runner for SeedClient {
    async fn prepare(&mut self) -> Result<()> {
        self.reset();
        self.connection().await.map(drop)
    }

    async fn run_one(&mut self) -> Result<u64> {
        let (task_queue, plan) = (self.task_queue.clone(), self.plan);
        let connection = self.connection().await?;
        let started = connection.start_workflow(TAIL_WORKFLOW, &task_queue, &plan);
        started.await?;
        let mut frames = Vec::new();
        let last = loop {
            connection
                .read(|frame| frames.push((now_us(), serde_json::from_slice(frame))))
                .await?;
            let is_last = |status: &str| matches!(status, "Done" | "Failed" | "Error");
            match frames.last() {
                Some((_, Err(error))) => bail!("a frame is not JSON: {error}"),
                Some((read_us, Ok(Frame { status, .. }))) if is_last(status) => break *read_us,
                _ => {}
            }
        };
        let mut frames = frames
            .into_iter()
            .map(|(_, frame)| frame)
            .collect::<Result<Vec<_>, _>>()?;
        let Frame { message, status } = frames.pop().context("the last frame was just read")?;
        ensure!(
            status == "Done",
            "the workflow ended in {status}: {message}"
        );
        // With many in flight the worker lags, and the gateway reports that.
        frames.retain(|frame| frame.status != "Waiting");
        let received: Vec<_> = frames.iter().map(|frame| &frame.message).collect();
        ensure!(
            received == self.transitions.iter().collect::<Vec<_>>(),
            "transitions were lost, repeated or out of order: {received:?}"
        );
        let returned: Returned = serde_json::from_value(message).context("the result")?;
        Ok(last.saturating_sub(returned.returned_us))
    }

    fn reset(&mut self) {
        self.connection = None;
    }
}
