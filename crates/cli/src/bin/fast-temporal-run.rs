//! `fast-temporal-run`: the gateway under the name and with the flags of the Python package's
//! script.

use std::process::ExitCode;

fn main() -> ExitCode {
    fast_temporal::run_main()
}
