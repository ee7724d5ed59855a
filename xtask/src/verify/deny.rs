//! Licences, bans, sources and advisories of dependencies, by cargo-deny.
//!
//! The advisory database is on GitHub. If it is unreachable, the summary reports that, and the step is
//! not a failure, as the rest of the check does not depend on it.

use std::process::Command;

use anyhow::Result;

use super::{
    summary::Outcome,
    tool::{DENY, Tools},
};
use crate::workspace::{Workspace, read, report, run};

/// The start of cargo-deny's message that it could not fetch the database.
const NOT_FETCHED: &str = "failed to fetch advisory database";

/// Runs cargo-deny's four checks.
pub fn check(workspace: &Workspace, tools: &Tools<'_>) -> Result<Outcome> {
    let program = tools.path(&DENY)?;
    let deny = || -> Command {
        let mut deny = workspace.command(&program);
        deny.args(["deny", "--locked"]);
        deny
    };
    // Crates without a licence field contain its text, which cargo-deny reads.
    let quiet = ["--hide-inclusion-graph", "--allow", "no-license-field"];
    let checks = ["licenses", "bans", "sources"];
    run(deny().arg("check").args(quiet).args(checks))?;

    // A network that drops packets must not delay the check.
    let fetched = read(
        deny()
            .args(["fetch", "db"])
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_HTTP_LOW_SPEED_LIMIT", "1000")
            .env("GIT_HTTP_LOW_SPEED_TIME", "30"),
    );
    match fetched {
        Ok(_) => {
            run(deny().args(["check", "--disable-fetch", "advisories"]))?;
            Ok(Outcome::Passed)
        }
        Err(error) => {
            let error_text = error.to_string();
            if !error_text.contains(NOT_FETCHED) {
                return Err(error);
            }
            report(&error_text);
            Ok(Outcome::Incomplete(format!(
                "advisories were NOT checked: their database could not be fetched ({})",
                reason(&error_text)
            )))
        }
    }
}

/// Git's reason, which is in the last line of its output.
fn reason(output: &str) -> &str {
    let last = output.trim().lines().next_back().unwrap_or(output);
    last.trim_start_matches("fatal: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_is_in_the_last_line() {
        let output = "[ERROR] failed to fetch database: failed to fetch advisory database\n\
                    Cloning into 'advisory-db'...\n\
                    fatal: unable to access 'https://github.com/': Could not resolve host\n\n";
        let expected = "unable to access 'https://github.com/': Could not resolve host";
        assert_eq!(reason(output), expected);
    }
}
