//! Requests to Temporal per watched workflow: there must be one open read of history for each, however
//! many clients watch it.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::{
    client::Connection,
    environment::{Environment, Requests},
    output,
    ratio::{fraction, fraction_of, ratio},
    report::{Section, Table, Verdict},
    seed,
    swarm::Swarm,
    target::TargetArgs,
    worker::FANOUT_WORKFLOW,
};

/// The most open reads of history per workflow: one, and a little for reads that overlap.
const OPEN_LIMIT: f64 = 1.05;
/// The least: below it, workflows are not being watched at all.
const OPEN_LEAST: f64 = 0.9;
/// The most reads of history per workflow in 20 s, which is how long Temporal holds one.
const READS_LIMIT: f64 = 1.2;
/// How long Temporal holds a read of history open.
const HOLD_SECONDS: f64 = 20.0;
/// How long after the last change the measurement starts: earlier reads have returned by then.
const SETTLE: Duration = Duration::from_secs(5);

/// How to count requests.
#[derive(Args, Clone)]
pub struct RequestsArgs {
    /// How many idle workflows are watched.
    #[arg(long, default_value_t = 20)]
    workflows: usize,
    /// By how many connections each, one measurement per number.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 100])]
    watchers: Vec<usize>,
    /// For how long requests are counted, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

impl Default for RequestsArgs {
    fn default() -> Self {
        Self {
            workflows: 20,
            watchers: vec![1, 100],
            seconds: 60,
        }
    }
}

/// The counts for one number of watchers.
#[derive(Serialize)]
struct Counted {
    workflows: usize,
    watchers: usize,
    /// Reads of history open at a time, per workflow.
    open_reads: f64,
    /// Reads of history per workflow in 20 s.
    reads: f64,
    /// All requests to Temporal's frontend, the worker's own polls among them.
    requests: BTreeMap<String, u64>,
}

/// Starts idle workflows and watches each by ever more connections.
pub async fn run(target: &TargetArgs, args: &RequestsArgs) -> anyhow::Result<Section> {
    let environment = Environment::prepare(target, true).await?;
    let metrics = environment.temporal()?.metrics;
    let metrics =
        metrics.context("requests are counted by Temporal: --temporal-metrics or --spawn")?;
    let gateway = environment
        .gateway
        .as_ref()
        .context("the gateway's requests are counted")?
        .address;
    let users: Vec<String> = (0..args.workflows)
        .map(|number| seed::path(&format!("requests-{}-{number}", environment.run)))
        .collect();
    start_workflows(&environment, gateway, &users).await?;
    let mut counted = Vec::new();
    for watchers in args.watchers.iter().copied() {
        output::note(&format!(
            "requests: {watchers} watchers of {} workflows",
            users.len()
        ));
        let paths = users.clone();
        let open = move |number: usize| {
            let path = paths[number % paths.len()].clone();
            async move { Connection::web_socket(gateway, number, &path).await }
        };
        let swarm = Swarm::open(users.len() * watchers, 32, 0, open).await?;
        counted.push(count(metrics, args, watchers).await?);
        swarm.close().await?;
    }
    section(&counted)
}

async fn start_workflows(
    environment: &Environment,
    gateway: SocketAddr,
    users: &[String],
) -> anyhow::Result<()> {
    let start = seed::start_message(FANOUT_WORKFLOW, &environment.task_queue(), &());
    let mut starters = Vec::new();
    for (number, path) in users.iter().enumerate() {
        let mut connection = Connection::web_socket(gateway, number, path).await?;
        connection.send_text(&start).await?;
        starters.push(connection);
    }
    // Those who started them leave once all run; their users are shown them when they connect again.
    sleep(SETTLE).await;
    Ok(())
}

async fn count(
    metrics: SocketAddr,
    args: &RequestsArgs,
    watchers: usize,
) -> anyhow::Result<Counted> {
    sleep(SETTLE).await;
    let before = Requests::read(metrics).await?;
    let started = Instant::now();
    let (mut open, mut readings) = (0, 0_u32);
    while started.elapsed() < Duration::from_secs(args.seconds) {
        sleep(Duration::from_secs(1)).await;
        open += Requests::read(metrics).await?.open_history_reads();
        readings += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    let after = Requests::read(metrics).await?;
    let workflows = fraction_of(args.workflows);
    let reads = fraction(after.history_reads_since(&before)) * HOLD_SECONDS / seconds;
    Ok(Counted {
        workflows: args.workflows,
        watchers,
        open_reads: ratio(fraction(open), f64::from(readings) * workflows).unwrap_or(0.0),
        reads: ratio(reads, workflows).unwrap_or(0.0),
        requests: after.since(&before),
    })
}

fn section(counted: &[Counted]) -> anyhow::Result<Section> {
    let mut section = Section::new("requests to Temporal per watched workflow", &counted)?;
    let mut table = Table::new(&["watchers", "workflows", "open reads", "reads in 20 s"]);
    for row in counted {
        table.row([
            row.watchers.to_string(),
            row.workflows.to_string(),
            format!("{:.2}", row.open_reads),
            format!("{:.2}", row.reads),
        ]);
        let what = format!("open reads per workflow, {} watchers", row.watchers);
        section
            .verdicts
            .push(Verdict::at_most(what.clone(), row.open_reads, OPEN_LIMIT));
        section
            .verdicts
            .push(Verdict::at_least(what, row.open_reads, OPEN_LEAST));
        let what = format!("reads per workflow in 20 s, {} watchers", row.watchers);
        section
            .verdicts
            .push(Verdict::at_most(what, row.reads, READS_LIMIT));
    }
    section.tables.push(table);
    let mut all = Table::new(&["requests by operation", "watchers", "count"]);
    for row in counted {
        for (operation, count) in &row.requests {
            all.row([
                operation.clone(),
                row.watchers.to_string(),
                count.to_string(),
            ]);
        }
    }
    section.tables.push(all);
    Ok(section)
}
