//! Compares received events with existing ones: finds missing, repeated and reordered events.

use std::collections::HashMap;

use anyhow::{Result, bail};
use serde_json::Value;

/// The cursor of an event.
pub fn cursor(event: &Value) -> &str {
    event["cursor"].as_str().unwrap_or_default()
}

/// Checks that the received events are exactly the existing ones, in order.
pub fn compare(what: &str, existing: &[Value], received: &[Value]) -> Result<()> {
    let cursors = existing.iter().map(cursor).zip(0..);
    let indices: HashMap<&str, usize> = cursors.collect();
    let mut counts = vec![0_usize; existing.len()];
    let (mut unknown, mut out_of_order) = (0, 0);
    let mut last = None;
    for event in received {
        let Some(index) = indices.get(cursor(event)).copied() else {
            unknown += 1;
            continue;
        };
        counts[index] += 1;
        if last.is_some_and(|last| index <= last) {
            out_of_order += 1;
        }
        last = Some(index);
    }
    let missing: Vec<_> = (0..counts.len()).filter(|at| counts[*at] == 0).collect();
    let repeated = counts.iter().filter(|count| **count > 1).count();
    if missing.is_empty() && repeated == 0 && unknown == 0 && out_of_order == 0 {
        if existing != received {
            bail!("{what}: the content of an event has changed");
        }
        return Ok(());
    }
    bail!(
        "{what}: of {} events, {} are missing (the first are {:?}), {repeated} repeated, {out_of_order} \
         out of order; {unknown} of the {} received events do not exist",
        existing.len(),
        missing.len(),
        &missing[..missing.len().min(10)],
        received.len(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_repeated_reordered_unknown_and_changed_events_are_found() {
        let event = |name: &str| json!({"cursor": name});
        let existing = [event("a"), event("b"), event("c")];
        assert!(compare("same", &existing, &existing).is_ok());
        let wrong = [
            vec![event("a"), event("c")],
            vec![event("a"), event("b"), event("b"), event("c")],
            vec![event("b"), event("a"), event("c")],
            vec![event("a"), event("b"), event("c"), event("d")],
            vec![event("a"), event("b"), json!({"cursor": "c", "data": 1})],
            vec![],
        ];
        for received in wrong {
            let compared = compare("wrong", &existing, &received);
            assert!(compared.is_err(), "{received:?}");
        }
    }
}
