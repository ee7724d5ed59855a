//! Load driver of Fast Temporal. It measures the gateway beside a baseline, in the same run and on the
//! same machine: a Rust client that long-polls Temporal's history itself, or a bare axum endpoint.
//! It knows the gateway by its addresses and protocols alone, and links none of its crates.

mod args;
mod bare;
mod baseline;
mod client;
mod environment;
mod fanout;
mod figure;
mod idle;
mod latency;
mod report;
mod requests;
mod resume;
mod stream;
mod swarm;
mod tail;
mod tally;
mod target;
mod tick;
mod worker;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser};

use crate::{
    args::{Arguments, Command},
    report::Report,
    target::TargetArgs,
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::note(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let Arguments {
        target,
        json,
        command,
    } = Arguments::parse();
    let mut report = Report::new();
    match command {
        Command::Worker(args) => return worker::run(args).await,
        Command::Bare(args) => return bare::run(args).await,
        Command::Tail(args) => report.add("tail", tail::run(&target, &args).await),
        Command::Idle(args) => report.add("idle", idle::run(&target, &args).await),
        Command::Fanout(args) => report.add("fanout", fanout::run(&target, &args).await),
        Command::Requests(args) => report.add("requests", requests::run(&target, &args).await),
        Command::Resume(args) => report.add("resume", resume::run(&target, &args).await),
        Command::Stream(args) => report.add("stream", stream::run(&target, &args).await),
        Command::All => all(&target, &mut report).await,
    }
    if let Some(file) = json {
        report.write(&file)?;
    }
    report.end()
}

/// Measures everything with its defaults, one after the other. A failure does not stop the rest.
async fn all(target: &TargetArgs, report: &mut Report) {
    report.add("idle", idle::run(target, &parse(&[])).await);
    report.add("tail", tail::run(target, &parse(&[])).await);
    report.add("fanout", fanout::run(target, &parse(&[])).await);
    let over_sse = parse(&["--dialect", "sse"]);
    report.add("fanout over SSE", fanout::run(target, &over_sse).await);
    // The gateway's requests cannot be compared with anything.
    if target.side.gateway() {
        report.add("requests", requests::run(target, &parse(&[])).await);
        report.add("stream", stream::run(target, &parse(&[])).await);
        if target.spawn {
            report.add("resume", resume::run(target, &parse(&[])).await);
        }
    }
}

/// Returns the arguments of a measurement from flags, with the defaults of all others.
fn parse<A: Args>(flags: &[&str]) -> A {
    let command = A::augment_args(clap::Command::new("all").no_binary_name(true));
    let matches = command.get_matches_from(flags);
    A::from_arg_matches(&matches).expect("valid flags")
}
