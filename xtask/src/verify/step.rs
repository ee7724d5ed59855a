//! The steps of the check, in the order in which they run: quick ones first, those that need real
//! servers last.

use std::fmt;

use anyhow::Result;
use clap::ValueEnum;

use super::{
    deny, machine,
    summary::Outcome,
    tool::{MACHETE, NEXTEST, Tools},
};
use crate::{
    conform, docs, prose,
    workspace::{Workspace, run},
};

/// One step of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// The source is formatted.
    Fmt,
    /// The generated documentation is current, and error pages, requirements and links are complete.
    Docs,
    /// Spelling and plain English.
    Prose,
    /// Licences, sources and advisories of dependencies are acceptable.
    Deny,
    /// No crate names a dependency that it does not use.
    Unused,
    /// Clippy has no warnings.
    Clippy,
    /// The API documentation builds without warnings.
    Doc,
    /// The examples in the API documentation pass.
    Doctest,
    /// The tests pass.
    Test,
    /// Two gateways conform to the protocol, even while processes are killed.
    Conform,
}

impl Step {
    /// All steps, in the order in which they run.
    pub const ALL: &[Self] = &[
        Self::Fmt,
        Self::Docs,
        Self::Prose,
        Self::Deny,
        Self::Unused,
        Self::Clippy,
        Self::Doc,
        Self::Doctest,
        Self::Test,
        Self::Conform,
    ];

    /// Runs the step. All cargo commands build the whole workspace with the same features and flags,
    /// so that the steps share their build.
    pub fn run(self, workspace: &Workspace, tools: &Tools<'_>) -> Result<Outcome> {
        let cargo = |arguments| workspace.cargo(arguments);
        match self {
            Self::Fmt => run(&mut cargo("fmt --all --check"))?,
            Self::Docs => docs::run(workspace, &docs::Arguments { check: true })?,
            Self::Prose => prose::run(workspace)?,
            Self::Deny => return deny::check(workspace, tools),
            Self::Unused => {
                let mut machete = workspace.command(tools.path(&MACHETE)?);
                machete.args(["machete", "--with-metadata"]);
                // The plug-in only accepts its name as an argument if cargo seems to have called it.
                run(machete.env("CARGO", "cargo"))?;
            }
            Self::Clippy => {
                let mut clippy = cargo("clippy --workspace --all-targets --locked");
                run(clippy.args(["--", "-D", "warnings"]))?;
            }
            Self::Doc => {
                run(cargo("doc --workspace --no-deps --locked").env("RUSTDOCFLAGS", "-D warnings"))?;
            }
            Self::Doctest => run(&mut cargo("test --workspace --doc --locked"))?,
            Self::Test => {
                machine::install_missing(workspace)?;
                let mut nextest = workspace.command(tools.path(&NEXTEST)?);
                run(nextest.args(["nextest", "run", "--workspace", "--locked"]))?;
            }
            Self::Conform => {
                machine::install_missing(workspace)?;
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
