//! Activities. Their closing events refer to the scheduled event, which has the names.

use std::collections::HashMap;

use fast_temporal_protocol::event::{
    ActivityCanceled, ActivityCompleted, ActivityFailed, ActivityScheduled, ActivityTimedOut,
};
use temporalio_common::protos::temporal::api::{
    enums::v1::RetryState,
    history::v1::{
        ActivityTaskCanceledEventAttributes, ActivityTaskCompletedEventAttributes,
        ActivityTaskFailedEventAttributes, ActivityTaskScheduledEventAttributes,
        ActivityTaskStartedEventAttributes, ActivityTaskTimedOutEventAttributes,
    },
};

use super::projected::{EventContext, Projected};
use crate::{enum_name::enum_name, failure, payload};

/// The activities that are open, by the id of their scheduled event.
#[derive(Clone, Default)]
pub(super) struct Activities(HashMap<i64, Open>);

#[derive(Clone, Default)]
struct Open {
    activity_id: String,
    activity_type: String,
    /// 0 before the first attempt has started.
    attempt: i32,
    summary: Option<String>,
}

/// Makes the closing event of an activity: its names, its attempt if requested, and the given fields.
macro_rules! closed {
    ($data:ident, $activity:expr, $($attempt:ident,)? { $($field:ident: $value:expr),* }) => {{
        let activity: Open = $activity;
        Projected::one($data {
            activity_id: activity.activity_id,
            activity_type: activity.activity_type,
            summary: activity.summary,
            $($attempt: activity.$attempt,)?
            $($field: $value,)*
        })
    }};
}

impl Activities {
    pub(super) fn scheduled(
        &mut self,
        context: EventContext,
        a: ActivityTaskScheduledEventAttributes,
    ) -> Projected {
        let activity = Open {
            activity_id: a.activity_id,
            activity_type: a.activity_type.unwrap_or_default().name,
            attempt: 0,
            summary: context.summary,
        };
        self.0.insert(context.event_id, activity.clone());
        Projected::one(ActivityScheduled {
            activity_id: activity.activity_id,
            activity_type: activity.activity_type,
            task_queue: a.task_queue.unwrap_or_default().name,
            input: payload::all(a.input),
            summary: activity.summary,
        })
    }

    /// History has this event only together with the closing event. It holds the last attempt.
    pub(super) fn started(&mut self, a: &ActivityTaskStartedEventAttributes) -> Projected {
        if let Some(activity) = self.0.get_mut(&a.scheduled_event_id) {
            activity.attempt = a.attempt;
        }
        Projected::none()
    }

    pub(super) fn completed(&mut self, a: ActivityTaskCompletedEventAttributes) -> Projected {
        closed!(ActivityCompleted, self.close(a.scheduled_event_id), attempt, {
            result: payload::first(a.result)
        })
    }

    pub(super) fn failed(&mut self, a: ActivityTaskFailedEventAttributes) -> Projected {
        closed!(ActivityFailed, self.close(a.scheduled_event_id), attempt, {
            failure: failure::expected(a.failure),
            retry_state: enum_name::<RetryState>(a.retry_state)
        })
    }

    pub(super) fn timed_out(&mut self, a: ActivityTaskTimedOutEventAttributes) -> Projected {
        closed!(ActivityTimedOut, self.close(a.scheduled_event_id), attempt, {
            timeout_type: failure::timeout_type(a.failure.as_ref()).unwrap_or_default(),
            failure: failure::expected(a.failure),
            retry_state: enum_name::<RetryState>(a.retry_state)
        })
    }

    pub(super) fn canceled(&mut self, a: ActivityTaskCanceledEventAttributes) -> Projected {
        closed!(ActivityCanceled, self.close(a.scheduled_event_id), {
            details: payload::all(a.details)
        })
    }

    fn close(&mut self, scheduled_event_id: i64) -> Open {
        self.0.remove(&scheduled_event_id).unwrap_or_default()
    }
}
