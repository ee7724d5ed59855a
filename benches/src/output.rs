//! The only place that writes to the terminal: results to stdout, what goes on to stderr.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a load driver is read in the terminal, and this is its one place that prints"
)]

/// Shows a result.
pub fn result(text: &str) {
    println!("{text}");
}

/// Says what is being done.
pub fn note(text: &str) {
    eprintln!("- {text}");
}
