//! What the commands say to whoever called them: results on standard output, the rest on standard
//! error. A closed pipe is no error.

use std::io;

/// Writes a result.
pub fn print(text: &str) {
    write(io::stdout().lock(), text);
}

/// Writes news, or an error.
pub fn say(text: &str) {
    write(io::stderr().lock(), text);
}

fn write(mut to: impl io::Write, text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    // Nobody is there to be told that nobody reads.
    let _unread = write!(to, "{text}{end}").and_then(|()| to.flush());
}
