//! What tests may rely on: the fake Temporal does as a real one would.

mod contract;
mod details;
mod fault;
mod visibility;

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::{Failure, Json};

fn json(text: &str) -> Json {
    Json::from_text(text.to_owned()).expect("JSON")
}

fn failure(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        ..Failure::default()
    }
}

fn kind<T: std::fmt::Debug>(result: Result<T, EngineError>) -> EngineErrorKind {
    result.expect_err("a failure").kind
}
