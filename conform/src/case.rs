//! The cases. Each is an async function whose name says what holds.

mod absence;
mod access;
mod document;
mod expiry;
mod fault;
mod look;
mod refused;
mod resume;
mod select;
mod start;
mod verb;
mod wrong;

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::world::World;

/// One case.
pub struct Case {
    /// Its name: what holds.
    pub name: &'static str,
    /// What it needs and does.
    pub kind: Kind,
    /// Runs it.
    pub run: fn(Arc<World>) -> BoxFuture<'static, anyhow::Result<()>>,
}

/// What a case needs and does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Needs an address.
    Plain,
    /// Needs gateways that check credentials.
    Access,
    /// Needs schemathesis, and the machine to itself.
    Document,
    /// Needs to speak to Temporal itself, which was started for this run.
    Temporal,
    /// Needs to kill what was started for this run.
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
    Plain: verb::a_workflow_is_started_steered_and_watched_over_a_websocket,
    Plain: verb::the_same_verbs_work_over_rest,
    Plain: verb::a_start_with_the_same_request_id_starts_once_on_all_nodes,
    Plain: verb::an_update_is_answered_when_accepted_or_when_completed,
    Plain: look::attempts_and_heartbeats_can_be_described,
    Plain: look::workflows_are_listed_page_by_page,
    Plain: verb::a_workflow_is_canceled_or_terminated,
    Plain: verb::arguments_that_do_not_fit_never_reach_a_worker,
    Plain: look::a_result_is_waited_for,
    Plain: select::a_filter_that_hides_everything_still_moves_the_cursor,
    Plain: select::only_what_was_asked_for_comes_and_the_end_comes_always,
    Plain: select::from_now_on_gives_nothing_of_the_past,
    Plain: resume::every_cursor_resumes_anywhere_on_any_transport,
    Plain: resume::what_happened_while_away_comes_once_and_in_order,
    Plain: absence::an_absence_for_longer_than_a_workflow_is_followed_costs_nothing,
    Plain: resume::a_history_of_ten_thousand_events_comes_whole,
    Plain: resume::runs_that_follow_while_away_are_read_on,
    Temporal: resume::a_reset_while_away_is_told,
    Plain: resume::cursors_that_are_none_or_of_others_are_refused,
    Plain: wrong::every_wrong_message_has_its_code_and_the_connection_lives,
    Plain: wrong::every_wrong_request_has_its_code,
    Plain: wrong::random_frames_break_nothing,
    Access: refused::what_should_be_refused_is_and_leaves_nothing_started,
    Access: refused::each_verb_is_allowed_by_itself,
    Access: refused::somebody_elses_workflow_is_not_there,
    Access: access::a_ticket_opens_what_it_is_for,
    Access: expiry::credentials_are_renewed_in_place_or_end_the_connection,
    Access: expiry::what_is_open_ends_with_its_token,
    Access: access::payloads_are_hidden_from_who_may_not_see_them,
    Document: document::the_api_keeps_to_its_document,
    Fault: fault::readers_of_a_killed_gateway_go_on_at_the_other,
    Fault: start::what_is_started_while_gateways_are_killed_is_started_once,
    Fault: fault::a_temporal_that_is_killed_costs_nothing,
    Fault: fault::a_worker_that_is_killed_costs_nothing,
    Fault: fault::a_gateway_that_stops_sends_its_clients_to_the_other,
}

impl Case {
    /// Why it can't be run here.
    pub fn missing(&self, world: &World) -> Option<&'static str> {
        match self.kind {
            Kind::Access if !world.checks_credentials() => {
                Some("the gateways check no credentials")
            }
            Kind::Document if world.schemathesis().is_none() => Some("no --schemathesis"),
            Kind::Temporal if !world.is_spawned() => Some("Temporal was not started here"),
            Kind::Fault if !world.is_spawned() => Some("what it would kill was not started here"),
            _ => None,
        }
    }
}
