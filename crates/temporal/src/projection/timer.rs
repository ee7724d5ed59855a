//! Timers.

use std::{collections::HashMap, time::Duration};

use fast_temporal_protocol::event::{TimerCanceled, TimerFired, TimerStarted};
use temporalio_common::protos::temporal::api::history::v1::{
    TimerCanceledEventAttributes, TimerFiredEventAttributes, TimerStartedEventAttributes,
};

use super::projected::{EventContext, Projected};

/// The summaries of running timers, by the id of their started event. Each of their events has their
/// names.
#[derive(Clone, Default)]
pub(super) struct Timers(HashMap<i64, String>);

impl Timers {
    pub(super) fn started(
        &mut self,
        context: EventContext,
        a: TimerStartedEventAttributes,
    ) -> Projected {
        if let Some(summary) = &context.summary {
            self.0.insert(context.event_id, summary.clone());
        }
        let fire_after = a.start_to_fire_timeout.map(Duration::try_from);
        Projected::one(TimerStarted {
            timer_id: a.timer_id,
            fire_after_seconds: fire_after
                .and_then(Result::ok)
                .unwrap_or_default()
                .as_secs_f64(),
            summary: context.summary,
        })
    }

    pub(super) fn fired(&mut self, a: TimerFiredEventAttributes) -> Projected {
        Projected::one(TimerFired {
            timer_id: a.timer_id,
            summary: self.0.remove(&a.started_event_id),
        })
    }

    pub(super) fn canceled(&mut self, a: TimerCanceledEventAttributes) -> Projected {
        Projected::one(TimerCanceled {
            timer_id: a.timer_id,
            summary: self.0.remove(&a.started_event_id),
        })
    }
}
