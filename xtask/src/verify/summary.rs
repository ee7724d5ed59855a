//! The summary of a check.

use std::{fmt, time::Duration};

use super::step::{Outcome, Step};

#[expect(
    clippy::disallowed_types,
    reason = "no runtime here whose time could be paused"
)]
type Instant = std::time::Instant;

/// The steps that ran, with outcome and duration.
#[derive(Debug, Default)]
pub struct Summary {
    rows: Vec<(Step, Outcome, Duration)>,
}

impl Summary {
    /// Runs a step and records its outcome.
    pub fn run(&mut self, step: Step, work: impl FnOnce() -> Outcome) {
        let started = Instant::now();
        let outcome = work();
        self.rows.push((step, outcome, started.elapsed()));
    }

    /// Returns the failed steps.
    pub fn failed(&self) -> Vec<Step> {
        let failed = self
            .rows
            .iter()
            .filter(|(_, outcome, _)| *outcome == Outcome::Failed);
        failed.map(|(step, ..)| *step).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "=== summary")?;
        for (step, outcome, time) in &self.rows {
            let (outcome, note) = match outcome {
                Outcome::Passed => ("ok", String::new()),
                Outcome::Incomplete(why) => ("INCOMPLETE", format!("  {why}")),
                Outcome::Failed => ("FAILED", String::new()),
            };
            writeln!(
                f,
                "{step:<8} {:>7.1} s  {outcome}{note}",
                time.as_secs_f64()
            )?;
        }
        let total: Duration = self.rows.iter().map(|(_, _, time)| *time).sum();
        write!(f, "{:<8} {:>7.1} s", "total", total.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_step_is_shown_and_not_a_failure() {
        let why = "advisories were not checked".to_owned();
        let mut summary = Summary::default();
        summary.run(Step::Deny, || Outcome::Incomplete(why));
        assert_eq!(summary.failed(), []);
        let text = summary.to_string();
        assert!(
            text.contains("INCOMPLETE  advisories were not checked"),
            "{text}"
        );
    }

    #[test]
    fn failed_steps_are_listed() {
        let mut summary = Summary::default();
        for (step, outcome) in [(Step::Fmt, Outcome::Passed), (Step::Test, Outcome::Failed)] {
            summary.run(step, || outcome);
        }
        assert_eq!(summary.failed(), [Step::Test]);
        assert!(summary.to_string().contains("FAILED"));
    }
}
