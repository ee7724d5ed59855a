//! Recorded histories and their events. After an intended change, or a new recording,
//! `INSTA_UPDATE=always cargo test -p fast-temporal-temporal golden` updates the snapshots.

use fast_temporal_protocol::EventData;

use super::history;

#[test]
fn recorded_histories_project_to_their_snapshots() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    for name in history::names() {
        let events = history::read(name);
        let mut projection = history::projection(events);
        let made = history::apply(&mut projection, events);
        let mut text = history::lines(&made);
        if let Some(end) = projection.end() {
            let successor = end.successor.as_deref().unwrap_or("none");
            text += &["end, next run: ", successor, "\n"].concat();
        }
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn recorded_histories_contain_every_event_type() {
    let mut missing: Vec<&str> = EventData::TYPES.to_vec();
    for name in history::names() {
        for event in history::project(history::read(name)) {
            missing.retain(|kind| *kind != event.data.type_name());
        }
    }
    // Temporal does not store rejected updates in history.
    assert_eq!(missing, ["update.rejected"]);
}

#[test]
fn times_are_those_of_history() {
    let events = history::read("python_activities");
    let made = history::project(events);
    let first = events[0].event_time.unwrap();
    assert_eq!(made[0].time.as_second(), first.seconds);
    assert_eq!(made[0].time.subsec_nanosecond(), first.nanos);
}
