//! Activities that are scheduled and not over.

use fast_temporal_protocol::v1::{PendingActivity, PendingActivityState};
use temporalio_common::protos::temporal::api::{
    enums::v1::PendingActivityState as State, workflow::v1::PendingActivityInfo,
};

use crate::{engine::list::time, failure, payload};

/// An activity, with what Temporal knows of its attempts. Payloads have been decoded before.
pub(super) fn pending(activity: PendingActivityInfo) -> PendingActivity {
    let state = match activity.state() {
        State::Paused | State::PauseRequested => PendingActivityState::Paused,
        State::CancelRequested => PendingActivityState::CancelRequested,
        State::Started => PendingActivityState::Started,
        State::Scheduled | State::Unspecified => PendingActivityState::Scheduled,
    };
    let next_attempt = activity.next_attempt_schedule_time;
    PendingActivity {
        state,
        activity_id: activity.activity_id,
        activity_type: activity.activity_type.unwrap_or_default().name,
        attempt: number(activity.attempt),
        maximum_attempts: Some(number(activity.maximum_attempts)).filter(|limit| *limit > 0),
        last_heartbeat_time: activity
            .last_heartbeat_time
            .and_then(|t| time(t.seconds, t.nanos)),
        heartbeat_details: payload::all(activity.heartbeat_details),
        last_failure: activity.last_failure.map(failure::shown),
        last_started_time: activity
            .last_started_time
            .and_then(|t| time(t.seconds, t.nanos)),
        next_attempt_time: next_attempt.and_then(|t| time(t.seconds, t.nanos)),
    }
}

fn number(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
