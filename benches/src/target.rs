//! What a measurement runs against: addresses, programs to start, and the side to measure.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};

/// What to measure, and its addresses.
#[derive(Args, Clone)]
pub struct TargetArgs {
    /// The gateway's address.
    #[arg(
        long,
        global = true,
        default_value = "http://127.0.0.1:8000",
        value_name = "URL"
    )]
    pub gateway: String,
    /// The gateway's process id, for memory and CPU time. Known if the driver starts it.
    #[arg(long, global = true, value_name = "PID")]
    pub gateway_pid: Option<u32>,
    /// Temporal's address.
    #[arg(
        long,
        global = true,
        default_value = "127.0.0.1:7233",
        value_name = "ADDRESS"
    )]
    pub temporal: String,
    /// The address of Temporal's metrics. Known if the driver starts it.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub temporal_metrics: Option<SocketAddr>,
    /// Start a Temporal dev server and the gateway for this run alone, each on a free port.
    #[arg(long, global = true)]
    pub spawn: bool,
    /// The gateway to start; by default `fast-temporal` beside this program.
    #[arg(long, global = true, value_name = "PATH")]
    pub gateway_bin: Option<PathBuf>,
    /// Settings of the gateway that is started, as `NAME=VALUE`.
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    pub gateway_env: Vec<String>,
    /// The Temporal CLI that starts the dev server.
    #[arg(
        long,
        global = true,
        env = "TEMPORAL_CLI_PATH",
        default_value = "temporal",
        value_name = "PATH"
    )]
    pub temporal_cli: PathBuf,
    /// Measure only the gateway, or only the reference.
    #[arg(long, global = true, value_enum, default_value_t = Side::Both)]
    pub side: Side,
}

/// Which side of the comparison is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Side {
    Both,
    Gateway,
    Reference,
}

impl Side {
    pub fn gateway(self) -> bool {
        self != Self::Reference
    }

    pub fn reference(self) -> bool {
        self != Self::Gateway
    }
}
