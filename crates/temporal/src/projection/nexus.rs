//! Nexus operations. Only the scheduled event has their names.

use std::{collections::HashMap, sync::Arc};

use fast_temporal_protocol::event::{
    NexusCanceled, NexusCompleted, NexusFailed, NexusScheduled, NexusStarted, NexusTimedOut,
};
use temporalio_common::protos::temporal::api::history::v1::{
    NexusOperationCanceledEventAttributes, NexusOperationCompletedEventAttributes,
    NexusOperationFailedEventAttributes, NexusOperationScheduledEventAttributes,
    NexusOperationStartedEventAttributes, NexusOperationTimedOutEventAttributes,
};

use super::projected::{EventContext, Projected};
use crate::{failure, payload};

/// The operations that are open, by the id of their scheduled event.
#[derive(Clone, Default)]
pub(super) struct NexusOperations(HashMap<i64, Arc<Names>>);

#[derive(Default)]
struct Names {
    endpoint: String,
    service: String,
    operation: String,
    summary: Option<String>,
}

/// Makes an event of an operation: its names, and the given fields.
macro_rules! nexus {
    ($data:ident, $id:expr, $operation:expr, { $($field:ident: $value:expr),* }) => {{
        let operation: &Names = &$operation;
        Projected::one($data {
            scheduled_event_id: $id,
            endpoint: operation.endpoint.clone(),
            service: operation.service.clone(),
            operation: operation.operation.clone(),
            summary: operation.summary.clone(),
            $($field: $value,)*
        })
    }};
}

impl NexusOperations {
    pub(super) fn scheduled(
        &mut self,
        context: EventContext,
        a: NexusOperationScheduledEventAttributes,
    ) -> Projected {
        let operation = Arc::new(Names {
            endpoint: a.endpoint,
            service: a.service,
            operation: a.operation,
            summary: context.summary,
        });
        self.0.insert(context.event_id, operation.clone());
        let input = a.input.map(payload::json).unwrap_or_default();
        nexus!(NexusScheduled, context.event_id, operation, { input: input })
    }

    pub(super) fn started(&mut self, a: NexusOperationStartedEventAttributes) -> Projected {
        let id = a.scheduled_event_id;
        let operation = self.0.get(&id).cloned().unwrap_or_default();
        let token = Some(a.operation_token).filter(|token| !token.is_empty());
        nexus!(NexusStarted, id, operation, { operation_token: token })
    }

    pub(super) fn completed(&mut self, a: NexusOperationCompletedEventAttributes) -> Projected {
        let id = a.scheduled_event_id;
        let result = a.result.map(payload::json).unwrap_or_default();
        nexus!(NexusCompleted, id, self.close(id), { result: result })
    }

    pub(super) fn failed(&mut self, a: NexusOperationFailedEventAttributes) -> Projected {
        let id = a.scheduled_event_id;
        nexus!(NexusFailed, id, self.close(id), { failure: failure::expected(a.failure) })
    }

    pub(super) fn canceled(&mut self, a: NexusOperationCanceledEventAttributes) -> Projected {
        let id = a.scheduled_event_id;
        nexus!(NexusCanceled, id, self.close(id), { failure: failure::expected(a.failure) })
    }

    pub(super) fn timed_out(&mut self, a: NexusOperationTimedOutEventAttributes) -> Projected {
        let id = a.scheduled_event_id;
        nexus!(NexusTimedOut, id, self.close(id), { failure: failure::expected(a.failure) })
    }

    fn close(&mut self, scheduled_event_id: i64) -> Arc<Names> {
        self.0.remove(&scheduled_event_id).unwrap_or_default()
    }
}
