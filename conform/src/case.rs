//! The cases. Each is an async function whose name states what it checks.

mod access;
mod describe;
mod disconnected;
mod document;
mod expiry;
mod fault;
mod invalid_input;
mod operation;
mod operation_requests;
mod permission;
mod resume;
mod select;
mod start;

use std::sync::Arc;

use anyhow::Result;
use futures_util::future::BoxFuture;

use crate::world::World;

/// One case.
pub struct Case {
    /// Its name: what it checks.
    pub name: &'static str,
    /// What it needs.
    pub kind: Kind,
    /// Runs it.
    pub run: fn(Arc<World>) -> BoxFuture<'static, Result<()>>,
}

/// What a case needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Needs an address.
    Plain,
    /// Needs gateways that check credentials.
    Access,
    /// Needs schemathesis, and the machine to itself.
    Document,
    /// Needs access to Temporal, which was started for this run.
    Temporal,
    /// Needs processes that were started for this run, and kills them.
    Fault,
}

macro_rules! cases {
    ($($kind:ident: $module:ident::$name:ident,)*) => {
        /// All cases.
        pub fn all() -> Vec<Case> {
            vec![$(Case {
                name: stringify!($name),
                kind: Kind::$kind,
                run: |world| Box::pin($module::$name(world)),
            }),*]
        }
    };
}

cases! {
    Plain: operation::a_workflow_is_started_steered_and_watched_over_a_websocket,
    Plain: operation::the_same_operations_work_over_rest,
    Plain: operation::a_start_with_the_same_request_id_starts_once_on_all_nodes,
    Plain: operation::an_update_returns_when_accepted_or_completed,
    Plain: describe::attempts_and_heartbeats_can_be_described,
    Plain: describe::workflows_are_listed_page_by_page,
    Plain: operation::a_workflow_is_canceled_or_terminated,
    Plain: operation::arguments_that_violate_the_schema_reach_no_worker,
    Plain: describe::result_waits_for_the_end,
    Plain: select::a_filter_that_matches_nothing_still_advances_the_cursor,
    Plain: select::only_selected_events_and_the_last_event_arrive,
    Plain: select::from_now_skips_earlier_events,
    Plain: resume::every_cursor_resumes_anywhere_on_any_transport,
    Plain: resume::events_missed_while_disconnected_arrive_once_and_in_order,
    Plain: disconnected::clients_resume_after_the_follower_has_stopped,
    Plain: resume::a_history_of_ten_thousand_events_arrives_complete,
    Plain: resume::runs_started_while_disconnected_are_read,
    Temporal: resume::a_reset_while_disconnected_is_reported,
    Plain: resume::invalid_and_foreign_cursors_are_rejected,
    Plain: invalid_input::every_invalid_message_has_its_code_and_keeps_the_connection,
    Plain: invalid_input::every_invalid_request_has_its_code,
    Plain: invalid_input::random_frames_do_not_break_the_gateway,
    Access: permission::rejected_requests_start_nothing,
    Access: permission::each_operation_is_permitted_by_itself,
    Access: permission::another_users_workflow_looks_missing,
    Access: access::a_ticket_grants_its_scope,
    Access: expiry::credentials_are_renewed_or_end_the_connection,
    Access: expiry::connections_and_streams_end_with_their_token,
    Access: access::payloads_are_hidden_without_permission,
    Document: document::the_api_matches_its_document,
    Fault: fault::subscribers_of_a_killed_gateway_resume_on_the_other,
    Fault: start::starts_while_gateways_are_killed_start_once,
    Fault: fault::a_killed_temporal_loses_no_event,
    Fault: fault::a_killed_worker_loses_no_event,
    Fault: fault::a_draining_gateway_sends_its_clients_to_the_other,
}

impl Case {
    /// Returns why the case cannot run here, if so.
    pub fn missing(&self, world: &World) -> Option<&'static str> {
        match self.kind {
            Kind::Access if !world.checks_credentials() => {
                Some("the gateways check no credentials")
            }
            Kind::Document if world.arguments.schemathesis.is_none() => Some("no --schemathesis"),
            Kind::Temporal if !world.is_spawned() => Some("Temporal was not started for this run"),
            Kind::Fault if !world.is_spawned() => {
                Some("the gateways were not started for this run")
            }
            _ => None,
        }
    }
}
