//! Strategies for events of every type.

use fast_temporal_protocol::{
    Event, EventData, Json,
    event::{
        ActivityCanceled, ActivityCompleted, ActivityFailed, ActivityScheduled, ActivityTimedOut,
        ChildCanceled, ChildCompleted, ChildFailed, ChildStarted, ChildTerminated, ChildTimedOut,
        LocalActivityCompleted, LocalActivityFailed, NexusCanceled, NexusCompleted, NexusFailed,
        NexusScheduled, NexusStarted, NexusTimedOut, ParentWorkflow, SignalReceived, Status,
        StreamItem, TimerCanceled, TimerFired, TimerStarted, UnknownData, UpdateAccepted,
        UpdateCompleted, UpdateRejected, WorkflowCanceled, WorkflowCompleted,
        WorkflowContinuedAsNew, WorkflowFailed, WorkflowReset, WorkflowStarted, WorkflowTaskFailed,
        WorkflowTerminated, WorkflowTimedOut,
    },
};
use proptest::{
    collection::{btree_map, vec},
    option::of,
    prelude::*,
    strategy::Union,
};

use super::strategy::{cursor, failure, id, json, text};

/// Builds one strategy per type from those of its fields.
macro_rules! strategies {
    ($($type:ident { $($field:ident: $strategy:expr),* $(,)? })*) => {
        vec![$(
            ($($strategy,)*)
                .prop_map(|($($field,)*)| EventData::from($type { $($field),* }))
                .boxed()
        ),*]
    };
}

/// Any event of any type, including unknown types.
pub fn event() -> BoxedStrategy<Event> {
    let data = Union::new(known().into_iter().chain([unknown()]));
    (cursor(), any::<i64>(), data, any::<bool>())
        .prop_map(|(cursor, seconds, data, end)| {
            // Up to the year 9000 or so; times of day with and without a fraction.
            let (seconds, nanos) = (seconds.rem_euclid(222_000_000_000), seconds % 1_000_000);
            let nanos = i32::try_from(nanos.abs()).expect("less than a second");
            let time = jiff::Timestamp::new(seconds, nanos).expect("a time in range");
            Event {
                cursor,
                time,
                data,
                end,
            }
        })
        .boxed()
}

/// One strategy for each event type, in the order of [`EventData::TYPES`].
pub fn known() -> Vec<BoxedStrategy<EventData>> {
    [workflow(), activity(), timer(), child(), nexus(), rest()].concat()
}

/// Types that this version does not know.
pub fn unknown() -> BoxedStrategy<EventData> {
    ("x\\.[a-z_]{1,8}", json())
        .prop_map(|(type_name, data)| EventData::Unknown(UnknownData { type_name, data }))
        .boxed()
}

fn attempt() -> impl Strategy<Value = i32> {
    any::<i32>()
}

fn inputs() -> impl Strategy<Value = Vec<Json>> {
    vec(json(), 0..3)
}

/// Multiples of an eighth, which round-trip exactly.
fn seconds() -> impl Strategy<Value = f64> {
    any::<u32>().prop_map(|eighths| f64::from(eighths) / 8.0)
}

fn parent() -> impl Strategy<Value = ParentWorkflow> {
    (id(), id()).prop_map(|(workflow_id, run_id)| ParentWorkflow {
        workflow_id,
        run_id,
    })
}

fn workflow() -> Vec<BoxedStrategy<EventData>> {
    strategies! {
        WorkflowStarted {
            workflow_type: text(), task_queue: text(), input: inputs(), attempt: attempt(),
            first_run_id: id(), continued_from_run_id: of(id()), cron_schedule: of(text()),
            parent: of(parent()), summary: of(text()),
        }
        WorkflowCompleted { result: json(), new_run_id: of(id()) }
        WorkflowFailed { failure: failure(), new_run_id: of(id()) }
        WorkflowCanceled { details: inputs() }
        WorkflowTerminated { reason: text(), details: inputs() }
        WorkflowTimedOut { new_run_id: of(id()) }
        WorkflowContinuedAsNew {
            new_run_id: id(), workflow_type: text(), task_queue: text(), input: inputs(),
        }
        WorkflowReset { base_run_id: id(), fork_event_id: any::<i64>(), reason: text() }
        WorkflowTaskFailed { cause: text(), failure: of(failure()) }
    }
}

fn activity() -> Vec<BoxedStrategy<EventData>> {
    strategies! {
        ActivityScheduled {
            activity_id: id(), activity_type: text(), task_queue: text(), input: inputs(),
            summary: of(text()),
        }
        ActivityCompleted {
            activity_id: id(), activity_type: text(), result: json(), attempt: attempt(),
            summary: of(text()),
        }
        ActivityFailed {
            activity_id: id(), activity_type: text(), failure: failure(), attempt: attempt(),
            retry_state: of(text()), summary: of(text()),
        }
        ActivityTimedOut {
            activity_id: id(), activity_type: text(), timeout_type: text(), failure: failure(),
            attempt: attempt(), retry_state: of(text()), summary: of(text()),
        }
        ActivityCanceled {
            activity_id: id(), activity_type: text(), details: inputs(), summary: of(text()),
        }
    }
}

fn timer() -> Vec<BoxedStrategy<EventData>> {
    strategies! {
        TimerStarted { timer_id: id(), fire_after_seconds: seconds(), summary: of(text()) }
        TimerFired { timer_id: id(), summary: of(text()) }
        TimerCanceled { timer_id: id(), summary: of(text()) }
    }
}

fn child() -> Vec<BoxedStrategy<EventData>> {
    strategies! {
        ChildStarted {
            workflow_id: id(), workflow_type: text(), run_id: of(id()), summary: of(text()),
        }
        ChildCompleted {
            workflow_id: id(), workflow_type: text(), run_id: of(id()), result: json(),
            summary: of(text()),
        }
        ChildFailed {
            workflow_id: id(), workflow_type: text(), run_id: of(id()), failure: failure(),
            retry_state: of(text()), summary: of(text()),
        }
        ChildCanceled {
            workflow_id: id(), workflow_type: text(), run_id: of(id()), details: inputs(),
            summary: of(text()),
        }
        ChildTerminated {
            workflow_id: id(), workflow_type: text(), run_id: of(id()), summary: of(text()),
        }
        ChildTimedOut {
            workflow_id: id(), workflow_type: text(), run_id: of(id()), retry_state: of(text()),
            summary: of(text()),
        }
    }
}

fn nexus() -> Vec<BoxedStrategy<EventData>> {
    strategies! {
        NexusScheduled {
            scheduled_event_id: any::<i64>(), endpoint: text(), service: text(),
            operation: text(), input: json(), summary: of(text()),
        }
        NexusStarted {
            scheduled_event_id: any::<i64>(), endpoint: text(), service: text(),
            operation: text(), operation_token: of(text()), summary: of(text()),
        }
        NexusCompleted {
            scheduled_event_id: any::<i64>(), endpoint: text(), service: text(),
            operation: text(), result: json(), summary: of(text()),
        }
        NexusFailed {
            scheduled_event_id: any::<i64>(), endpoint: text(), service: text(),
            operation: text(), failure: failure(), summary: of(text()),
        }
        NexusCanceled {
            scheduled_event_id: any::<i64>(), endpoint: text(), service: text(),
            operation: text(), failure: failure(), summary: of(text()),
        }
        NexusTimedOut {
            scheduled_event_id: any::<i64>(), endpoint: text(), service: text(),
            operation: text(), failure: failure(), summary: of(text()),
        }
    }
}

fn rest() -> Vec<BoxedStrategy<EventData>> {
    strategies! {
        LocalActivityCompleted {
            activity_id: id(), activity_type: text(), result: json(), attempt: attempt(),
        }
        LocalActivityFailed {
            activity_id: id(), activity_type: text(), failure: failure(), attempt: attempt(),
        }
        SignalReceived { name: text(), input: inputs() }
        UpdateAccepted { update_id: id(), name: text(), input: inputs() }
        UpdateCompleted {
            update_id: id(), name: text(), result: of(json()), failure: of(failure()),
        }
        UpdateRejected { update_id: id(), name: text(), failure: failure() }
        Status { changed: btree_map(text(), json(), 0..4) }
        StreamItem {
            topic: text(), data: json(), publisher_id: of(text()), sequence: of(any::<i64>()),
            activity_id: of(text()), attempt: of(any::<u32>()), activity_run_id: of(id()),
            offset: of(any::<u64>()),
        }
    }
}
