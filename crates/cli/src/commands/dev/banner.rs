//! What `dev` prints once all runs.

use std::{fmt::Write as _, net::SocketAddr};

use super::FIRST_WORKFLOW;

/// The addresses, and what to try.
pub(super) fn text(gateway: SocketAddr, parts: &[(&str, String)]) -> String {
    let mut lines = vec![("Gateway", format!("http://{gateway}  (open it to try it)"))];
    lines.extend(parts.iter().cloned());
    let mut text = String::from("\nFast Temporal runs. Ctrl-C stops it.\n\n");
    for (name, value) in lines {
        writeln!(text, "  {name:<14} {value}").expect("a string takes what is written to it");
    }
    let try_it = format!("curl -N http://{gateway}/v1/workflows/{FIRST_WORKFLOW}/events");
    text + "\nTo see the events of a workflow, in another terminal:\n\n  " + &try_it + "\n"
}
