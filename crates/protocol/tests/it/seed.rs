//! The `seed` dialect: its frames and messages.

use fast_temporal_protocol::{
    ErrorBody, ErrorCode, Json, check_argument,
    seed::{SeedFrame, SeedRequest, SeedStatus, SeedWorkflow, event_frame, parse_request},
};
use proptest::prelude::*;

use crate::support::{event_strategy, golden::assert_golden, sample, strategy};

// Covers SEED-13.
#[test]
fn frames_match_their_golden_files() {
    use SeedStatus::{Completed, Failed, Running, Waiting};
    let frames = [
        ("running", SeedFrame::transition("charge", Running)),
        ("completed", SeedFrame::transition("charge", Completed)),
        ("failed", SeedFrame::transition("charge", Failed)),
        (
            "done",
            SeedFrame::done(sample::json(r#"{"z": 1, "a": 1e400}"#)),
        ),
        ("done_nothing", SeedFrame::done(Json::null())),
        ("failed_workflow", SeedFrame::text("card declined", Failed)),
        (
            "waiting",
            SeedFrame::text("no worker has started the workflow yet", Waiting),
        ),
        (
            "error",
            SeedFrame::error(&ErrorBody::new(
                ErrorCode::MissingField,
                "workflow.workflow_name: missing",
            )),
        ),
    ];
    for (name, frame) in frames {
        assert_golden(&format!("seed/{name}.json"), &frame);
        assert_eq!(frame.encode(), serde_json::to_string(&frame).expect("JSON"));
    }
}

// Covers SEED-10.
#[test]
fn events_map_to_seed_frames() {
    let frames: Vec<(String, Option<SeedFrame>)> = sample::full_events()
        .into_iter()
        .map(|mut event| {
            event.end = true;
            (event.data.type_name().to_owned(), event_frame(&event))
        })
        .collect();
    assert_golden("seed/of_events.json", &frames);
}

// Covers SEED-14.
#[test]
fn run_followed_by_another_has_no_last_frame() {
    for mut event in sample::full_events() {
        event.end = false;
        let ends = event.data.type_name().starts_with("workflow.")
            && event.data.type_name() != "workflow.task_failed";
        if ends {
            assert_eq!(event_frame(&event), None, "{}", event.data.type_name());
        }
    }
}

// Covers SEED-2.
#[test]
fn message_without_workflow_starts_the_configured_one() {
    let text = r#"{"args": {"prompt": "hi", "user_id": "u1"}, "origin": "streamlit_ui"}"#;
    let args = sample::json(r#"{"prompt": "hi", "user_id": "u1"}"#);
    assert_eq!(
        parse_request(text),
        Ok(SeedRequest::Start {
            args,
            workflow: None
        })
    );
}

// Covers SEED-2.
#[test]
fn message_names_its_workflow() {
    let text = r#"{"args": [1], "origin": "ui", "workflow": {"workflow_name": "Order",
        "workflow_task_queue": "orders", "start_signal_function": "begin"}}"#;
    let workflow = SeedWorkflow {
        workflow_name: "Order".into(),
        workflow_task_queue: "orders".into(),
        start_signal_function: Some("begin".into()),
    };
    let start = SeedRequest::Start {
        args: sample::json("[1]"),
        workflow: Some(workflow),
    };
    assert_eq!(parse_request(text), Ok(start));
}

// Covers SEED-1.
#[test]
fn echoed_frames_are_ignored() {
    for text in [
        r#"{"origin":"temporal"}"#,
        r#"{"origin":"temporal","message":"a: Running","status":"Running"}"#,
        r#"{"origin":"temp\u006fral","workflow":7}"#,
    ] {
        assert_eq!(parse_request(text), Ok(SeedRequest::Echo), "{text}");
    }
    for text in [
        r#"{"origin":"Temporal"}"#,
        r#"{"origin":null}"#,
        r#"{"origin":7}"#,
        "{}",
    ] {
        let start = SeedRequest::Start {
            args: Json::null(),
            workflow: None,
        };
        assert_eq!(parse_request(text), Ok(start), "{text}");
    }
}

// Covers SEED-3.
#[test]
fn absent_null_or_empty_start_signal_means_none() {
    for signal in [
        "",
        r#","start_signal_function":null"#,
        r#","start_signal_function":"""#,
    ] {
        let text =
            format!(r#"{{"workflow":{{"workflow_name":"a","workflow_task_queue":"b"{signal}}}}}"#);
        let Ok(SeedRequest::Start {
            workflow: Some(workflow),
            ..
        }) = parse_request(&text)
        else {
            panic!("rejected: {text}");
        };
        assert_eq!(workflow.start_signal_function, None, "{text}");
    }
}

// Covers SEED-5, SEED-8, SEED-28.
#[test]
fn each_kind_of_invalid_message_has_its_code() {
    use ErrorCode::{ExpectedObject, InvalidField, InvalidJson, MissingField};
    let long = "n".repeat(1001);
    let long = format!(r#"{{"workflow":{{"workflow_name":"{long}","workflow_task_queue":"b"}}}}"#);
    for (text, code) in [
        ("", InvalidJson),
        ("hello", InvalidJson),
        ("{", InvalidJson),
        ("{} {}", InvalidJson),
        ("{'args':1}", InvalidJson),
        ("{\"args\":\"a\nb\"}", InvalidJson),
        ("{\"args\":NaN}", InvalidJson),
        ("null", ExpectedObject),
        ("[]", ExpectedObject),
        ("[1,2,3]", ExpectedObject),
        ("\"{}\"", ExpectedObject),
        ("7", ExpectedObject),
        (r#"{"workflow":{}}"#, MissingField),
        (r#"{"workflow":{"workflow_name":"a"}}"#, MissingField),
        (
            r#"{"workflow":{"workflow_name":"a","workflow_task_queue":""}}"#,
            MissingField,
        ),
        (
            r#"{"workflow":{"workflow_name":null,"workflow_task_queue":"b"}}"#,
            MissingField,
        ),
        (r#"{"workflow":"Order"}"#, InvalidField),
        (r#"{"workflow":["a","b","c"]}"#, InvalidField),
        (
            r#"{"workflow":{"workflow_name":7,"workflow_task_queue":"b"}}"#,
            InvalidField,
        ),
        (
            r#"{"workflow":{"workflow_name":"\ud800","workflow_task_queue":"b"}}"#,
            InvalidField,
        ),
        (
            r#"{"workflow":{"workflow_name":"a","workflow_name":"b"}}"#,
            InvalidField,
        ),
        (r#"{"args":1,"args":2}"#, InvalidField),
        (r#"{"origin":"temporal","origin":"ui"}"#, InvalidField),
        (&long, InvalidField),
    ] {
        let error = parse_request(text).expect_err(text);
        assert_eq!(error.code, code, "{text}: {}", error.message);
        assert!(!error.message.is_empty() && !error.retryable, "{text}");
    }
}

#[test]
fn error_message_names_the_invalid_field() {
    for (text, field) in [
        (
            r#"{"workflow":{"workflow_name":"a"}}"#,
            "workflow.workflow_task_queue",
        ),
        (
            r#"{"workflow":{"workflow_name":1}}"#,
            "workflow.workflow_name",
        ),
        (r#"{"workflow":1}"#, "workflow"),
        (r#"{"args":1,"args":2}"#, "args"),
    ] {
        let error = parse_request(text).expect_err(text);
        assert!(error.message.contains(field), "{text}: {}", error.message);
    }
}

proptest! {
    // Covers EV-2.
    #[test]
    fn arguments_are_unchanged(args in strategy::json()) {
        prop_assume!(check_argument(&args).is_ok());
        let parsed = parse_request(&format!("{{\"origin\":\"ui\",\"args\":{}}}", args.get()));
        prop_assert_eq!(parsed, Ok(SeedRequest::Start { args, workflow: None }));
    }

    #[test]
    fn any_frame_round_trips(event in event_strategy::event(), end in any::<bool>()) {
        let mut event = event;
        event.end = end;
        if let Some(frame) = event_frame(&event) {
            let text = frame.encode();
            prop_assert!(!text.contains(['\n', '\r']));
            let read: SeedFrame = serde_json::from_str(&text).expect("a frame");
            prop_assert_eq!(read, frame);
        }
    }
}
