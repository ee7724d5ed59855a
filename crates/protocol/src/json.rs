//! JSON kept as text.
//!
//! The gateway checks once that a payload is JSON and then copies its text, so numbers of any size,
//! the order of keys and repeated keys arrive as the worker wrote them.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

/// One JSON value as text on a single line.
#[derive(Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// The JSON value `null`.
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// The value that replaces a payload that a principal must not see.
    pub fn hidden() -> Self {
        let text = r#"{"hidden":true}"#.to_owned();
        Self(RawValue::from_string(text).expect("this is JSON"))
    }

    /// Keeps JSON text unchanged, except that line breaks between tokens become spaces: a value
    /// must fit one `data:` line of an event stream.
    ///
    /// # Errors
    /// The text is not one JSON value.
    pub fn from_text(text: String) -> Result<Self, serde_json::Error> {
        let raw = RawValue::from_string(text)?;
        if !raw.get().contains(['\n', '\r']) {
            return Ok(Self(raw));
        }
        // JSON strings escape control characters, so every line break is between tokens.
        RawValue::from_string(raw.get().replace(['\n', '\r'], " ")).map(Self)
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    /// The value has no JSON form, for example a map whose keys are not strings.
    pub fn from_value<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// Reads the value as a `T`.
    ///
    /// # Errors
    /// The value is not a `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }

    /// Returns the text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Returns whether this is `null`.
    pub fn is_null(&self) -> bool {
        self.get().trim() == "null"
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::null()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Json {}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_text(raw.get().to_owned()).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Json {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "Any JSON value."})
    }
}
