//! One event of each type with every field, and one without its optional fields.

use std::collections::BTreeMap;

use fast_temporal_protocol::{
    Cursor, Event, EventData, Failure, Json, Position,
    event::{
        ActivityCanceled, ActivityCompleted, ActivityFailed, ActivityScheduled, ActivityTimedOut,
        ChildCanceled, ChildCompleted, ChildFailed, ChildStarted, ChildTerminated, ChildTimedOut,
        LocalActivityCompleted, LocalActivityFailed, NexusCanceled, NexusCompleted, NexusFailed,
        NexusScheduled, NexusStarted, NexusTimedOut, ParentWorkflow, SignalReceived, Status,
        StreamItem, TimerCanceled, TimerFired, TimerStarted, UpdateAccepted, UpdateCompleted,
        UpdateRejected, WorkflowCanceled, WorkflowCompleted, WorkflowContinuedAsNew,
        WorkflowFailed, WorkflowReset, WorkflowStarted, WorkflowTaskFailed, WorkflowTerminated,
        WorkflowTimedOut,
    },
};

const RUN: &str = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b";
const NEXT_RUN: &str = "0190a1b2-ffff-7e5f-8a6b-7c8d9e0f1a2b";

/// Makes the data of events from their types.
macro_rules! data {
    ($($data:expr),* $(,)?) => { vec![$(EventData::from($data)),*] };
}

/// A JSON value.
pub fn json(text: &str) -> Json {
    Json::from_text(text.to_owned()).expect("a sample is JSON")
}

/// A cursor of the sample workflow.
pub fn cursor(event_id: i64, index: u32) -> Cursor {
    Cursor {
        namespace: "default".into(),
        workflow_id: "order-42".into(),
        run_id: RUN.into(),
        position: Position {
            event_id,
            index,
            version: 0,
        },
    }
}

/// An event of the sample workflow.
pub fn event(event_id: i64, data: EventData, end: bool) -> Event {
    let time = "2026-11-23T10:20:30.123456789Z".parse().expect("a time");
    Event {
        cursor: cursor(event_id, 0),
        time,
        data,
        end,
    }
}

/// A failure with every field.
pub fn failure() -> Failure {
    Failure {
        message: "Activity task failed".into(),
        kind: "activity".into(),
        error_type: None,
        non_retryable: false,
        details: vec![],
        cause: Some(Box::new(Failure {
            message: "card declined".into(),
            kind: "application".into(),
            error_type: Some("PaymentError".into()),
            non_retryable: true,
            details: vec![json(r#"{"code": 51}"#)],
            cause: None,
        })),
    }
}

/// Every event type with every field set, in the order of [`EventData::TYPES`].
pub fn full_events() -> Vec<Event> {
    let parts = [
        workflow_data(),
        activity_data(),
        timer_data(),
        child_data(),
        nexus_data(),
        rest_data(),
    ];
    let events = (1..).zip(parts.concat());
    events
        .map(|(id, data)| event(id, data, id % 5 == 0))
        .collect()
}

/// Every event type without its optional fields.
pub fn bare_events() -> Vec<Event> {
    macro_rules! bare {
        ($($type:ident)*) => { data![$($type::default()),*] };
    }
    let all = bare![
        WorkflowStarted WorkflowCompleted WorkflowFailed WorkflowCanceled WorkflowTerminated
        WorkflowTimedOut WorkflowContinuedAsNew WorkflowReset WorkflowTaskFailed ActivityScheduled
        ActivityCompleted ActivityFailed ActivityTimedOut ActivityCanceled TimerStarted TimerFired
        TimerCanceled ChildStarted ChildCompleted ChildFailed ChildCanceled ChildTerminated
        ChildTimedOut NexusScheduled NexusStarted NexusCompleted NexusFailed NexusCanceled
        NexusTimedOut LocalActivityCompleted LocalActivityFailed SignalReceived UpdateAccepted
        UpdateCompleted UpdateRejected Status StreamItem
    ];
    (1..)
        .zip(all)
        .map(|(id, data)| event(id, data, false))
        .collect()
}

fn workflow_data() -> Vec<EventData> {
    data![
        WorkflowStarted {
            workflow_type: "Order".into(),
            task_queue: "orders".into(),
            input: vec![json(
                r#"{"z": 1, "a": 340282366920938463463374607431768211455}"#,
            )],
            attempt: 2,
            first_run_id: RUN.into(),
            continued_from_run_id: Some(NEXT_RUN.into()),
            cron_schedule: Some("0 * * * *".into()),
            parent: Some(ParentWorkflow {
                workflow_id: "cart-7".into(),
                run_id: NEXT_RUN.into(),
            }),
            summary: Some("Order of a book".into()),
        },
        WorkflowCompleted {
            result: json("1e400"),
            new_run_id: Some(NEXT_RUN.into()),
        },
        WorkflowFailed {
            failure: failure(),
            new_run_id: Some(NEXT_RUN.into()),
        },
        WorkflowCanceled {
            details: vec![json(r#""by the customer""#)],
        },
        WorkflowTerminated {
            reason: "stuck".into(),
            details: vec![json("true")],
        },
        WorkflowTimedOut {
            new_run_id: Some(NEXT_RUN.into()),
        },
        WorkflowContinuedAsNew {
            new_run_id: NEXT_RUN.into(),
            workflow_type: "Order".into(),
            task_queue: "orders".into(),
            input: vec![json("[]")],
        },
        WorkflowReset {
            base_run_id: NEXT_RUN.into(),
            fork_event_id: 17,
            reason: "a bug was fixed".into(),
        },
        WorkflowTaskFailed {
            cause: "NON_DETERMINISTIC_ERROR".into(),
            failure: Some(failure()),
        },
    ]
}

fn activity_data() -> Vec<EventData> {
    macro_rules! activity {
        ($type:ident { $($field:ident: $value:expr),* }) => {
            EventData::from($type {
                activity_id: "5".into(),
                activity_type: "charge".into(),
                summary: Some("Charge the card".into()),
                $($field: $value),*
            })
        };
    }
    let retry_state = Some("MAXIMUM_ATTEMPTS_REACHED".to_owned());
    vec![
        activity!(ActivityScheduled {
            task_queue: "payments".into(),
            input: vec![json("12.50"), json(r#""EUR""#)]
        }),
        activity!(ActivityCompleted {
            result: json(r#"{"receipt": "r-1"}"#),
            attempt: 3
        }),
        activity!(ActivityFailed {
            failure: failure(),
            attempt: 3,
            retry_state: retry_state.clone()
        }),
        activity!(ActivityTimedOut {
            timeout_type: "START_TO_CLOSE".into(),
            failure: failure(),
            attempt: 3,
            retry_state: retry_state
        }),
        activity!(ActivityCanceled {
            details: vec![json("null")]
        }),
    ]
}

fn timer_data() -> Vec<EventData> {
    let (timer_id, summary) = ("6".to_owned(), Some("Wait for the warehouse".to_owned()));
    data![
        TimerStarted {
            timer_id: timer_id.clone(),
            fire_after_seconds: 1.5,
            summary: summary.clone(),
        },
        TimerFired {
            timer_id: timer_id.clone(),
            summary: summary.clone(),
        },
        TimerCanceled { timer_id, summary },
    ]
}

fn child_data() -> Vec<EventData> {
    let (workflow_id, workflow_type) = ("parcel-1".to_owned(), "Parcel".to_owned());
    let (run_id, summary) = (Some(NEXT_RUN.to_owned()), Some("Send it".to_owned()));
    let retry_state = Some("TIMEOUT".to_owned());
    macro_rules! child {
        ($type:ident { $($field:ident: $value:expr),* }) => {
            EventData::from($type {
                workflow_id: workflow_id.clone(),
                workflow_type: workflow_type.clone(),
                run_id: run_id.clone(),
                summary: summary.clone(),
                $($field: $value),*
            })
        };
    }
    vec![
        child!(ChildStarted {}),
        child!(ChildCompleted { result: json("7") }),
        child!(ChildFailed {
            failure: failure(),
            retry_state: retry_state.clone()
        }),
        child!(ChildCanceled {
            details: vec![json("{}")]
        }),
        child!(ChildTerminated {}),
        child!(ChildTimedOut {
            retry_state: retry_state
        }),
    ]
}

fn nexus_data() -> Vec<EventData> {
    macro_rules! nexus {
        ($type:ident { $($field:ident: $value:expr),* }) => {
            EventData::from($type {
                scheduled_event_id: 24,
                endpoint: "billing".into(),
                service: "Invoices".into(),
                operation: "create".into(),
                summary: Some("Write the invoice".into()),
                $($field: $value),*
            })
        };
    }
    vec![
        nexus!(NexusScheduled {
            input: json(r#"{"order": 42}"#)
        }),
        nexus!(NexusStarted {
            operation_token: Some("t-1".into())
        }),
        nexus!(NexusCompleted {
            result: json("true")
        }),
        nexus!(NexusFailed { failure: failure() }),
        nexus!(NexusCanceled { failure: failure() }),
        nexus!(NexusTimedOut { failure: failure() }),
    ]
}

fn rest_data() -> Vec<EventData> {
    let (activity_id, activity_type) = ("9".to_owned(), "tax".to_owned());
    let (update_id, name) = ("u-1".to_owned(), "address".to_owned());
    data![
        LocalActivityCompleted {
            activity_id: activity_id.clone(),
            activity_type: activity_type.clone(),
            result: json("0.19"),
            attempt: 1,
        },
        LocalActivityFailed {
            activity_id,
            activity_type,
            failure: failure(),
            attempt: 1,
        },
        SignalReceived {
            name: "paid".into(),
            input: vec![json("1"), json(r#""\u00e9""#)],
        },
        UpdateAccepted {
            update_id: update_id.clone(),
            name: name.clone(),
            input: vec![json(r#"{"city": "Köln"}"#)],
        },
        UpdateCompleted {
            update_id: update_id.clone(),
            name: name.clone(),
            result: Some(json("null")),
            failure: None,
        },
        UpdateRejected {
            update_id,
            name,
            failure: failure(),
        },
        Status {
            changed: BTreeMap::from([
                ("fraction".to_owned(), json("0.5")),
                ("note".to_owned(), json("null")),
                ("text".to_owned(), json(r#""half way""#)),
            ]),
        },
        StreamItem {
            topic: "tokens".into(),
            data: json(r#""Hel""#),
            publisher_id: Some("00112233aabbccdd".into()),
            sequence: Some(4),
            activity_id: Some("1".into()),
            attempt: Some(2),
            activity_run_id: Some(NEXT_RUN.into()),
            offset: Some(17),
        },
    ]
}
