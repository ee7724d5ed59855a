//! Runs the cases: most of them concurrently, those that kill processes one after the other.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use futures_util::{FutureExt as _, stream, stream::StreamExt as _};
use tokio::time::{Instant, timeout};

use crate::{
    args::RunArguments,
    case::{self, Case, Kind},
    report::{self, Outcome, Report},
    world::World,
};

/// How long one case can take.
const CASE_LIMIT: Duration = Duration::from_mins(3);
/// How long the comparison with the document can take, which sends thousands of requests.
const DOCUMENT_LIMIT: Duration = Duration::from_mins(10);

/// Runs the cases. Returns whether none failed.
pub async fn run(arguments: RunArguments) -> Result<bool> {
    let only = arguments.only.clone().unwrap_or_default();
    let mut cases = case::all();
    cases.retain(|case| case.name.contains(&only));
    if arguments.list {
        for case in cases {
            report::print(case.name);
        }
        return Ok(true);
    }
    ensure!(!cases.is_empty(), "no case matches that name");
    let world = World::new(arguments).await?;
    let ready = world.wait_until_ready().await;
    ready.context("the gateways are not ready")?;
    let world = Arc::new(world);
    // Cases that kill processes would make others fail.
    let (exclusive, concurrent): (Vec<_>, Vec<_>) = cases
        .iter()
        .partition(|case| matches!(case.kind, Kind::Fault | Kind::Document));
    let mut report = Report::default();
    let mut running = stream::iter(concurrent)
        .map(|case| run_case(case, &world))
        .buffer_unordered(world.arguments.jobs.max(1))
        .chain(stream::iter(exclusive).then(|case| run_case(case, &world)))
        .boxed_local();
    while let Some((name, outcome, duration)) = running.next().await {
        report.add(name, &outcome, duration);
    }
    report.print_summary();
    if report.failed > 0 {
        world.print_logs();
    }
    Ok(report.failed == 0)
}

async fn run_case(case: &Case, world: &Arc<World>) -> (&'static str, Outcome, Duration) {
    let started = Instant::now();
    let outcome = if let Some(why) = case.missing(world) {
        Outcome::NotRun(why)
    } else {
        let running = AssertUnwindSafe((case.run)(Arc::clone(world))).catch_unwind();
        let limit = match case.kind {
            Kind::Document => DOCUMENT_LIMIT,
            _ => CASE_LIMIT,
        };
        match timeout(limit, running).await {
            Err(_) => Outcome::Failed(format!("not finished within {limit:?}")),
            Ok(Err(_)) => Outcome::Failed("it panicked".to_owned()),
            Ok(Ok(Err(error))) => Outcome::Failed(format!("{error:#}")),
            Ok(Ok(Ok(()))) => Outcome::Passed,
        }
    };
    (case.name, outcome, started.elapsed())
}
