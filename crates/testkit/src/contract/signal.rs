//! Signals.

use fast_temporal_core::{EngineErrorKind, engine::SignalWorkflow};
use fast_temporal_protocol::EventData;

use super::{
    json,
    support::{current_run, events, kind, signal, signals, started, types, workflow},
    world::World,
};

pub async fn signal_is_delivered_once_per_request_id_and_run(mut world: impl World) {
    let engine = world.engine();
    let first = engine.start(workflow("w")).await.expect("a start").run_id;
    let request = |name: &str| SignalWorkflow {
        args: vec![json(r#"{"n": 1.0}"#)],
        request_id: Some("r".to_owned()),
        ..signal("w", name)
    };
    for signal in [
        request("first"),
        request("repeated"),
        signal("w", "other"),
        signal("w", "other"),
    ] {
        engine.signal(signal).await.expect("an open workflow");
    }
    let received = events(&*engine, "w", &first).await;
    let EventData::SignalReceived(data) = &received[1].data else {
        panic!("{received:?}")
    };
    assert_eq!(data.input, [json(r#"{"n": 1.0}"#)]);
    let names = signals(&*engine, "w", &first).await;
    assert_eq!(names, ["first", "other", "other"]);

    world.continue_as_new("w").await;
    engine.signal(request("next")).await.expect("an open run");
    let second = current_run(&*engine, "w").await;
    assert_eq!(signals(&*engine, "w", &second).await, ["next"]);
    assert_eq!(signals(&*engine, "w", &first).await, names);
}

pub async fn signal_without_a_name_is_invalid(world: impl World) {
    let (engine, _) = started(&world).await;
    let rejected = engine.signal(signal("w", "")).await;
    assert_eq!(kind(rejected), EngineErrorKind::Invalid);
}

pub async fn reserved_signal_is_not_an_event(world: impl World) {
    let (engine, run_id) = started(&world).await;
    for name in ["__temporal_anything", "after"] {
        engine.signal(signal("w", name)).await.expect("a signal");
    }
    let events = events(&*engine, "w", &run_id).await;
    assert_eq!(types(&events), ["workflow.started", "signal.received"]);
}
