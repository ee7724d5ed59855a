//! Starts that are retried because their response was lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join, stream};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use crate::{
    client::SOON,
    user::{User, id_of},
    world::World,
};

/// How many clients start workflows, one after the other.
const CLIENTS: usize = 16;
/// Maximum number of attempts for one start.
const ATTEMPTS: usize = 200;
/// How many workflows each client starts at most.
const STARTS: usize = 300;
/// How long visibility can take to list starts that were in flight.
const SETTLED: Duration = Duration::from_secs(3);

/// Clients that start workflows while gateways are killed.
struct Starting {
    world: Arc<World>,
    user: User,
    /// Whether no further gateway will be killed.
    is_over: AtomicBool,
    /// How many starts were retried.
    retried: AtomicUsize,
    /// How many of those had succeeded before.
    existing: AtomicUsize,
}

impl Starting {
    /// Starts workflows until the kills are done. Returns the id and run of each response.
    async fn client(&self, number: usize) -> Result<Vec<(String, String)>> {
        let mut started = Vec::new();
        while !self.is_over.load(Relaxed) && started.len() < STARTS {
            let request_id = format!("{number}-{}", started.len());
            started.push(self.start(number, &request_id).await?);
        }
        Ok(started)
    }

    /// Sends one start, to one node after the other, until it succeeds.
    async fn start(&self, number: usize, request_id: &str) -> Result<(String, String)> {
        let mut request = self.world.start_request(&json!([]));
        request["request_id"] = json!(request_id);
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                self.retried.fetch_add(1, Relaxed);
                sleep(Duration::from_millis(20)).await;
            }
            let node = number / 2 + attempt;
            let response = if number.is_multiple_of(2) {
                self.over_rest(node, &request).await?
            } else {
                self.over_web_socket(node, &request).await.ok()
            };
            // The gateway was killed meanwhile.
            let Some(response) = response else { continue };
            if let Some(error) = response.get("error") {
                ensure!(error["retryable"] == true, "{response}");
                continue;
            }
            if response["existing"] == true {
                ensure!(attempt > 0, "{request_id} existed before it was sent");
                self.existing.fetch_add(1, Relaxed);
            }
            let run_id = response["run_id"].as_str().context("no run id")?;
            return Ok((id_of(&response)?.to_owned(), run_id.to_owned()));
        }
        bail!("{request_id} never succeeded")
    }

    /// Returns the body of the response; `None` without a response. Checks the status of a success.
    async fn over_rest(&self, node: usize, request: &Value) -> Result<Option<Value>> {
        let Ok(reply) = self.user.post(node, "/v1/workflows", request).await else {
            return Ok(None);
        };
        if reply.body.get("error").is_some() {
            return Ok(Some(reply.body));
        }
        let is_existing = reply.body["existing"] == true;
        let status = if is_existing { 200 } else { 201 };
        reply.expect(status).map(Some)
    }

    async fn over_web_socket(&self, node: usize, request: &Value) -> Result<Value> {
        let mut socket = self.user.connect(node).await?;
        let mut response = socket.request("start", request).await?;
        if response["ok"] == true {
            response = response["result"].take();
        }
        Ok(response)
    }

    /// All runs of the user that visibility knows, by workflow.
    async fn listed(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let mut socket = self.user.connect(0).await?;
        let mut listed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut token = Value::Null;
        loop {
            let request = json!({"page_size": 200, "page_token": token});
            let page = socket.call("list", &request).await?;
            for workflow in page["workflows"].as_array().context("no workflows")? {
                let run_id = workflow["run_id"].as_str().context("no run id")?;
                let run_ids = listed.entry(id_of(workflow)?.to_owned()).or_default();
                run_ids.push(run_id.to_owned());
            }
            token = page["next_page_token"].clone();
            if token.is_null() {
                return Ok(listed);
            }
        }
    }
}

pub async fn starts_while_gateways_are_killed_start_once(world: Arc<World>) -> Result<()> {
    let starting = Starting {
        user: User::new(&world, "once"),
        world: Arc::clone(&world),
        is_over: AtomicBool::new(false),
        retried: AtomicUsize::new(0),
        existing: AtomicUsize::new(0),
    };
    let fault = async {
        for round in 0..6 {
            sleep(Duration::from_millis(500)).await;
            let mut environment = world.environment().await;
            environment.gateway(round % 2).kill().await?;
            sleep(Duration::from_millis(100)).await;
            environment.gateway(round % 2).restart().await?;
        }
        sleep(Duration::from_millis(200)).await;
        starting.is_over.store(true, Relaxed);
        Ok(())
    };
    let clients = stream::iter(0..CLIENTS)
        .map(|number| starting.client(number))
        .buffer_unordered(CLIENTS)
        .try_collect::<Vec<_>>();
    let (started, ()) = try_join(clients, fault).await?;
    let started: Vec<(String, String)> = started.into_iter().flatten().collect();
    let requests = started.len();
    let (retried, existing) = (&starting.retried, &starting.existing);
    let summary = format!("{requests} requests, {retried:?} retries, {existing:?} had succeeded");
    let interrupted = retried.load(Relaxed) > 0;
    ensure!(interrupted, "no start was interrupted: {summary}");
    let distinct = started.iter().collect::<BTreeSet<_>>().len();
    ensure!(distinct == requests, "{distinct} runs: {summary}");
    // Visibility lags, also for workflows that should not exist.
    let limit = Instant::now() + SOON;
    while starting.listed().await?.len() < requests {
        ensure!(Instant::now() < limit, "not all are listed: {summary}");
        sleep(Duration::from_millis(300)).await;
    }
    sleep(SETTLED).await;
    let listed = starting.listed().await?;
    for (id, run_id) in &started {
        let run_ids = listed.get(id).map(Vec::as_slice).unwrap_or_default();
        let same = run_ids == [run_id.clone()];
        ensure!(same, "{id}: {run_ids:?}, not {run_id}: {summary}");
    }
    let unknown = listed.len() - requests;
    ensure!(unknown == 0, "{unknown} that no response names: {summary}");
    Ok(())
}
