//! Load driver of Fast Temporal. It measures the gateway beside a floor, in the same run and on the
//! same machine: a Rust client that long-polls Temporal's history itself, or a bare axum endpoint.
//! It knows the gateway by its addresses and protocols alone, and links none of its crates.

mod args;
mod bare;
mod client;
mod clock;
mod fanout;
mod floor;
mod ground;
mod idle;
mod latency;
mod output;
mod ratio;
mod report;
mod requests;
mod seed;
mod swarm;
mod tail;
mod tick;
mod worker;

use clap::Parser;

use crate::{
    args::{Arguments, Command},
    report::Report,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments {
        target,
        json,
        command,
    } = Arguments::parse();
    let mut report = Report::new();
    match command {
        Command::Worker(args) => return worker::run(args).await,
        Command::Bare(args) => return bare::run(args).await,
        Command::Tail(args) => report.add(tail::run(&target, &args).await?),
        Command::Idle(args) => report.add(idle::run(&target, &args).await?),
        Command::Fanout(args) => report.add(fanout::run(&target, &args).await?),
        Command::Requests(args) => report.add(requests::run(&target, &args).await?),
        Command::All => {
            report.add(idle::run(&target, &idle::IdleArgs::default()).await?);
            report.add(tail::run(&target, &tail::TailArgs::default()).await?);
            report.add(fanout::run(&target, &fanout::FanoutArgs::default()).await?);
            report.add(fanout::run(&target, &fanout::FanoutArgs::over_sse()).await?);
            report.add(requests::run(&target, &requests::RequestsArgs::default()).await?);
        }
    }
    if let Some(file) = json {
        report.write(&file)?;
    }
    Ok(())
}
