//! The gateway's side of the tail: start by the seed's protocol, read frames to the last. Every
//! transition must come, once and in order, or the workflow counts as failed.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::round::Runner;
use crate::{
    client::Connection,
    clock,
    environment::Environment,
    seed,
    worker::{Plan, Returned, TAIL_ACTIVITY, TAIL_WORKFLOW},
};

/// One client: its own connection and user, as frames do not name their workflow.
pub struct GatewaySide {
    address: SocketAddr,
    user: String,
    number: usize,
    /// How often a connection was opened.
    opened: usize,
    connection: Option<Connection>,
    request: String,
    transitions: Vec<Value>,
}

/// The fields of a frame that the driver reads.
#[derive(Deserialize)]
struct Frame {
    message: Value,
    status: String,
}

impl GatewaySide {
    pub fn new(environment: &Environment, address: SocketAddr, number: usize, plan: Plan) -> Self {
        let request = seed::start_message(TAIL_WORKFLOW, &environment.task_queue(), &plan);
        let transitions = (0..plan.activities).flat_map(|_| ["Running", "Completed"]);
        Self {
            address,
            user: format!("tail-{}-{number}", environment.run),
            number,
            opened: 0,
            connection: None,
            request,
            transitions: transitions
                .map(|status| format!("{TAIL_ACTIVITY}: {status}").into())
                .collect(),
        }
    }

    async fn connection(&mut self) -> anyhow::Result<&mut Connection> {
        if self.connection.is_none() {
            self.opened += 1;
            let path = seed::path(&format!("{}-{}", self.user, self.opened));
            self.connection = Some(Connection::web_socket(self.address, self.number, &path).await?);
        }
        self.connection.as_mut().context("it was just opened")
    }
}

impl Runner for GatewaySide {
    async fn prepare(&mut self) -> anyhow::Result<()> {
        self.start_anew();
        self.connection().await.map(drop)
    }

    async fn run_one(&mut self) -> anyhow::Result<u64> {
        let request = self.request.clone();
        let connection = self.connection().await?;
        connection.send_text(&request).await?;
        let mut frames = Vec::new();
        let last = loop {
            connection
                .read(|frame| frames.push((clock::now_us(), serde_json::from_slice(frame))))
                .await?;
            let is_last = |status: &str| matches!(status, "Done" | "Failed" | "Error");
            match frames.last() {
                Some((_, Err(error))) => bail!("a frame that is no JSON: {error}"),
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
        // With many in flight the worker falls behind, and the gateway rightly says so.
        frames.retain(|frame| frame.status != "Waiting");
        let seen: Vec<_> = frames.iter().map(|frame| &frame.message).collect();
        ensure!(
            seen == self.transitions.iter().collect::<Vec<_>>(),
            "transitions were lost, doubled or out of order: {seen:?}"
        );
        let returned: Returned = serde_json::from_value(message).context("the result")?;
        Ok(last.saturating_sub(returned.returned_us))
    }

    fn start_anew(&mut self) {
        self.connection = None;
    }
}
