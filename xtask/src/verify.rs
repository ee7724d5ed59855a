//! `cargo xtask verify`: all checks, step by step. Continuous integration runs this and nothing else.

mod deny;
mod machine;
mod step;
mod summary;
mod tool;

use anyhow::{Result, bail};

use self::{
    step::Step,
    summary::{Outcome, Summary},
    tool::Tools,
};
use crate::workspace::{Workspace, report};

/// The steps to run, by default all.
#[derive(clap::Args)]
pub struct Arguments {
    /// Run these steps only.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Step>,
    /// Run all but these steps.
    #[arg(long, value_enum, value_delimiter = ',', conflicts_with = "only")]
    skip: Vec<Step>,
}

/// Runs the steps. A failed step does not stop the others; the summary names every failed step.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let tools = Tools::new(workspace);
    let mut summary = Summary::default();
    for step in arguments.steps() {
        report(&format!("\n=== {step}"));
        summary.run(step.to_string(), || {
            step.run(workspace, &tools).unwrap_or_else(|error| {
                report(&format!("error: {error:#}"));
                Outcome::Failed
            })
        });
    }
    report(&format!("\n{summary}"));
    match summary.failed().as_slice() {
        [] => Ok(()),
        failed => bail!("failed: {}", failed.join(", ")),
    }
}

impl Arguments {
    fn steps(&self) -> Vec<Step> {
        let wanted = |step: &Step| match self.only.as_slice() {
            [] => !self.skip.contains(step),
            only => only.contains(step),
        };
        Step::ALL.iter().copied().filter(wanted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_steps_run_by_default() {
        let arguments = Arguments {
            only: vec![],
            skip: vec![],
        };
        assert_eq!(arguments.steps(), Step::ALL);
    }

    #[test]
    fn steps_run_in_their_own_order() {
        let arguments = Arguments {
            only: vec![Step::Test, Step::Fmt],
            skip: vec![],
        };
        assert_eq!(arguments.steps(), [Step::Fmt, Step::Test]);
    }

    #[test]
    fn only_skipped_steps_are_left_out() {
        let arguments = Arguments {
            only: vec![],
            skip: vec![Step::Deny],
        };
        assert_eq!(arguments.steps().len(), Step::ALL.len() - 1);
        assert!(!arguments.steps().contains(&Step::Deny));
    }
}
