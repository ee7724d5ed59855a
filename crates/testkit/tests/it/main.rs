//! What tests may rely on: the fake Temporal does as a real one would.

mod details;
mod fault;
mod message;
mod start;
mod update;
mod visibility;

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::{Event, Failure, Json};

fn json(text: &str) -> Json {
    Json::from_text(text.to_owned()).expect("JSON")
}

fn failure(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        ..Failure::default()
    }
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.data.type_name()).collect()
}

fn kind<T: std::fmt::Debug>(result: Result<T, EngineError>) -> EngineErrorKind {
    result.expect_err("a failure").kind
}
