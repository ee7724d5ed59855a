//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{
    bare::BareArgs, fanout::FanoutArgs, idle::IdleArgs, requests::RequestsArgs, resume::ResumeArgs,
    stream::StreamArgs, tail::TailArgs, target::TargetArgs, worker::WorkerArgs,
};

/// Load driver of Fast Temporal: the cost of the gateway beside the cost without one.
#[derive(Parser)]
#[command(name = "fast-temporal-bench", version)]
pub struct Arguments {
    #[command(flatten)]
    pub target: TargetArgs,
    /// Write all figures to this file as JSON.
    #[arg(long, global = true, value_name = "FILE")]
    pub json: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

/// What to measure.
#[derive(Subcommand)]
pub enum Command {
    /// From an activity's return to the client's last frame, and workflows per second.
    Tail(TailArgs),
    /// Memory of idle connections, and connects per second.
    Idle(IdleArgs),
    /// One workflow watched by many connections.
    Fanout(FanoutArgs),
    /// Requests to Temporal per watched workflow.
    Requests(RequestsArgs),
    /// Clients of a killed gateway that resume at another.
    Resume(ResumeArgs),
    /// Streams that activities publish, beside the Python SDK's subscriber.
    Stream(StreamArgs),
    /// Everything above, one after the other, with the defaults.
    All,
    /// The worker of the bench workflows. The driver starts it itself.
    #[command(hide = true)]
    Worker(WorkerArgs),
    /// The bare axum endpoint that the gateway is compared with. The driver starts it itself.
    #[command(hide = true)]
    Bare(BareArgs),
}
