//! `fast-temporal`: the gateway and its commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    fast_temporal::main()
}
