//! What goes to a workflow's worker: JSON that workers in any language can read.
//!
//! A signal that its worker can't read blocks the workflow for good, so what some worker's JSON
//! reader is known to refuse is refused here.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Json;

/// How deep an argument may be nested. Workers' own JSON readers give up somewhere beyond this, in
/// Rust at 128, and a workflow may wrap what it passes on.
const MAX_DEPTH: usize = 100;

/// Why some worker could not read an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// Arrays and objects within each other.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// JavaScript writes such an escape for a text that was cut within a character.
    #[error("holds an escape like \\ud83d that is half a character")]
    HalfCharacter,
    /// Such as `1e999`.
    #[error("holds a number that no worker can hold, like 1e999")]
    HugeNumber,
}

/// Checks that any worker can read an argument.
///
/// # Errors
/// Why one could not.
pub fn check_argument(argument: &Json) -> Result<(), ArgumentError> {
    if argument.depth() > MAX_DEPTH {
        Err(ArgumentError::TooDeep)
    } else if argument.has_half_characters() {
        Err(ArgumentError::HalfCharacter)
    } else if argument.has_huge_numbers() {
        Err(ArgumentError::HugeNumber)
    } else {
        Ok(())
    }
}

/// The arguments of a workflow, signal, query or update, in order. Each was checked as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Args(pub Vec<Json>);

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let args = Vec::<Json>::deserialize(deserializer)?;
        for (place, argument) in args.iter().enumerate() {
            check_argument(argument)
                .map_err(|error| serde::de::Error::custom(format_args!("[{place}]: {error}")))?;
        }
        Ok(Self(args))
    }
}

impl JsonSchema for Args {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Args".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "array",
            "items": true,
            "description": "The arguments, in order: any JSON values, nested at most 100 levels deep.",
        })
    }
}
