//! The steps of the check, in the order in which they run: what is quick comes first, and
//! what needs real servers last.

use std::fmt;

use anyhow::Result;
use clap::ValueEnum;

use super::{deny, machine, tool::Tools};
use crate::{
    conform,
    process::{command, run},
    prose, tidy,
    workspace::Workspace,
};

/// One step of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// The source is formatted as rustfmt does it.
    Fmt,
    /// Sizes, names, error pages and left-overs.
    Tidy,
    /// Spelling and plain English.
    Prose,
    /// Licences, sources and advisories of dependencies.
    Deny,
    /// No crate names a dependency that it does not use.
    Unused,
    /// Clippy has nothing to say.
    Clippy,
    /// The documentation builds without a warning.
    Doc,
    /// The examples in the documentation work.
    Doctest,
    /// The tests pass.
    Test,
    /// Two gateways keep to the protocol as seen from outside, also when things are killed.
    Conform,
}

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Passed,
    /// Nothing wrong was found, but a part of the step could not be done.
    Incomplete(String),
    /// Something is wrong; it has been said what.
    Failed,
}

impl Step {
    /// Every step, in the order in which they run.
    pub const ALL: &[Self] = &[
        Self::Fmt,
        Self::Tidy,
        Self::Prose,
        Self::Deny,
        Self::Unused,
        Self::Clippy,
        Self::Doc,
        Self::Doctest,
        Self::Test,
        Self::Conform,
    ];

    /// Carries the step out. All cargo commands build the whole workspace with one set of features
    /// and flags, so that the steps share what they build.
    pub fn run(self, workspace: &Workspace, tools: &Tools<'_>) -> Result<Outcome> {
        let cargo = |words: &str| {
            let mut cargo = command(&workspace.root, "cargo");
            cargo.args(words.split(' '));
            cargo
        };
        match self {
            Self::Fmt => run(&mut cargo("fmt --all --check"))?,
            Self::Tidy => tidy::run(workspace)?,
            Self::Prose => prose::run(workspace)?,
            Self::Deny => return deny::check(workspace, tools),
            Self::Unused => {
                let machete = tools.ready(&super::tool::MACHETE)?;
                // It takes its name as an argument only where cargo seems to have called it.
                run(command(&workspace.root, machete)
                    .args(["machete", "--with-metadata"])
                    .env("CARGO", "cargo"))?;
            }
            Self::Clippy => {
                run(&mut cargo(
                    "clippy --workspace --all-targets --locked -- -D warnings",
                ))?;
            }
            Self::Doc => {
                run(cargo("doc --workspace --no-deps --locked").env("RUSTDOCFLAGS", "-D warnings"))?;
            }
            Self::Doctest => run(&mut cargo("test --workspace --doc --locked"))?,
            Self::Test => {
                machine::make_ready(workspace)?;
                let nextest = tools.ready(&super::tool::NEXTEST)?;
                run(command(&workspace.root, nextest).args([
                    "nextest",
                    "run",
                    "--workspace",
                    "--locked",
                ]))?;
            }
            Self::Conform => {
                machine::make_ready(workspace)?;
                conform::run(workspace, &conform::Arguments::default())?;
            }
        }
        Ok(Outcome::Passed)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("no step is hidden");
        f.pad(value.get_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_runs() {
        assert_eq!(Step::ALL, Step::value_variants());
    }
}
