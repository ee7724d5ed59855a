//! The report on standard error.

use std::time::Duration;

/// The outcome of a case.
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, and why.
    Failed(String),
    /// It could not be run here, and why.
    NotRun(&'static str),
}

/// A line on standard error.
#[expect(clippy::print_stderr, reason = "this is the program's output")]
pub fn say(text: &str) {
    eprintln!("{text}");
}

/// Reports one case.
pub fn case(name: &str, outcome: &Outcome, took: Duration) {
    let seconds = took.as_secs_f64();
    match outcome {
        Outcome::Passed => say(&format!("  passed   {seconds:7.2} s  {name}")),
        Outcome::Failed(why) => {
            say(&format!("  FAILED   {seconds:7.2} s  {name}"));
            for line in why.lines() {
                say(&format!("           {line}"));
            }
        }
        Outcome::NotRun(why) => say(&format!("  not run            {name}: {why}")),
    }
}
