//! The fake engine.

mod contract;
mod details;
mod event_stream;
mod fault;
mod visibility;

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::Json;

fn json(text: &str) -> Json {
    Json::from_text(text.to_owned()).expect("JSON")
}

fn kind<T: std::fmt::Debug>(result: Result<T, EngineError>) -> EngineErrorKind {
    result.expect_err("a failure").kind
}
