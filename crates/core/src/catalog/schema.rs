//! What arguments must be like, as JSON Schema (2020-12 where the schema names no other).

use std::{fmt, sync::Arc};

use fast_temporal_protocol::Json;
use jsonschema::Validator;
use serde_json::Value;

/// What the arguments of one call must be like.
#[derive(Clone)]
pub struct InputSchema {
    source: Value,
    validator: Arc<Validator>,
    subject: Subject,
}

impl PartialEq for InputSchema {
    fn eq(&self, other: &Self) -> bool {
        self.subject == other.subject && self.source == other.source
    }
}

impl Eq for InputSchema {}

/// What a schema speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// The one argument; none counts as `null`, more than one is refused.
    Only,
    /// The array of all arguments.
    All,
}

/// A schema that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no JSON Schema: {0}")]
pub struct InvalidSchema(String);

/// Arguments that don't fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct SchemaMismatch {
    /// Where, as a JSON Pointer into the array of arguments: `/0/amount`.
    pub place: String,
    /// Why. Holds nothing of the arguments themselves but what stands at that place.
    pub reason: String,
}

impl InputSchema {
    /// What the one argument must be like.
    ///
    /// # Errors
    /// It is no schema, or refers to others: nothing is fetched.
    pub fn of_only_argument(schema: &Value) -> Result<Self, InvalidSchema> {
        Self::new(schema, Subject::Only)
    }

    /// What the array of all arguments must be like.
    ///
    /// # Errors
    /// It is no schema, or refers to others: nothing is fetched.
    pub fn of_all_arguments(schema: &Value) -> Result<Self, InvalidSchema> {
        Self::new(schema, Subject::All)
    }

    fn new(schema: &Value, subject: Subject) -> Result<Self, InvalidSchema> {
        let validator =
            jsonschema::validator_for(schema).map_err(|error| InvalidSchema(error.to_string()))?;
        Ok(Self {
            source: schema.clone(),
            validator: Arc::new(validator),
            subject,
        })
    }

    /// Checks arguments.
    ///
    /// # Errors
    /// The first place where they don't fit, and why.
    pub fn check(&self, args: &[Json]) -> Result<(), SchemaMismatch> {
        let mut values = Vec::with_capacity(args.len());
        for (place, argument) in args.iter().enumerate() {
            let value: Value = argument.parse().map_err(|error| SchemaMismatch {
                place: format!("/{place}"),
                reason: error.to_string(),
            })?;
            values.push(value);
        }
        let (prefix, value) = match self.subject {
            Subject::All => ("", Value::Array(values)),
            Subject::Only if values.len() > 1 => {
                return Err(SchemaMismatch {
                    place: "/1".to_owned(),
                    reason: "there must be one argument".to_owned(),
                });
            }
            Subject::Only => ("/0", values.pop().unwrap_or_default()),
        };
        self.validator
            .validate(&value)
            .map_err(|error| SchemaMismatch {
                place: format!("{prefix}{}", error.instance_path()),
                reason: error.to_string(),
            })
    }
}

impl fmt::Debug for InputSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputSchema")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
