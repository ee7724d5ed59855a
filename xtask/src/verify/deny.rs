//! Licences, bans, sources and advisories of dependencies, by cargo-deny.
//!
//! Advisories are compared with a database that lies on GitHub. A machine that can't reach it says
//! so in the summary; that alone is no failure, as the rest of the check does not depend on it.

use std::process::Command;

use anyhow::Result;

use super::{
    step::Outcome,
    tool::{DENY, Tools},
};
use crate::{
    process::{command, read, run, say},
    workspace::Workspace,
};

/// How cargo-deny begins to say that it could not get the database.
const NOT_FETCHED: &str = "failed to fetch advisory database";

/// Runs all four checks.
pub fn check(workspace: &Workspace, tools: &Tools<'_>) -> Result<Outcome> {
    let program = tools.ready(&DENY)?;
    let deny = || -> Command {
        let mut deny = command(&workspace.root, &program);
        deny.args(["deny", "--locked"]);
        deny
    };
    // Crates that name no licence carry its text, and that is read.
    let quiet = ["--hide-inclusion-graph", "--allow", "no-license-field"];
    run(deny()
        .arg("check")
        .args(quiet)
        .args(["licenses", "bans", "sources"]))?;

    // A network that swallows packets must not hold up the check.
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
            let said = error.to_string();
            if !said.contains(NOT_FETCHED) {
                return Err(error);
            }
            say(&said);
            Ok(Outcome::Incomplete(format!(
                "advisories were NOT checked: their database could not be fetched ({})",
                reason(&said)
            )))
        }
    }
}

/// Git's own word for what went wrong, which is the last one.
fn reason(said: &str) -> &str {
    let last = said
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or(said);
    last.trim().trim_start_matches("fatal: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_what_git_said_last() {
        let said = "[ERROR] failed to fetch database: failed to fetch advisory database\n\
                    Cloning into 'advisory-db'...\n\
                    fatal: unable to access 'https://github.com/': Could not resolve host\n\n";
        let expected = "unable to access 'https://github.com/': Could not resolve host";
        assert_eq!(reason(said), expected);
    }
}
