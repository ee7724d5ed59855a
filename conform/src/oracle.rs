//! Compares received events with existing ones: finds missing, repeated and reordered events.

use std::collections::HashMap;

use anyhow::bail;
use serde_json::Value;

/// The cursor of an event.
pub fn cursor(event: &Value) -> &str {
    event["cursor"].as_str().unwrap_or_default()
}

/// Checks that `seen` is exactly `there`.
pub fn compare(what: &str, there: &[Value], seen: &[Value]) -> anyhow::Result<()> {
    let places: HashMap<&str, usize> = there
        .iter()
        .enumerate()
        .map(|(place, event)| (cursor(event), place))
        .collect();
    let mut counts = vec![0_usize; there.len()];
    let (mut unknown, mut disorder) = (0, 0);
    let mut last = None;
    for event in seen {
        let Some(place) = places.get(cursor(event)).copied() else {
            unknown += 1;
            continue;
        };
        counts[place] += 1;
        if last.is_some_and(|last| place <= last) {
            disorder += 1;
        }
        last = Some(place);
    }
    let missing: Vec<usize> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count == 0)
        .map(|(place, _)| place)
        .collect();
    let doubled = counts.iter().filter(|count| **count > 1).count();
    if missing.is_empty() && doubled == 0 && unknown == 0 && disorder == 0 {
        if there != seen {
            bail!("{what}: an event has another content than at first");
        }
        return Ok(());
    }
    let shown = &missing[..missing.len().min(10)];
    bail!(
        "{what}: of {} events {} missing (places {shown:?}), {doubled} doubled, {disorder} out of \
         order, {unknown} that are not there; {} were seen",
        there.len(),
        missing.len(),
        seen.len(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_amiss_is_found() {
        let event = |name: &str| json!({"cursor": name});
        let there = [event("a"), event("b"), event("c")];
        assert!(compare("same", &there, &there).is_ok());
        let wrong = [
            vec![event("a"), event("c")],
            vec![event("a"), event("b"), event("b"), event("c")],
            vec![event("b"), event("a"), event("c")],
            vec![event("a"), event("b"), event("c"), event("d")],
            vec![event("a"), event("b"), json!({"cursor": "c", "data": 1})],
            vec![],
        ];
        for seen in wrong {
            assert!(compare("wrong", &there, &seen).is_err(), "{seen:?}");
        }
    }
}
