//! JSON kept as text: a worker's value is not rounded, sorted or cut.

use fast_temporal_protocol::Json;
use proptest::prelude::*;

use crate::support::{sample, strategy};

// Covers EV-2.
#[test]
fn json_text_is_unchanged() {
    for text in [
        "340282366920938463463374607431768211455",
        "1e400",
        "-0.0",
        "0.1000000000000000055511151231257827",
        r#"{"z":1,"a":2,"m":3}"#,
        r#"{"a":1,"a":2}"#,
        r#"{ "spaced" : [ 1 ,2 ] }"#,
        r#""\u00e9\/\ud83d\ude00""#,
        "\"é\u{2028}\"",
    ] {
        let json = sample::json(text);
        assert_eq!(json.get(), text);
        assert_eq!(serde_json::to_string(&json).expect("JSON"), text);
        assert_eq!(
            serde_json::from_str::<Json>(text).expect("JSON").get(),
            text
        );
    }
}

// Covers EV-2.
#[test]
fn line_breaks_between_tokens_become_spaces() {
    let json = sample::json("{\r\n  \"a\": \"b\\nc\"\n}");
    assert_eq!(json.get(), "{    \"a\": \"b\\nc\" }");
}

#[test]
fn line_break_inside_a_string_is_rejected() {
    assert!(Json::from_text("\"a\nb\"".to_owned()).is_err());
    assert!(Json::from_text("{\"a\r\": 1}".to_owned()).is_err());
}

#[test]
fn text_that_is_not_one_value_is_rejected() {
    for text in [
        "",
        " ",
        "nul",
        "{",
        "1 2",
        "[1,]",
        "{'a':1}",
        "NaN",
        "\u{feff}1",
        "01",
        "\"\t\"",
    ] {
        assert!(Json::from_text(text.to_owned()).is_err(), "{text:?}");
    }
}

#[test]
fn null_differs_from_the_string_null() {
    assert!(Json::null().is_null() && sample::json(" null ").is_null());
    assert!(!sample::json("\"null\"").is_null());
}

proptest! {
    #[test]
    fn any_value_is_unchanged_inside_a_document(json in strategy::json()) {
        let document = serde_json::to_string(&vec![&json]).expect("JSON");
        prop_assert_eq!(&document, &format!("[{}]", json.get()));
        let read: Vec<Json> = serde_json::from_str(&document).expect("JSON");
        prop_assert_eq!(&read[0], &json);
    }
}
