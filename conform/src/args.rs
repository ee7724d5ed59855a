//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Black-box tests of a Fast Temporal gateway's v1 protocol.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArguments,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the cases (the default).
    Run(RunArguments),
    /// Work on the cases' workflows until standard input closes.
    Worker(WorkerArguments),
}

/// What to run, and against what.
#[derive(Args)]
pub struct RunArguments {
    /// The gateways under test, such as http://127.0.0.1:8000: one, or several before the same
    /// Temporal. A worker of the cases' workflows must run: see the subcommand `worker`.
    #[arg(required_unless_present_any = ["spawn", "list"])]
    pub urls: Vec<String>,
    /// Start Temporal, a worker and two gateways for this run, and test what happens when they are
    /// killed, too.
    #[arg(long, conflicts_with = "urls")]
    pub spawn: bool,
    /// The gateway's program, for --spawn; by default the one beside this program.
    #[arg(long)]
    pub gateway_bin: Option<PathBuf>,
    /// The secret that the gateways verify HS256 tokens with. Without it, they must need no credentials.
    #[arg(long, env = "FAST_TEMPORAL_CONFORM_JWT_SECRET", hide_env_values = true)]
    pub jwt_secret: Option<String>,
    /// The task queue that the worker polls.
    #[arg(long, default_value = "conform")]
    pub task_queue: String,
    /// Run only cases whose name contains this.
    #[arg(long)]
    pub only: Option<String>,
    /// The program of schemathesis, which compares the API with its document.
    #[arg(long)]
    pub schemathesis: Option<PathBuf>,
    /// How many requests schemathesis generates for each operation.
    #[arg(long, default_value_t = 200)]
    pub examples: u32,
    /// How many cases run at a time.
    #[arg(long, default_value_t = 6)]
    pub jobs: usize,
    /// List the cases and exit.
    #[arg(long)]
    pub list: bool,
}

/// Arguments of the worker.
#[derive(Args)]
pub struct WorkerArguments {
    /// Temporal's address.
    #[arg(long)]
    pub address: String,
    /// The task queue to poll.
    #[arg(long, default_value = "conform")]
    pub task_queue: String,
}

impl Arguments {
    /// The command; by default, run the cases.
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Run(self.run))
    }
}
