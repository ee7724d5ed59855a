//! Runs the cases: most of them concurrently, those that kill processes one after the other.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use futures_util::{FutureExt as _, stream, stream::StreamExt as _};
use tokio::time::{Instant, timeout};

use crate::{
    args::RunArguments,
    case::{self, Case, Kind},
    environment::Environment,
    report::{self, Outcome},
    world::World,
};

/// How long one case may take.
const CASE_LIMIT: Duration = Duration::from_mins(3);
/// How long the comparison with the document may take, which sends some thousands of requests.
const DOCUMENT_LIMIT: Duration = Duration::from_mins(10);

/// Runs the cases. Returns whether none failed.
pub async fn run(arguments: RunArguments) -> anyhow::Result<bool> {
    let wanted = |case: &&Case| {
        arguments
            .only
            .as_deref()
            .is_none_or(|part| case.name.contains(part))
    };
    let cases = case::all();
    let cases: Vec<&Case> = cases.iter().filter(wanted).collect();
    if arguments.list {
        for case in cases {
            report::say(case.name);
        }
        return Ok(true);
    }
    if cases.is_empty() {
        bail!("no case matches that name");
    }
    let world = if arguments.spawn {
        World::spawned(Environment::start(&arguments).await?, &arguments)
    } else {
        World::at(&arguments)?
    };
    world
        .is_ready()
        .await
        .context("the gateways are not ready")?;
    let world = Arc::new(world);
    let (breaking, peaceful): (Vec<_>, Vec<_>) = cases
        .into_iter()
        .partition(|case| matches!(case.kind, Kind::Fault | Kind::Document));
    let mut failed = 0;
    let mut not_run = 0;
    let mut count = |outcome: &Outcome| match outcome {
        Outcome::Passed => {}
        Outcome::Failed(_) => failed += 1,
        Outcome::NotRun(_) => not_run += 1,
    };
    let all = peaceful.len() + breaking.len();
    let mut running = stream::iter(peaceful)
        .map(|case| run_case(case, &world))
        .buffer_unordered(arguments.jobs.max(1));
    while let Some(outcome) = running.next().await {
        count(&outcome);
    }
    drop(running);
    for case in breaking {
        count(&run_case(case, &world).await);
    }
    let passed = all - failed - not_run;
    report::say(&format!(
        "{passed} passed, {failed} failed, {not_run} not run"
    ));
    if failed > 0 {
        world.show_logs();
    }
    Ok(failed == 0)
}

async fn run_case(case: &Case, world: &Arc<World>) -> Outcome {
    let began = Instant::now();
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
    report::case(case.name, &outcome, began.elapsed());
    outcome
}
