//! The command lines of both programs.

use clap::{Args, Parser, Subcommand};

use crate::config::Flag;

const SETTINGS: &str = "\
Settings are read from flags, the environment, and a .env file in the working
folder: the first that says something counts. `fast-temporal config` shows all
settings, with their values and where these came from.";

/// The realtime edge for Temporal: clients start and watch workflows over WebSocket and SSE.
#[derive(Debug, Parser)]
#[command(name = "fast-temporal", version, after_help = SETTINGS)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway.
    Serve(ServeArgs),
    /// Run everything on this machine: a Temporal dev server, the gateway and an example.
    #[cfg(feature = "dev")]
    Dev(DevArgs),
    /// Show the settings in force, and where each came from.
    Config(ConfigArgs),
}

/// `fast-temporal serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Serve without authentication on an address that others can reach.
    #[arg(long)]
    pub insecure: bool,
}

/// `fast-temporal-run`, the original's script: `fast-temporal serve` for a machine where it ran.
#[derive(Debug, Parser)]
#[command(name = "fast-temporal-run", version, after_help = SETTINGS)]
pub struct RunArguments {
    #[command(flatten)]
    pub listen: ListenArgs,
}

#[derive(Debug, Args)]
pub struct ListenArgs {
    /// The address to listen on [default: 127.0.0.1] [env: FASTAPI_HOST].
    #[arg(long)]
    pub host: Option<String>,
    /// The port to listen on, 0 for a free one [default: 8000] [env: FASTAPI_PORT].
    #[arg(long)]
    pub port: Option<String>,
    /// When .env changes, drain and start anew with it [env: FASTAPI_RELOAD].
    #[arg(long)]
    pub reload: bool,
}

/// `fast-temporal dev`.
#[cfg(feature = "dev")]
#[derive(Debug, Args)]
pub struct DevArgs {
    /// The gateway's port on 127.0.0.1 [default: 8000] [env: FASTAPI_PORT].
    #[arg(long)]
    pub port: Option<String>,
    /// Keep the Temporal server's state in this file; without it, all is forgotten at the end.
    #[arg(long, value_name = "FILE")]
    pub db: Option<std::path::PathBuf>,
    /// Run the Temporal server without its UI.
    #[arg(long)]
    pub headless: bool,
}

/// `fast-temporal config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
}

impl ListenArgs {
    pub fn flags(self) -> Vec<Flag> {
        let host = self.host.map(|value| flag("--host", "FASTAPI_HOST", value));
        let port = self.port.map(port_flag);
        let reload = self
            .reload
            .then(|| flag("--reload", "FASTAPI_RELOAD", "true".into()));
        [host, port, reload].into_iter().flatten().collect()
    }
}

impl ServeArgs {
    pub fn flags(self) -> Vec<Flag> {
        let mut flags = self.listen.flags();
        if self.insecure {
            flags.push(flag("--insecure", "FAST_TEMPORAL_INSECURE", "true".into()));
        }
        flags
    }
}

#[cfg(feature = "dev")]
impl DevArgs {
    pub fn flags(&self) -> Vec<Flag> {
        self.port.clone().map(port_flag).into_iter().collect()
    }
}

fn port_flag(value: String) -> Flag {
    flag("--port", "FASTAPI_PORT", value)
}

fn flag(flag: &'static str, variable: &'static str, value: String) -> Flag {
    Flag {
        flag,
        variable,
        value,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_lines_hold_together() {
        Arguments::command().debug_assert();
        RunArguments::command().debug_assert();
    }
}
