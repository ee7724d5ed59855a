//! Schemas of arguments, as JSON Schema (2020-12 if the schema names no other).

use std::{fmt, sync::Arc};

use fast_temporal_protocol::Json;
use jsonschema::Validator;
use serde_json::Value;

/// The schema of the arguments of one call.
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

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// The only argument; none counts as `null`, more than one is an error.
    Only,
    /// The array of all arguments.
    All,
}

/// An invalid schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid JSON Schema: {0}")]
pub struct InvalidSchema(String);

/// Arguments that don't match a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {reason}")]
pub struct SchemaMismatch {
    /// Where, as a JSON Pointer into the array of arguments: `/0/amount`.
    pub pointer: String,
    /// Why. Contains nothing of the arguments except the value at that pointer.
    pub reason: String,
}

impl InputSchema {
    /// Reads the schema of the only argument.
    ///
    /// # Errors
    /// The schema is invalid, or refers to others, which are not fetched.
    pub fn of_only_argument(schema: &Value) -> Result<Self, InvalidSchema> {
        Self::new(schema, Subject::Only)
    }

    /// Reads the schema of the array of all arguments.
    ///
    /// # Errors
    /// The schema is invalid, or refers to others, which are not fetched.
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
    /// The first mismatch.
    pub fn check(&self, args: &[Json]) -> Result<(), SchemaMismatch> {
        let mut values = Vec::with_capacity(args.len());
        for (index, argument) in args.iter().enumerate() {
            let value: Value = argument.parse().map_err(|error| SchemaMismatch {
                pointer: format!("/{index}"),
                reason: error.to_string(),
            })?;
            values.push(value);
        }
        let (prefix, value) = match self.subject {
            Subject::All => ("", Value::Array(values)),
            Subject::Only if values.len() > 1 => {
                return Err(SchemaMismatch {
                    pointer: "/1".to_owned(),
                    reason: "expected one argument".to_owned(),
                });
            }
            Subject::Only => ("/0", values.pop().unwrap_or_default()),
        };
        self.validator
            .validate(&value)
            .map_err(|error| SchemaMismatch {
                pointer: format!("{prefix}{}", error.instance_path()),
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
