//! The tail: from the return of a workflow's last activity to the client's last frame, beside the time
//! to a baseline client's read of the same, and how many workflows per second each side gets through.

mod baseline_side;
mod gateway;
mod report;
mod round;

use clap::Args;

use self::{baseline_side::BaselineSide, gateway::GatewaySide, report::Cell, round::Rounds};
use crate::{environment::Environment, output, report::Section, target::TargetArgs, worker::Plan};

/// How to measure the tail.
#[derive(Args, Clone)]
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

impl Default for TailArgs {
    fn default() -> Self {
        Self {
            in_flight: vec![1, 50, 200],
            rounds: 6,
            per_round: None,
            activities: 3,
        }
    }
}

impl TailArgs {
    fn per_round(&self, in_flight: usize) -> usize {
        self.per_round.unwrap_or((4 * in_flight).max(25))
    }
}

/// Measures both sides in turns, so that drift over the run affects both.
pub async fn run(target: &TargetArgs, args: &TailArgs) -> anyhow::Result<Section> {
    let environment = Environment::prepare(target, true).await?;
    let plan = Plan {
        activities: args.activities,
    };
    let baseline = environment.baseline().await?;
    let mut cells = Vec::new();
    for in_flight in args
        .in_flight
        .iter()
        .copied()
        .filter(|in_flight| *in_flight > 0)
    {
        let mut baseline_rounds = Rounds::new(
            (0..in_flight)
                .map(|_| BaselineSide::new(baseline.clone(), plan))
                .collect(),
            target.side.reference(),
        );
        let gateway_side = |address, number| GatewaySide::new(&environment, address, number, plan);
        let sides = environment
            .gateway
            .iter()
            .flat_map(|gateway| (0..in_flight).map(|number| gateway_side(gateway.address, number)));
        let mut gateway_rounds = Rounds::new(sides.collect(), target.side.gateway());
        // A first, short turn each opens connections and wakes the worker, and is not counted.
        baseline_rounds.play(in_flight).await?;
        gateway_rounds.play(in_flight).await?;
        baseline_rounds.forget();
        gateway_rounds.forget();
        for round in 0..args.rounds {
            output::note(&format!("tail, {in_flight} in flight, round {}", round + 1));
            // The one that was last is first next: an even drift then weighs on both alike.
            if round % 2 == 0 {
                gateway_rounds.play(args.per_round(in_flight)).await?;
                baseline_rounds.play(args.per_round(in_flight)).await?;
            } else {
                baseline_rounds.play(args.per_round(in_flight)).await?;
                gateway_rounds.play(args.per_round(in_flight)).await?;
            }
        }
        cells.push(Cell::new(
            in_flight,
            gateway_rounds.outcome(),
            baseline_rounds.outcome(),
        ));
    }
    report::section(&cells)
}
