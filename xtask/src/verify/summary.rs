//! The summary of a check.

use std::{fmt, time::Duration};

#[expect(
    clippy::disallowed_types,
    reason = "no runtime here whose time could be paused"
)]
type Instant = std::time::Instant;

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is fine.
    Passed,
    /// No problem was found, but a part of the step could not run.
    Incomplete(String),
    /// The step failed and has reported why.
    Failed,
}

/// The steps that ran, with outcome and duration.
#[derive(Debug, Default)]
pub struct Summary {
    rows: Vec<(String, Outcome, Duration)>,
}

impl Summary {
    /// Runs a step and records its outcome.
    pub fn run(&mut self, step: String, work: impl FnOnce() -> Outcome) {
        let started = Instant::now();
        let outcome = work();
        self.rows.push((step, outcome, started.elapsed()));
    }

    /// Returns the failed steps.
    pub fn failed(&self) -> Vec<&str> {
        let rows = self.rows.iter();
        let failed = rows.filter(|(_, outcome, _)| *outcome == Outcome::Failed);
        failed.map(|(step, ..)| step.as_str()).collect()
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
            let seconds = time.as_secs_f64();
            writeln!(f, "{step:<8} {seconds:>7.1} s  {outcome}{note}")?;
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
        summary.run("deny".to_owned(), || Outcome::Incomplete(why));
        assert_eq!(summary.failed(), [""; 0]);
        let text = summary.to_string();
        let expected = "INCOMPLETE  advisories were not checked";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn failed_steps_are_listed() {
        let mut summary = Summary::default();
        for (step, outcome) in [("fmt", Outcome::Passed), ("test", Outcome::Failed)] {
            summary.run(step.to_owned(), || outcome);
        }
        assert_eq!(summary.failed(), ["test"]);
        assert!(summary.to_string().contains("FAILED"));
    }
}
