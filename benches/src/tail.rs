//! The tail: from the return of a workflow's last activity to the client's last frame, beside the time
//! until a baseline client reads the result, and how many workflows per second each side completes.

mod comparison;
mod history_client;
mod rounds;
mod seed_client;

use anyhow::Result;
use clap::Args;

use self::{
    comparison::Cell, history_client::HistoryClient, rounds::Rounds, seed_client::SeedClient,
};
use crate::{
    environment::Environment,
    report::{self, Section},
    target::TargetArgs,
    worker::tail_workflow::Plan,
};

/// How to measure the tail.
#[derive(Args)]
pub struct TailArgs {
    /// How many workflows are in flight at a time, one measurement each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 50, 200])]
    in_flight: Vec<usize>,
    /// How often each side has its turn.
    #[arg(long, default_value_t = 6)]
    rounds: usize,
    /// Workflows per turn; by default four times those in flight, and 25 at least.
    #[arg(long)]
    per_round: Option<usize>,
    /// Activities per workflow, one after the other.
    #[arg(long, default_value_t = 3)]
    activities: u32,
}

impl TailArgs {
    fn per_round(&self, in_flight: usize) -> usize {
        self.per_round.unwrap_or((4 * in_flight).max(25))
    }
}

/// Measures both sides in turns, so that drift over the run affects both.
pub async fn run(target: &TargetArgs, args: &TailArgs) -> Result<Section> {
    let environment = Environment::prepare(target, true).await?;
    let plan = Plan {
        activities: args.activities,
    };
    let baseline = environment.baseline().await?;
    let mut cells = Vec::new();
    for in_flight in args.in_flight.iter().copied().filter(|count| *count > 0) {
        let history_client = |_| HistoryClient {
            baseline: baseline.clone(),
            plan,
        };
        let history_clients = (0..in_flight).map(history_client).collect();
        let mut baseline_rounds = Rounds::new(history_clients, target.side.reference());
        let seed_clients = environment.gateway.iter().flat_map(|gateway| {
            let client = |number| SeedClient::new(&environment, gateway.address, number, plan);
            (0..in_flight).map(client)
        });
        let mut gateway_rounds = Rounds::new(seed_clients.collect(), target.side.gateway());
        // A first, short turn each opens connections and warms up the worker, and is not counted.
        baseline_rounds.run(in_flight).await?;
        gateway_rounds.run(in_flight).await?;
        baseline_rounds.discard();
        gateway_rounds.discard();
        let workflows = args.per_round(in_flight);
        for round in 1..=args.rounds {
            report::note(&format!("tail, {in_flight} in flight, round {round}"));
            // The side that was last is first next, so that an even drift affects both alike.
            if round % 2 == 1 {
                gateway_rounds.run(workflows).await?;
                baseline_rounds.run(workflows).await?;
            } else {
                baseline_rounds.run(workflows).await?;
                gateway_rounds.run(workflows).await?;
            }
        }
        cells.push(Cell::new(
            in_flight,
            gateway_rounds.outcome(),
            baseline_rounds.outcome(),
        ));
    }
    comparison::section(&cells)
}
