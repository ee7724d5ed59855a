//! Cursors: their text, their order, and invalid cursors.

use fast_temporal_protocol::{Cursor, CursorError, Position};
use proptest::prelude::*;

use crate::support::{golden::assert_golden, sample, strategy};

#[test]
fn cursor_text_is_stable() {
    let far = Cursor {
        namespace: "prod.a1b2c".into(),
        workflow_id: "Bestellung/Köln 42".into(),
        run_id: "not-a-uuid".into(),
        position: Position {
            event_id: i64::MAX,
            index: u32::MAX,
            version: -1,
        },
    };
    assert_golden(
        "cursor.json",
        &vec![sample::cursor(1, 0), sample::cursor(300, 2), far],
    );
}

// Covers CUR-2.
#[test]
fn longest_ids_fit_a_cursor() {
    let cursor = Cursor {
        namespace: "n".repeat(1000).into(),
        workflow_id: "w".repeat(1000).into(),
        run_id: "r".repeat(1000).into(),
        position: Position {
            event_id: i64::MIN,
            index: u32::MAX,
            version: i64::MIN,
        },
    };
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
}

#[test]
fn positions_are_ordered_like_events() {
    let at = |event_id, index, version| Position {
        event_id,
        index,
        version,
    };
    assert!(at(1, 0, 0) < at(1, 1, 0));
    assert!(at(1, 9, 0) < at(2, 0, 0));
    assert!(at(9, 0, 9) < at(10, 0, 0));
}

// Covers CUR-4.
#[test]
fn truncated_or_extended_cursor_is_invalid() {
    let text = sample::cursor(70_000, 3).to_string();
    for end in 0..text.len() {
        assert_eq!(
            text[..end].parse::<Cursor>(),
            Err(CursorError),
            "{}",
            &text[..end]
        );
    }
    for more in ["A", "AA", "=", "==", " ", "\n"] {
        assert_eq!(format!("{text}{more}").parse::<Cursor>(), Err(CursorError));
        assert_eq!(format!("{more}{text}").parse::<Cursor>(), Err(CursorError));
    }
}

// Covers CUR-4.
#[test]
fn cursor_of_a_later_format_is_invalid() {
    // The first byte is the format version: `AQ…` is 1, `Ag…` is 2.
    let text = sample::cursor(1, 0).to_string();
    assert!(text.starts_with("AQ"), "{text}");
    assert_eq!(
        text.replacen("AQ", "Ag", 1).parse::<Cursor>(),
        Err(CursorError)
    );
}

#[test]
fn cursor_with_huge_lengths_is_invalid() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let endless = [0xff; 64];
    for number in [&huge[..], &endless[..]] {
        let bytes = [&[1], number].concat();
        let text = data_encoding::BASE64URL_NOPAD.encode(&bytes);
        assert_eq!(text.parse::<Cursor>(), Err(CursorError));
    }
    assert_eq!("A".repeat(1_000_000).parse::<Cursor>(), Err(CursorError));
}

proptest! {
    #[test]
    fn any_cursor_round_trips(cursor in strategy::cursor()) {
        let text = cursor.to_string();
        prop_assert_eq!(text.parse::<Cursor>(), Ok(cursor.clone()));
        let json = serde_json::to_string(&cursor).expect("a string");
        prop_assert_eq!(serde_json::from_str::<Cursor>(&json).expect("a cursor"), cursor);
    }

    // Covers CUR-2.
    #[test]
    fn cursor_text_is_url_safe(cursor in strategy::cursor()) {
        let text = cursor.to_string();
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }

    // Covers CUR-3.
    #[test]
    fn each_position_has_one_text(cursor in strategy::cursor(), other in strategy::cursor()) {
        prop_assert_eq!(cursor == other, cursor.to_string() == other.to_string());
    }
}
