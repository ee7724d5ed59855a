//! Load driver of Fast Temporal. It measures the gateway beside a baseline, in the same run and on the
//! same machine: a Rust client that long-polls Temporal's history itself, or a bare axum endpoint.
//! It knows the gateway by its addresses and protocols alone, and links none of its crates.

mod args;
mod bare;
mod baseline;
mod client;
mod clock;
mod environment;
mod fanout;
mod idle;
mod latency;
mod output;
mod ratio;
mod report;
mod requests;
mod resume;
mod seed;
mod stream;
mod swarm;
mod tail;
mod target;
mod tick;
mod worker;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    args::{Arguments, Command},
    fanout::FanoutArgs,
    idle::IdleArgs,
    report::Report,
    requests::RequestsArgs,
    resume::ResumeArgs,
    stream::StreamArgs,
    tail::TailArgs,
    target::TargetArgs,
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
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

/// Everything with its defaults, one after the other. A failure does not stop the rest.
async fn all(target: &TargetArgs, report: &mut Report) {
    report.add("idle", idle::run(target, &IdleArgs::default()).await);
    report.add("tail", tail::run(target, &TailArgs::default()).await);
    report.add("fanout", fanout::run(target, &FanoutArgs::default()).await);
    report.add(
        "fanout --sse",
        fanout::run(target, &FanoutArgs::over_sse()).await,
    );
    // There is nothing that the gateway's requests could be compared with.
    if target.side.gateway() {
        report.add(
            "requests",
            requests::run(target, &RequestsArgs::default()).await,
        );
        report.add("stream", stream::run(target, &StreamArgs::default()).await);
        if target.spawn {
            report.add("resume", resume::run(target, &ResumeArgs::default()).await);
        }
    }
}
