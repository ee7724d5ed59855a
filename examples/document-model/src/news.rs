//! What the program says: a line each, on standard output, which `fast-temporal dev` reads.

use std::io::{self, Write as _};

/// Says something.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    // Nobody is there to be told that nobody reads.
    let _unread = writeln!(out, "{text}").and_then(|()| out.flush());
}
