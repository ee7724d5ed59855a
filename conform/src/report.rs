//! What people are told.

use std::time::Duration;

/// How a case went.
pub enum Outcome {
    /// As it should.
    Passed,
    /// Not as it should, and why.
    Failed(String),
    /// It could not be run here, and why.
    NotRun(&'static str),
}

/// A line on standard error.
#[expect(clippy::print_stderr, reason = "this is the program's output")]
pub fn say(text: &str) {
    eprintln!("{text}");
}

/// Tells of one case.
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
