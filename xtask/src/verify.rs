//! `cargo xtask verify`: the whole check, step by step. The README's test command, and all that
//! continuous integration runs.

mod deny;
mod machine;
mod step;
mod summary;
mod tool;

use anyhow::{Result, bail};

pub use self::step::Step;
use self::{step::Outcome, summary::Summary, tool::Tools};
use crate::{process::say, workspace::Workspace};

/// Which steps to run; all of them where nothing is said.
#[derive(clap::Args)]
pub struct Arguments {
    /// Run these steps only.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Step>,
    /// Run all but these steps.
    #[arg(long, value_enum, value_delimiter = ',', conflicts_with = "only")]
    skip: Vec<Step>,
}

/// Runs the steps. One that fails does not keep the others from running: all that is wrong is
/// shown at once, and the summary says which steps it was.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let tools = Tools::new(workspace);
    let mut summary = Summary::default();
    for step in arguments.steps() {
        say(&format!("\n=== {step}"));
        summary.run(step, || {
            step.run(workspace, &tools).unwrap_or_else(|error| {
                say(&format!("error: {error:#}"));
                Outcome::Failed
            })
        });
    }
    say(&format!("\n{summary}"));
    let failed: Vec<_> = summary.failed().iter().map(Step::to_string).collect();
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}", failed.join(", "))
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
    fn all_steps_run_where_nothing_is_said() {
        let arguments = Arguments {
            only: vec![],
            skip: vec![],
        };
        assert_eq!(arguments.steps(), Step::ALL);
    }

    #[test]
    fn steps_run_in_their_own_order_whatever_the_order_of_the_arguments() {
        let arguments = Arguments {
            only: vec![Step::Test, Step::Fmt],
            skip: vec![],
        };
        assert_eq!(arguments.steps(), [Step::Fmt, Step::Test]);
    }

    #[test]
    fn skipped_steps_are_left_out_and_no_others() {
        let arguments = Arguments {
            only: vec![],
            skip: vec![Step::Deny],
        };
        assert_eq!(arguments.steps().len(), Step::ALL.len() - 1);
        assert!(!arguments.steps().contains(&Step::Deny));
    }
}
