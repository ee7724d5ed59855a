//! Arguments that workers in every language can decode.
//!
//! A signal that its worker cannot decode blocks the workflow permanently, so JSON that some worker's
//! parser is known to reject is rejected here.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Json;

/// How deep an argument can be nested. Workers' JSON parsers have limits of their own (128 in
/// Rust), and a workflow may wrap what it passes on.
const MAX_DEPTH: usize = 100;

/// Why some worker cannot decode an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// Too many arrays and objects inside each other.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Half of a surrogate pair. JavaScript writes such an escape for a string that was cut inside
    /// a character.
    #[error("contains an unpaired surrogate escape such as \\ud83d")]
    UnpairedSurrogate,
    /// A number such as `1e999`. Some parsers reject it, others read infinity.
    #[error("contains a number beyond the range of a 64-bit float, such as 1e999")]
    NumberOutOfRange,
}

/// Checks that every worker can decode an argument.
///
/// # Errors
/// The first reason why some worker could not.
pub fn check_argument(argument: &Json) -> Result<(), ArgumentError> {
    let mut depth = 0_usize;
    let mut rest = argument.get();
    while let Some(&byte) = rest.as_bytes().first() {
        rest = match byte {
            b'"' => check_string(&rest[1..])?,
            b'-' | b'0'..=b'9' => check_number(rest)?,
            _ => {
                match byte {
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => depth -= 1,
                    _ => {}
                }
                &rest[1..]
            }
        };
        if depth > MAX_DEPTH {
            return Err(ArgumentError::TooDeep);
        }
    }
    Ok(())
}

/// Checks a string whose opening quote has been read. Returns the text after its closing quote.
fn check_string(text: &str) -> Result<&str, ArgumentError> {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\')) {
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('"') {
            return Ok(after);
        }
        let length = match unicode_escape(rest) {
            None => 2,
            Some(0xD800..=0xDBFF)
                if matches!(unicode_escape(&rest[6..]), Some(0xDC00..=0xDFFF)) =>
            {
                12
            }
            Some(0xD800..=0xDFFF) => return Err(ArgumentError::UnpairedSurrogate),
            Some(_) => 6,
        };
        rest = &rest[length..];
    }
    Ok(rest)
}

/// Checks the number that a text starts with. Returns the text after it.
fn check_number(text: &str) -> Result<&str, ArgumentError> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let end = text.bytes().position(|byte| !is_part(byte));
    let (number, rest) = text.split_at(end.unwrap_or(text.len()));
    match number.parse::<f64>() {
        Ok(number) if number.is_infinite() => Err(ArgumentError::NumberOutOfRange),
        _ => Ok(rest),
    }
}

/// The UTF-16 unit of the `\uXXXX` that a text starts with.
fn unicode_escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// The arguments of a workflow, signal, query or update, in order. Each is checked as it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Args(pub Vec<Json>);

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let args = Vec::<Json>::deserialize(deserializer)?;
        for (index, argument) in args.iter().enumerate() {
            check_argument(argument)
                .map_err(|error| serde::de::Error::custom(format_args!("[{index}]: {error}")))?;
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
