//! The only place that writes to the terminal: results to stdout, progress to stderr.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a load driver is read in the terminal, and this is its one place that prints"
)]

/// Shows a result.
pub fn result(text: &str) {
    println!("{text}");
}

/// Shows the progress.
pub fn note(text: &str) {
    eprintln!("- {text}");
}
