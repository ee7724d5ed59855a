//! The report on standard error.

use std::time::Duration;

/// The outcome of a case.
pub enum Outcome {
    Passed,
    /// It failed, and why.
    Failed(String),
    /// It could not run here, and why.
    NotRun(&'static str),
}

/// How many cases had each outcome.
#[derive(Default)]
pub struct Report {
    passed: usize,
    pub failed: usize,
    not_run: usize,
}

/// Prints a line.
#[expect(clippy::print_stderr, reason = "this is the program's output")]
pub fn print(text: &str) {
    eprintln!("{text}");
}

impl Report {
    /// Counts and prints the outcome of a case.
    pub fn add(&mut self, name: &str, outcome: &Outcome, duration: Duration) {
        let seconds = duration.as_secs_f64();
        match outcome {
            Outcome::Passed => {
                self.passed += 1;
                print(&format!("  passed   {seconds:7.2} s  {name}"));
            }
            Outcome::Failed(why) => {
                self.failed += 1;
                print(&format!("  FAILED   {seconds:7.2} s  {name}"));
                for line in why.lines() {
                    print(&format!("           {line}"));
                }
            }
            Outcome::NotRun(why) => {
                self.not_run += 1;
                print(&format!("  not run            {name}: {why}"));
            }
        }
    }

    pub fn print_summary(&self) {
        let (passed, failed, not_run) = (self.passed, self.failed, self.not_run);
        print(&format!(
            "{passed} passed, {failed} failed, {not_run} not run"
        ));
    }
}
