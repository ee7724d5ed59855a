//! Error codes and close codes, which clients rely on.

use std::collections::BTreeMap;

use fast_temporal_protocol::{ErrorBody, ErrorCode, close};

use crate::support::golden::assert_golden;

// Covers ERR-1.
#[test]
fn error_codes_are_stable() {
    let codes: BTreeMap<_, _> = ErrorCode::ALL
        .iter()
        .map(|code| (code.to_string(), code.retryable()))
        .collect();
    assert_eq!(codes.len(), ErrorCode::ALL.len(), "a code is defined twice");
    assert_golden("error/codes.json", &codes);
}

#[test]
fn error_has_code_message_and_retryable() {
    let errors = vec![
        ErrorBody::new(ErrorCode::NotFound, "no such workflow"),
        ErrorBody::new(
            ErrorCode::TemporalUnavailable,
            "Temporal can't be reached right now",
        ),
    ];
    assert_golden("error/bodies.json", &errors);
}

#[test]
fn error_code_json_matches_its_text() {
    for code in ErrorCode::ALL {
        let text = serde_json::to_string(code).expect("a code has a JSON form");
        assert_eq!(text, format!("\"{code}\""));
        assert_eq!(
            serde_json::from_str::<ErrorCode>(&text).expect("a code"),
            *code
        );
    }
}

#[test]
fn close_codes_are_stable() {
    let codes: Vec<_> = close::ALL.iter().map(|close| close.code).collect();
    assert_eq!(codes, [1002, 1007, 1009, 4000, 4001, 4002, 4003, 4500]);
}

#[test]
fn close_code_says_whether_to_reconnect() {
    let again: Vec<_> = close::ALL
        .iter()
        .map(|close| close.code)
        .filter(|code| close::may_reconnect(*code))
        .collect();
    assert_eq!(again, [4000, 4001, 4002, 4003]);
    assert!(close::may_reconnect(1006) && close::may_reconnect(4499));
    assert!(!close::may_reconnect(4999));
}
