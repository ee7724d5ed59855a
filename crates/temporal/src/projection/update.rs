//! Updates. Only their requests have their names.

use std::collections::HashMap;

use fast_temporal_protocol::event::{UpdateAccepted, UpdateCompleted, UpdateRejected};
use temporalio_common::protos::temporal::api::{
    history::v1::{
        WorkflowExecutionUpdateAcceptedEventAttributes,
        WorkflowExecutionUpdateAdmittedEventAttributes,
        WorkflowExecutionUpdateCompletedEventAttributes,
        WorkflowExecutionUpdateRejectedEventAttributes,
    },
    update::v1::{Request, outcome::Value},
};

use super::projected::{Projected, is_reserved};
use crate::{failure, payload};

#[derive(Clone, Default)]
pub(super) struct Updates {
    /// Requests that a reset carried over, by update id: their accepted events leave them out.
    admitted: HashMap<String, Request>,
    /// The updates in progress, by the id of their accepted event.
    accepted: HashMap<i64, Update>,
}

#[derive(Clone, Default)]
struct Update {
    update_id: String,
    name: String,
}

impl Updates {
    pub(super) fn admitted(
        &mut self,
        a: WorkflowExecutionUpdateAdmittedEventAttributes,
    ) -> Projected {
        let request = a.request.unwrap_or_default();
        let update_id = request.meta.as_ref().map(|meta| meta.update_id.clone());
        self.admitted.insert(update_id.unwrap_or_default(), request);
        Projected::none()
    }

    pub(super) fn accepted(
        &mut self,
        event_id: i64,
        a: WorkflowExecutionUpdateAcceptedEventAttributes,
    ) -> Projected {
        // The protocol instance is the update: see `protocol_instance_id` of the API.
        let admitted = self.admitted.remove(&a.protocol_instance_id);
        let request = a.accepted_request.filter(|request| request.input.is_some());
        let request = request.or(admitted).unwrap_or_default();
        let input = request.input.unwrap_or_default();
        let update = Update {
            update_id: request
                .meta
                .map_or(a.protocol_instance_id, |meta| meta.update_id),
            name: input.name,
        };
        self.accepted.insert(event_id, update.clone());
        let data = UpdateAccepted {
            update_id: update.update_id,
            name: update.name,
            input: payload::all(input.args),
        };
        Projected::maybe((!is_reserved(&data.name)).then_some(data))
    }

    pub(super) fn completed(
        &mut self,
        a: WorkflowExecutionUpdateCompletedEventAttributes,
    ) -> Projected {
        let update = self.accepted.remove(&a.accepted_event_id);
        let update = update.unwrap_or_else(|| Update {
            update_id: a.meta.unwrap_or_default().update_id,
            name: String::new(),
        });
        if is_reserved(&update.name) {
            return Projected::none();
        }
        let (result, failure) = match a.outcome.and_then(|outcome| outcome.value) {
            Some(Value::Success(result)) => (Some(payload::first(Some(result))), None),
            Some(Value::Failure(failure)) => (None, Some(failure::public(failure))),
            None => (Some(payload::first(None)), None),
        };
        Projected::one(UpdateCompleted {
            update_id: update.update_id,
            name: update.name,
            result,
            failure,
        })
    }

    pub(super) fn rejected(
        &mut self,
        a: WorkflowExecutionUpdateRejectedEventAttributes,
    ) -> Projected {
        let admitted = self.admitted.remove(&a.protocol_instance_id);
        let request = a.rejected_request.filter(|request| request.input.is_some());
        let request = request.or(admitted).unwrap_or_default();
        let data = UpdateRejected {
            update_id: request
                .meta
                .map_or(a.protocol_instance_id, |meta| meta.update_id),
            name: request.input.unwrap_or_default().name,
            failure: failure::expected(a.failure),
        };
        Projected::maybe((!is_reserved(&data.name)).then_some(data))
    }
}
