//! Arguments that some worker cannot decode.

use fast_temporal_protocol::{ArgumentError, Json, check_argument};
use proptest::prelude::*;

use crate::support::{sample, strategy};

fn check(text: &str) -> Result<(), ArgumentError> {
    check_argument(&sample::json(text))
}

#[test]
fn strings_can_contain_brackets_and_number_text() {
    let brackets = "[".repeat(200);
    for text in [
        format!(r#""{brackets}""#),
        format!(r#"["\"{brackets}", "\\", []]"#),
        r#"{"1e999": "1e999", "a\\": "-1e999\""}"#.to_owned(),
    ] {
        assert_eq!(check(&text), Ok(()), "{text}");
    }
}

#[test]
fn siblings_do_not_add_to_the_depth() {
    let siblings = format!("[{}]", vec![r#"{"a":[]}"#; 200].join(","));
    assert_eq!(check(&siblings), Ok(()));
}

#[test]
fn each_reason_is_found_after_valid_parts() {
    for (text, error) in [
        (r#"[1, "a", "\ud83d"]"#, ArgumentError::UnpairedSurrogate),
        (r#"{"a\ude00": 1}"#, ArgumentError::UnpairedSurrogate),
        (
            r#"["\ud83d\ude00", 1, -1e999]"#,
            ArgumentError::NumberOutOfRange,
        ),
        (r#"{"a": 1e400}"#, ArgumentError::NumberOutOfRange),
        ("1e400", ArgumentError::NumberOutOfRange),
    ] {
        assert_eq!(check(text), Err(error), "{text}");
    }
}

/// Whether any number in a value is beyond the range of a float, by another parser.
fn number_out_of_range(json: &Json) -> bool {
    serde_json::from_str::<serde_json::Value>(json.get())
        .is_err_and(|error| error.to_string().contains("number out of range"))
}

proptest! {
    #[test]
    fn depth_limit_is_100(depth in 1_usize..200) {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        prop_assert_eq!(check(&text).is_ok(), depth <= 100);
    }

    #[test]
    fn number_check_agrees_with_a_parser(json in strategy::json()) {
        let found = check_argument(&json) == Err(ArgumentError::NumberOutOfRange);
        prop_assert_eq!(found, number_out_of_range(&json));
    }
}
