//! Timers.

use std::{collections::HashMap, time::Duration};

use fast_temporal_protocol::event::{TimerCanceled, TimerFired, TimerStarted};
use temporalio_common::protos::temporal::api::history::v1::{
    TimerCanceledEventAttributes, TimerFiredEventAttributes, TimerStartedEventAttributes,
};

use super::{At, Made};

/// The summaries of running timers, by the id of their started event. Their names come with each
/// of their events.
#[derive(Clone, Default)]
pub(super) struct Timers(HashMap<i64, String>);

impl Timers {
    pub(super) fn started(&mut self, at: At, a: TimerStartedEventAttributes) -> Made {
        if let Some(summary) = &at.summary {
            self.0.insert(at.event_id, summary.clone());
        }
        let fire_after = a.start_to_fire_timeout.map(Duration::try_from);
        let data = TimerStarted {
            timer_id: a.timer_id,
            fire_after_seconds: fire_after
                .and_then(Result::ok)
                .unwrap_or_default()
                .as_secs_f64(),
            summary: at.summary,
        };
        Made::one(data)
    }

    pub(super) fn fired(&mut self, a: TimerFiredEventAttributes) -> Made {
        let data = TimerFired {
            timer_id: a.timer_id,
            summary: self.0.remove(&a.started_event_id),
        };
        Made::one(data)
    }

    pub(super) fn canceled(&mut self, a: TimerCanceledEventAttributes) -> Made {
        let data = TimerCanceled {
            timer_id: a.timer_id,
            summary: self.0.remove(&a.started_event_id),
        };
        Made::one(data)
    }
}
