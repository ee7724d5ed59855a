//! Requests to Temporal per watched workflow: there must be one open read of history for each, however
//! many clients watch it.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::{
    client::Connection,
    environment::{Environment, frontend_requests::FrontendRequests},
    figure::{fraction, ratio, text},
    report::{self, Section, Table},
    swarm::Swarm,
    target::TargetArgs,
    worker::fanout_workflow::FANOUT_WORKFLOW,
};

/// The most open reads of history per workflow: one, and a little for reads that overlap.
const OPEN_MAX: f64 = 1.05;
/// The least: below it, workflows are not being watched at all.
const OPEN_MIN: f64 = 0.9;
/// The most reads of history per workflow in 20 s, which is how long Temporal keeps one open.
const READS_MAX: f64 = 1.2;
/// How long Temporal keeps a read of history open.
const READ_SECONDS: f64 = 20.0;
/// How long after the last change the measurement starts: earlier reads have returned by then.
const SETTLE: Duration = Duration::from_secs(5);

/// How to count requests.
#[derive(Args)]
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

/// The counts for one number of watchers.
#[derive(Serialize)]
struct Counts {
    workflows: usize,
    watchers: usize,
    /// Reads of history open at a time, per workflow.
    open_reads: f64,
    /// Reads of history per workflow in 20 s.
    reads: f64,
    /// All requests to Temporal's frontend, including the worker's own polls.
    requests: BTreeMap<String, u64>,
}

/// Starts idle workflows and watches each by ever more connections.
pub async fn run(target: &TargetArgs, args: &RequestsArgs) -> Result<Section> {
    let environment = Environment::prepare(target, true).await?;
    let metrics = environment.temporal()?.metrics;
    let metrics =
        metrics.context("Temporal counts the requests: pass --temporal-metrics or --spawn")?;
    let gateway = environment.gateway()?.address;
    let users = (0..args.workflows).map(|number| format!("requests-{}-{number}", environment.run));
    let users: Vec<String> = users.collect();
    start_workflows(gateway, &environment.task_queue(), &users).await?;
    let mut all_counts = Vec::new();
    for watchers in args.watchers.iter().copied() {
        let workflows = users.len();
        report::note(&format!(
            "requests: {watchers} watchers of {workflows} workflows"
        ));
        let users = users.clone();
        let open = move |number: usize| {
            let user = users[number % users.len()].clone();
            async move { Connection::seed(gateway, number, &user).await }
        };
        let swarm = Swarm::open(workflows * watchers, 32, 0, open).await?;
        all_counts.push(count(metrics, args, watchers).await?);
        swarm.close().await?;
    }
    section(&all_counts)
}

async fn start_workflows(gateway: SocketAddr, task_queue: &str, users: &[String]) -> Result<()> {
    let mut starters = Vec::new();
    for (number, user) in users.iter().enumerate() {
        let mut connection = Connection::seed(gateway, number, user).await?;
        let started = connection.start_workflow(FANOUT_WORKFLOW, task_queue, &());
        started.await?;
        starters.push(connection);
    }
    // They disconnect once all workflows run. Their users receive the workflows when they connect again.
    sleep(SETTLE).await;
    Ok(())
}

async fn count(metrics: SocketAddr, args: &RequestsArgs, watchers: usize) -> Result<Counts> {
    sleep(SETTLE).await;
    let before = FrontendRequests::read(metrics).await?;
    let started = Instant::now();
    let (mut open, mut readings) = (0, 0_u32);
    while started.elapsed() < Duration::from_secs(args.seconds) {
        sleep(Duration::from_secs(1)).await;
        let now = FrontendRequests::read(metrics).await?;
        open += now.open_history_reads();
        readings += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    let after = FrontendRequests::read(metrics).await?;
    let workflows = fraction(args.workflows);
    let reads = fraction(after.history_reads_since(&before)) * READ_SECONDS / seconds;
    Ok(Counts {
        workflows: args.workflows,
        watchers,
        open_reads: ratio(fraction(open), f64::from(readings) * workflows).unwrap_or(0.0),
        reads: ratio(reads, workflows).unwrap_or(0.0),
        requests: after.since(&before),
    })
}

fn section(all_counts: &[Counts]) -> Result<Section> {
    let mut section = Section::new("requests to Temporal per watched workflow", &all_counts)?;
    let mut table = Table::new("watchers | workflows | open reads | reads in 20 s");
    let mut by_operation = Table::new("requests by operation | watchers | count");
    for counts in all_counts {
        let watchers = counts.watchers.to_string();
        let what = format!("open reads per workflow, {watchers} watchers");
        section.at_most(what.clone(), counts.open_reads, OPEN_MAX);
        section.at_least(what, counts.open_reads, OPEN_MIN);
        let what = format!("reads per workflow in 20 s, {watchers} watchers");
        section.at_most(what, counts.reads, READS_MAX);
        for (operation, count) in &counts.requests {
            by_operation.row([operation.clone(), watchers.clone(), count.to_string()]);
        }
        table.row([
            watchers,
            counts.workflows.to_string(),
            text(counts.open_reads, 2),
            text(counts.reads, 2),
        ]);
    }
    section.table(table);
    section.table(by_operation);
    Ok(section)
}
