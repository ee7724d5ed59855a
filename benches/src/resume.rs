//! A gateway is killed, and all its clients resume at once at another: how long until each is live
//! again, and what that asks of Temporal.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{
    sync::Barrier,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    baseline::Start,
    client::Connection,
    environment::{Environment, Requests},
    latency::{Latencies, LatencySummary},
    output,
    ratio::{fraction, fraction_of, ratio},
    report::{Section, Table, Verdict},
    target::TargetArgs,
    worker::{FANOUT_WORKFLOW, START_SIGNAL},
};

/// How long one client may take to be live.
const LIVE_LIMIT: Duration = Duration::from_mins(1);
/// Pause before the gateway is killed, so that only resuming is counted.
const SETTLE: Duration = Duration::from_secs(3);
/// The most requests to Temporal per workflow that resuming may take: a description or two, and a
/// few reads.
const REQUESTS_LIMIT: f64 = 6.0;

/// How to measure it.
#[derive(Args, Clone)]
pub struct ResumeArgs {
    /// How many clients.
    #[arg(long, default_value_t = 1_000)]
    clients: usize,
    /// How many workflows they watch.
    #[arg(long, default_value_t = 100)]
    workflows: usize,
}

impl Default for ResumeArgs {
    fn default() -> Self {
        Self {
            clients: 1_000,
            workflows: 100,
        }
    }
}

#[derive(Serialize)]
struct Figures {
    clients: usize,
    workflows: usize,
    /// From the moment at which the gateway was gone to each client being live.
    live_again: LatencySummary,
    /// Requests to Temporal's frontend meanwhile, the worker's own polls among them.
    requests: BTreeMap<String, u64>,
    reads_per_workflow: f64,
}

/// Measures it, on two gateways that it starts.
pub async fn run(target: &TargetArgs, args: &ResumeArgs) -> anyhow::Result<Section> {
    ensure!(
        target.spawn,
        "what is killed must have been started here: --spawn"
    );
    let mut environment = Environment::prepare(target, true).await?;
    let metrics = environment
        .temporal()?
        .metrics
        .context("Temporal shows its metrics")?;
    let second = environment.another_gateway(target).await?;
    let baseline = environment.baseline().await?;
    let mut ids = Vec::new();
    for _ in 0..args.workflows {
        let start = Start {
            workflow: FANOUT_WORKFLOW,
            signal: START_SIGNAL,
        };
        ids.push(baseline.start(start, &()).await?);
    }
    let first = environment
        .gateway
        .as_ref()
        .context("this side is the gateway's")?
        .address;
    output::note(&format!(
        "resume: {} clients of {} workflows",
        args.clients,
        ids.len()
    ));
    let mut watching = Vec::new();
    for number in 0..args.clients {
        let workflow_id = &ids[number % ids.len()];
        watching.push(go_live(first, number, workflow_id, None).await?);
    }
    sleep(SETTLE).await;
    let before = Requests::read(metrics).await?;
    // It ends as by kill -9.
    drop(environment.gateway.take());
    let killed_at = Instant::now();
    let resumed = resume_all(second.address, &ids, watching).await?;
    let mut live_again = Latencies::new();
    for at in resumed {
        let us = at.duration_since(killed_at).as_micros();
        live_again.record_us(u64::try_from(us)?);
    }
    sleep(SETTLE).await;
    let after = Requests::read(metrics).await?;
    let reads = fraction(after.history_reads_since(&before));
    section(&Figures {
        clients: args.clients,
        workflows: ids.len(),
        live_again: live_again.summary(),
        requests: after.since(&before),
        reads_per_workflow: ratio(reads, fraction_of(ids.len())).unwrap_or(0.0),
    })
}

/// A client that is live, and its place.
type Live = (Connection, String);

/// All clients connect at the same moment. Returns when each was live.
async fn resume_all(
    address: SocketAddr,
    ids: &[String],
    watching: Vec<Live>,
) -> anyhow::Result<Vec<Instant>> {
    let ready = Arc::new(Barrier::new(watching.len()));
    let mut clients = JoinSet::new();
    for (number, (gone, cursor)) in watching.into_iter().enumerate() {
        drop(gone);
        let (ready, workflow_id) = (Arc::clone(&ready), ids[number % ids.len()].clone());
        clients.spawn(async move {
            ready.wait().await;
            let live = go_live(address, number, &workflow_id, Some(&cursor)).await?;
            anyhow::Ok((Instant::now(), live))
        });
    }
    let mut times = Vec::new();
    let mut open = Vec::new();
    while let Some(client) = clients.join_next().await {
        let (at, live) = client.context("a client panicked")??;
        times.push(at);
        open.push(live);
    }
    Ok(times)
}

/// Connects, subscribes, and reads on until the past is over.
async fn go_live(
    address: SocketAddr,
    number: usize,
    workflow_id: &str,
    after: Option<&str>,
) -> anyhow::Result<Live> {
    let mut connection = Connection::web_socket(address, number, "/v1/ws").await?;
    let mut subscribe = json!({"id": 1, "op": "subscribe", "workflow_id": workflow_id});
    if let Some(after) = after {
        subscribe["after"] = json!(after);
    }
    connection.send_text(&subscribe.to_string()).await?;
    let mut place = None;
    let mut gap = false;
    let reading = async {
        while place.is_none() {
            let frame = |frame: &[u8]| {
                gap |= frame.starts_with(b"{\"gap\"");
                if frame.starts_with(b"{\"live\"") {
                    let frame: Value = serde_json::from_slice(frame).unwrap_or_default();
                    place = frame["live"]["cursor"].as_str().map(str::to_owned);
                }
            };
            connection.read(frame).await?;
        }
        anyhow::Ok(())
    };
    timeout(LIVE_LIMIT, reading)
        .await
        .context("a client is not live in time")??;
    ensure!(!gap, "a client received a gap");
    Ok((connection, place.context("live has no cursor")?))
}

fn section(figures: &Figures) -> anyhow::Result<Section> {
    let mut section = Section::new("resuming after a gateway was killed", figures)?;
    let mut table = Table::new(&[
        "clients",
        "workflows",
        "p50 ms",
        "p99 ms",
        "all live ms",
        "reads per workflow",
    ]);
    table.row([
        figures.clients.to_string(),
        figures.workflows.to_string(),
        format!("{:.0}", figures.live_again.p50_ms),
        format!("{:.0}", figures.live_again.p99_ms),
        format!("{:.0}", figures.live_again.max_ms),
        format!("{:.2}", figures.reads_per_workflow),
    ]);
    section.tables.push(table);
    let mut all = Table::new(&["requests by operation", "count"]);
    for (operation, count) in &figures.requests {
        all.row([operation.clone(), count.to_string()]);
    }
    section.tables.push(all);
    section.verdicts.push(Verdict::at_most(
        "reads of history per workflow",
        figures.reads_per_workflow,
        REQUESTS_LIMIT,
    ));
    Ok(section)
}
