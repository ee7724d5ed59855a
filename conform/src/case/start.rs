//! Starts that are retried because their response was lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use anyhow::{Context as _, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use super::verb::fresh_user;
use crate::{
    client::{Method, SOON, Socket},
    world::World,
};

/// How many clients start workflows, one after the other.
const CLIENTS: usize = 16;
/// Maximum number of attempts for one start.
const TRIES: usize = 200;
/// How many workflows each client starts at most.
const STARTS: usize = 300;
/// How long visibility may take to list starts that were in flight.
const SETTLED: Duration = Duration::from_secs(3);

/// Clients that start workflows while gateways are killed.
struct Starting {
    world: Arc<World>,
    user: String,
    over: AtomicBool,
    /// How many starts were retried.
    repeated: AtomicUsize,
    /// How many of those had succeeded before.
    existing: AtomicUsize,
}

impl Starting {
    /// Starts workflows until the kills are done. Returns the id and run of each response.
    async fn client(&self, number: usize) -> anyhow::Result<Vec<(String, String)>> {
        let mut started = Vec::new();
        while !self.over.load(Relaxed) && started.len() < STARTS {
            let request_id = format!("{number}-{}", started.len());
            started.push(self.start(number, &request_id).await?);
        }
        Ok(started)
    }

    /// Sends one start, first to one node and then to the other, until it succeeds.
    async fn start(&self, number: usize, request_id: &str) -> anyhow::Result<(String, String)> {
        let mut request = self.world.start_request(&json!([]));
        request["request_id"] = json!(request_id);
        for round in 0..TRIES {
            if round > 0 {
                self.repeated.fetch_add(1, Relaxed);
                sleep(Duration::from_millis(20)).await;
            }
            let answered = if number.is_multiple_of(2) {
                self.over_rest(number / 2 + round, &request).await?
            } else {
                self.over_socket(number / 2 + round, &request).await?
            };
            if let Some(answer) = answered {
                if answer["existing"] == true {
                    ensure!(round > 0, "{request_id} existed before it was sent");
                    self.existing.fetch_add(1, Relaxed);
                }
                let of = |name: &str| answer[name].as_str().map(str::to_owned);
                let id = of("workflow_id").context("no workflow id")?;
                return Ok((id, of("run_id").context("no run id")?));
            }
        }
        bail!("{request_id} never succeeded")
    }

    async fn over_rest(&self, node: usize, request: &Value) -> anyhow::Result<Option<Value>> {
        let token = self.world.user(&self.user);
        let node = self.world.node(node);
        let path = "/v1/workflows";
        let reply = node.call(Method::POST, path, token.as_deref(), Some(request));
        match reply.await {
            Err(_) => Ok(None),
            Ok(reply) if [200, 201].contains(&reply.status) => Ok(Some(reply.body)),
            Ok(reply) => {
                ensure!(reply.body["error"]["retryable"] == true, "{reply:?}");
                Ok(None)
            }
        }
    }

    async fn over_socket(&self, node: usize, request: &Value) -> anyhow::Result<Option<Value>> {
        let token = self.world.user(&self.user);
        let Ok(mut socket) = Socket::connect(self.world.node(node), token.as_deref()).await else {
            return Ok(None);
        };
        let Ok(answer) = socket.request("start", request).await else {
            return Ok(None);
        };
        if answer["ok"] == true {
            return Ok(Some(answer["result"].clone()));
        }
        ensure!(answer["error"]["retryable"] == true, "{answer}");
        Ok(None)
    }

    /// All runs of the user that visibility knows, by workflow.
    async fn listed(&self) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
        let mut socket = self.world.connect(0, &self.user).await?;
        let mut listed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut token = Value::Null;
        loop {
            let request = json!({"page_size": 200, "page_token": token});
            let page = socket.ask("list", &request).await?;
            for workflow in page["workflows"].as_array().context("no workflows")? {
                let of = |name: &str| workflow[name].as_str().unwrap_or_default().to_owned();
                let runs = listed.entry(of("workflow_id")).or_default();
                runs.push(of("run_id"));
            }
            token = page["next_page_token"].clone();
            if token.is_null() {
                return Ok(listed);
            }
        }
    }
}

pub async fn starts_while_gateways_are_killed_start_once(world: Arc<World>) -> anyhow::Result<()> {
    let starting = Starting {
        world: Arc::clone(&world),
        user: fresh_user("once"),
        over: AtomicBool::new(false),
        repeated: AtomicUsize::new(0),
        existing: AtomicUsize::new(0),
    };
    let harm = async {
        for round in 0..6 {
            sleep(Duration::from_millis(500)).await;
            let mut environment = world.environment().await;
            environment.kill_gateway(round % 2).await?;
            sleep(Duration::from_millis(100)).await;
            environment.restart_gateway(round % 2).await?;
        }
        sleep(Duration::from_millis(200)).await;
        starting.over.store(true, Relaxed);
        anyhow::Ok(())
    };
    let clients = stream::iter(0..CLIENTS)
        .map(|number| starting.client(number))
        .buffer_unordered(CLIENTS)
        .try_collect::<Vec<_>>();
    let (started, ()) = futures_util::future::try_join(clients, harm).await?;
    let answered: Vec<(String, String)> = started.into_iter().flatten().collect();
    let requests = answered.len();
    let (repeated, existing) = (
        starting.repeated.load(Relaxed),
        starting.existing.load(Relaxed),
    );
    let summary =
        format!("{requests} requests, {repeated} retried, {existing} of them already done");
    ensure!(repeated > 0, "no start was interrupted: {summary}");
    let distinct: BTreeSet<&(String, String)> = answered.iter().collect();
    ensure!(
        distinct.len() == requests,
        "two requests, one run: {summary}"
    );
    // Visibility lags, for workflows that should not exist as well.
    let limit = Instant::now() + SOON;
    while starting.listed().await?.len() < requests {
        ensure!(Instant::now() < limit, "not all are listed: {summary}");
        sleep(Duration::from_millis(300)).await;
    }
    sleep(SETTLED).await;
    let listed = starting.listed().await?;
    for (id, run) in &answered {
        let runs = listed.get(id).map(Vec::as_slice).unwrap_or_default();
        ensure!(
            runs == [run.clone()],
            "{id}: {runs:?}, not {run}: {summary}"
        );
    }
    let more = listed.len() - requests;
    ensure!(more == 0, "{more} that no response names: {summary}");
    Ok(())
}
