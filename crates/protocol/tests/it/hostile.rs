//! Hostile input: every input results in a value or an error, the same each time, never in a panic.

use fast_temporal_protocol::{
    Cursor, ErrorBody, ErrorCode, Event, Json, check_argument,
    path::decode_workflow_id,
    seed::{SeedFrame, SeedRequest, parse_request},
};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::support::sample;

/// A nesting depth that overflows the stack of a recursive parser.
const DEEP: usize = 100_000;

/// The codes that a message's text alone can cause.
const CODES: [ErrorCode; 4] = [
    ErrorCode::InvalidJson,
    ErrorCode::ExpectedObject,
    ErrorCode::MissingField,
    ErrorCode::InvalidField,
];

/// Feeds a text to every parser of client input, and checks the outcomes.
fn parse_all(text: &str) -> Result<SeedRequest, ErrorBody> {
    let parsed = parse_request(text);
    assert_eq!(parsed, parse_request(text), "the same text, two outcomes");
    if let Err(error) = &parsed {
        assert!(CODES.contains(&error.code), "{error:?}");
        assert!(
            error.message.len() < 300,
            "an error message as long as its input: {}",
            error.message.len()
        );
    }
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string(), text);
    }
    if let Ok(id) = decode_workflow_id(text) {
        assert!((1..=1000).contains(&id.len()));
    }
    // Clients parse these, and must survive a hostile gateway, too.
    drop(serde_json::from_str::<Event>(text));
    drop(serde_json::from_str::<SeedFrame>(text));
    drop(serde_json::from_str::<ErrorBody>(text));
    drop(Json::from_text(text.to_owned()).map(|json| check_argument(&json)));
    parsed
}

fn rejected(text: &str) -> ErrorCode {
    parse_all(text).expect_err("a rejection").code
}

// Covers SEED-9.
#[test]
fn deep_nesting_is_an_error() {
    let (open, close) = ("[".repeat(DEEP), "]".repeat(DEEP));
    let name = format!(r#"{{"workflow":{{"workflow_name":{open}{close}}}}}"#);
    for (text, code) in [
        (open.clone(), ErrorCode::InvalidJson),
        (format!("{open}{close}"), ErrorCode::ExpectedObject),
        (r#"{"args":"#.repeat(DEEP), ErrorCode::InvalidJson),
        (
            format!(r#"{{"args":{open}{close}}}"#),
            ErrorCode::InvalidField,
        ),
        (
            format!(r#"{{"workflow":{open}{close}}}"#),
            ErrorCode::InvalidField,
        ),
        (name, ErrorCode::InvalidField),
    ] {
        assert_eq!(rejected(&text), code, "{}", &text[..20]);
    }
}

// Covers EV-1.
#[test]
fn deep_nesting_in_ignored_fields_is_ignored() {
    let (open, close) = ("[".repeat(DEEP), "]".repeat(DEEP));
    for field in ["origin", "more"] {
        let parsed = parse_all(&format!(r#"{{"{field}":{open}{close}}}"#));
        assert_eq!(
            parsed,
            Ok(SeedRequest::Start {
                args: Json::null(),
                workflow: None
            })
        );
    }
}

// Covers SEED-6.
#[test]
fn arguments_can_be_nested_up_to_the_limit() {
    let nested = |depth| format!(r#"{{"args":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(parse_all(&nested(100)).is_ok());
    assert_eq!(rejected(&nested(101)), ErrorCode::InvalidField);
}

// Covers SEED-7.
#[test]
fn unpaired_surrogate_in_arguments_is_rejected() {
    let args = |text: &str| format!(r#"{{"args":{{"{text}":["{text}"]}}}}"#);
    for half in [
        r"\ud83d",
        r"cut off \uD83D",
        r"\ude00",
        r"\ud83d\n\ude00",
        r"\ud83d\ud83d\ude00",
        r"\\\ude00",
    ] {
        assert_eq!(rejected(&args(half)), ErrorCode::InvalidField, "{half}");
    }
    for whole in [
        r"\ud83d\ude00",
        r"\\ud83d",
        r"\u0000 \uffff \\\n",
        "😀",
        r"\\\ud83d\ude00",
    ] {
        assert!(parse_all(&args(whole)).is_ok(), "{whole}");
    }
}

#[test]
fn deep_nesting_inside_an_event_is_accepted() {
    let (open, close) = ("[".repeat(DEEP), "]".repeat(DEEP));
    let cursor = sample::cursor(1, 0);
    for type_name in ["workflow.completed", "status", "not.known"] {
        let text = format!(
            r#"{{"cursor":"{cursor}","type":"{type_name}","time":"2026-11-23T00:00:00Z",
                "workflow_id":"w","run_id":"r","data":{{"result":{open}{close}}}}}"#
        );
        let event: Event = serde_json::from_str(&text).expect("an event");
        assert_eq!(event.data.type_name(), type_name);
    }
    let causes = r#"{"message":"m","kind":"k","cause":"#.repeat(DEEP);
    assert!(serde_json::from_str::<fast_temporal_protocol::Failure>(&causes).is_err());
}

#[test]
fn long_numbers_and_strings_are_unchanged_in_arguments() {
    for args in [
        "9".repeat(300),
        format!("0.{}1", "0".repeat(100_000)),
        format!("1e-{}", "9".repeat(1000)),
        format!("\"{}\"", "é".repeat(100_000)),
    ] {
        let Ok(SeedRequest::Start { args: got, .. }) = parse_all(&format!(r#"{{"args":{args}}}"#))
        else {
            panic!("rejected");
        };
        assert_eq!(got.get(), args);
    }
}

#[test]
fn numbers_out_of_range_are_rejected() {
    for args in [
        "9".repeat(100_000),
        "-1e999".to_owned(),
        format!("[1, {{\"a\": 1e{}}}]", "9".repeat(1000)),
    ] {
        let error = parse_all(&format!(r#"{{"args":{args}}}"#)).expect_err("rejected");
        assert_eq!(error.code, ErrorCode::InvalidField);
    }
}

#[test]
fn unusual_names_are_unchanged() {
    for name in [
        "\u{0}",
        "\u{202e}abc",
        "a\u{301}",
        "🦀",
        " ",
        "../../etc/passwd",
        "'; --",
    ] {
        let quoted = serde_json::to_string(name).expect("a string");
        let text =
            format!(r#"{{"workflow":{{"workflow_name":{quoted},"workflow_task_queue":"q"}}}}"#);
        let Ok(SeedRequest::Start {
            workflow: Some(workflow),
            ..
        }) = parse_all(&text)
        else {
            panic!("rejected: {name:?}");
        };
        assert_eq!(workflow.workflow_name, name);
    }
}

/// Valid messages, cursors and events, which mutations start from.
fn valid_inputs() -> Vec<String> {
    let mut inputs = vec![
        r#"{"args": {"prompt": "hi", "user_id": "u1"}, "origin": "streamlit_ui"}"#.to_owned(),
        r#"{"origin":"ui","args":[1,2.5e-3,"\u00e9\ud83d\ude00",null,true],"workflow":
            {"workflow_name":"Order","workflow_task_queue":"orders","start_signal_function":"go"}}"#
            .to_owned(),
        r#"{"origin":"temporal","message":"charge: Running","status":"Running"}"#.to_owned(),
        r#"{"origin":"temporal","message":"no","status":"Error","code":"invalid_json"}"#.to_owned(),
        r#"{"code":"not_found","message":"no such workflow","retryable":false}"#.to_owned(),
        sample::cursor(300, 2).to_string(),
        "=YS9i".to_owned(),
    ];
    let events = sample::full_events();
    inputs.extend(
        events
            .iter()
            .map(|event| serde_json::to_string(event).expect("JSON")),
    );
    inputs
}

/// A change to a text: the position (as a fraction of its length), the removed length, and the
/// inserted bytes.
fn mutation() -> impl Strategy<Value = (f64, usize, Vec<u8>)> {
    let words = [
        "null",
        "1e999",
        "\\ud800",
        "\"args\":",
        "\"origin\":",
        "\"workflow\":",
        "temporal",
    ];
    let signs = "{}[]\"\\,:-\u{0}\né=".chars().map(String::from);
    let tokens = select(signs.chain(words.map(str::to_owned)).collect::<Vec<_>>());
    let put = prop_oneof![tokens.prop_map(String::into_bytes), vec(any::<u8>(), 0..6),];
    (0.0..1.0_f64, 0_usize..8, put)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "any position will do"
)]
fn mutate(text: &str, changes: &[(f64, usize, Vec<u8>)]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (share, removed, put) in changes {
        let at = (share * bytes.len() as f64) as usize;
        let end = (at + removed).min(bytes.len());
        bytes.splice(at..end, put.iter().copied());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    // Covers SEED-9.
    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..256)) {
        drop(parse_all(&String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn random_text_of_json_tokens_never_panics(
        text in r#"([{}\[\]",:\\ ]|null|true|-?[0-9e.]{1,5}|"args"|"origin"|"workflow"|"temporal"){0,24}"#,
    ) {
        drop(parse_all(&text));
    }

    // Covers SEED-9.
    #[test]
    fn mutated_input_never_panics(
        text in select(valid_inputs()),
        changes in vec(mutation(), 1..6),
    ) {
        drop(parse_all(&mutate(&text, &changes)));
    }

    #[test]
    fn random_cursor_bytes_never_panic(bytes in vec(any::<u8>(), 0..96)) {
        let bytes = [vec![1_u8], bytes].concat();
        drop(parse_all(&data_encoding::BASE64URL_NOPAD.encode(&bytes)));
    }
}
