//! JSON kept as text.
//!
//! Payloads pass through the gateway unread: they are checked once to be JSON and then copied, so
//! numbers of any size, the order of keys and repeated keys arrive as the worker wrote them.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
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

    /// What stands in place of a payload that a principal may not see.
    pub fn hidden() -> Self {
        let text = r#"{"hidden":true}"#.to_owned();
        Self(RawValue::from_string(text).expect("this is JSON"))
    }

    /// Takes JSON text as it is, but for line breaks between tokens, which become spaces: a value
    /// must fit one `data:` line of an event stream.
    ///
    /// # Errors
    /// The text is not one JSON value.
    pub fn from_text(text: String) -> Result<Self, serde_json::Error> {
        let raw = RawValue::from_string(text)?;
        if !raw.get().contains(['\n', '\r']) {
            return Ok(Self(raw));
        }
        // JSON strings escape their control characters, so these stand between tokens.
        RawValue::from_string(raw.get().replace(['\n', '\r'], " ")).map(Self)
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    /// The value has no JSON form: a map whose keys are no strings, say.
    pub fn from_value<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// Reads the value as a `T`.
    ///
    /// # Errors
    /// The value is no `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }

    /// The text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// How deep arrays and objects stand within each other: 0 for a string, 1 for `[]`.
    pub fn depth(&self) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        let mut bytes = self.get().bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'[' | b'{' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b']' | b'}' => depth -= 1,
                b'"' => skip_string(&mut bytes),
                _ => {}
            }
        }
        deepest
    }

    /// Whether a string holds one half of a surrogate pair, as in `"\ud83d"`. JSON's grammar lets
    /// that pass, but it is no text, and readers in many languages refuse it.
    pub fn has_half_characters(&self) -> bool {
        let mut rest = self.get();
        while let Some(at) = rest.find('\\') {
            rest = &rest[at..];
            let length = match unicode_escape(rest) {
                None => 2,
                Some(0xD800..=0xDBFF)
                    if matches!(unicode_escape(&rest[6..]), Some(0xDC00..=0xDFFF)) =>
                {
                    12
                }
                Some(0xD800..=0xDFFF) => return true,
                Some(_) => 6,
            };
            rest = &rest[length..];
        }
        false
    }

    /// Whether a number is beyond what any worker can hold, as in `1e999`: some readers refuse it,
    /// others make infinity of it.
    pub fn has_huge_numbers(&self) -> bool {
        let text = self.get();
        let mut bytes = text.bytes().enumerate();
        while let Some((start, byte)) = bytes.next() {
            match byte {
                b'"' => skip_string(&mut bytes.by_ref().map(|(_, byte)| byte)),
                b'-' | b'0'..=b'9' => {
                    let rest = &text[start..];
                    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
                    let length = rest.bytes().take_while(|byte| is_part(*byte)).count();
                    if rest[..length].parse::<f64>().is_ok_and(f64::is_infinite) {
                        return true;
                    }
                    if length > 1 {
                        bytes.nth(length - 2);
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        self.get().trim() == "null"
    }
}

/// The UTF-16 unit of the `\uXXXX` that a text starts with.
fn unicode_escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// Goes on to the end of a string whose opening quote has been read.
fn skip_string(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
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
        Schema::from(true)
    }
}
