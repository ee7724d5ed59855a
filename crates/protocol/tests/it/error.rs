//! Error codes: what clients rely on.

use std::collections::BTreeMap;

use fast_temporal_protocol::{ErrorBody, ErrorCode, close};

use crate::golden::assert_golden;

// Covers ERR-1.
#[test]
fn error_codes_never_change_or_vanish() {
    let codes: BTreeMap<_, _> = ErrorCode::ALL
        .iter()
        .map(|code| (code.to_string(), code.retryable()))
        .collect();
    assert_eq!(
        codes.len(),
        ErrorCode::ALL.len(),
        "a code stands there twice"
    );
    assert_golden("error/codes.json", &codes);
}

#[test]
fn an_error_has_a_code_a_message_and_whether_to_retry() {
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
fn codes_are_written_as_they_are_shown() {
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
fn close_codes_never_change() {
    let codes = [
        close::GOING_AWAY,
        close::IDLE,
        close::TOO_LARGE,
        close::PROTOCOL_ERROR,
        close::INVALID_TEXT,
    ];
    assert_eq!(codes, [4000, 4001, 1009, 1002, 1007]);
}

#[test]
fn close_codes_say_by_their_range_who_comes_back() {
    assert!(
        [close::GOING_AWAY, close::IDLE]
            .into_iter()
            .all(close::may_reconnect)
    );
    assert!(close::may_reconnect(4499) && !close::may_reconnect(4500));
}
