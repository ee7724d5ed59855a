//! What the gateway relies on in Temporal, as test cases for any [`Engine`](fast_temporal_core::Engine).
//!
//! `core` and `server` are tested on the fake engine, so the fake has to behave as Temporal does. Each
//! case here takes a [`World`](world::World): an engine, and the worker of its workflows. The same cases
//! run on the fake engine (this crate's tests) and on a Temporal dev server (the tests of
//! `fast-temporal-temporal`); [`contract_tests!`](crate::contract_tests) makes a test of each.
//!
//! A case states nothing on which the two differ by design. Those differences are:
//! - Temporal writes every workflow task to history; the fake writes only completed ones, and those that
//!   a test asks for. So cases compare events, which workflow tasks never are, and not event ids.
//! - A reset on Temporal reapplies the signals that came after the reset point. The fake does not.
//! - Visibility lags behind on Temporal, and its times are less exact.
//! - A page token that Temporal did not make is an internal error there.

#![expect(missing_docs, reason = "a case is described by its name")]

pub mod close;
pub mod describe;
pub mod list;
pub mod query;
pub mod signal;
pub mod source;
pub mod start;
pub mod start_with_update;
pub mod support;
pub mod update;
pub mod world;

use std::time::Duration;

use fast_temporal_protocol::{Failure, Json};

/// The type of all workflows.
pub const WORKFLOW_TYPE: &str = "Test";
/// The task queue of all workflows.
pub const TASK_QUEUE: &str = "tests";
/// The name of all queries.
pub const QUERY: &str = "state";
/// The name of all updates.
pub const UPDATE: &str = "change";
/// How long the engine of a [`World`](world::World) holds a long poll, at most.
pub const MAX_LONG_POLL: Duration = Duration::from_secs(20);

/// The failure that a [`World`](world::World)'s workflows, activities and handlers fail with.
pub fn failure(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        kind: "application".to_owned(),
        error_type: Some("Test".to_owned()),
        details: vec![json(r#"{"why":"test"}"#)],
        ..Failure::default()
    }
}

/// A value that is written as JSON.
///
/// # Panics
/// The text is not JSON.
pub fn json(text: &str) -> Json {
    Json::from_text(text.to_owned()).expect("the text is JSON")
}

/// Makes a test of each case, in modules like those here.
///
/// `contract_tests!(#[tokio::test] RealWorld::start().await)`: the attribute of each test, and the
/// expression that makes its [`World`](world::World).
#[macro_export]
macro_rules! contract_tests {
    (#[$test:meta] $world:expr) => {
        $crate::contract_tests! { #[$test] $world =>
            start {
                first_event_carries_what_the_workflow_was_started_with
                signal_of_a_start_follows_its_first_event
                running_workflow_is_handled_by_the_conflict_policy
                closed_workflow_is_handled_by_the_reuse_policy
                terminate_existing_with_reject_duplicate_is_invalid
                signal_and_update_in_one_start_are_invalid
                missing_and_oversized_names_are_invalid
                repeated_start_of_a_request_starts_and_signals_nothing
                start_of_another_request_is_rejected_and_signals_nothing
                repeated_start_returns_the_first_run_of_a_chain
                concurrent_starts_of_a_request_start_one_workflow
            }
            start_with_update {
                start_waits_for_its_update
                repeated_start_of_a_request_returns_the_outcome_of_its_update
                repeated_start_continues_an_update_that_timed_out
                repeated_start_sends_an_undelivered_update_to_the_current_run
                running_workflow_is_updated_only_if_its_use_is_permitted
                concurrent_starts_of_a_request_send_one_update
            }
            signal {
                signal_is_delivered_once_per_request_id_and_run
                signal_without_a_name_is_invalid
                reserved_signal_is_not_an_event
            }
            close {
                cancellation_is_requested_and_left_to_the_workflow
                termination_closes_the_run_with_its_reason
                closed_missing_and_malformed_runs_have_different_errors
                earlier_run_of_a_chain_is_closed
            }
            update {
                update_is_awaited_up_to_the_requested_stage
                repeated_update_returns_the_first_outcome
                rejected_and_failed_updates_have_an_outcome
                update_without_a_worker_times_out
                update_of_a_workflow_that_closes_fails
            }
            query {
                query_returns_the_workers_answer
                failed_query_returns_the_workers_failure
                query_without_a_worker_times_out
                query_of_a_missing_workflow_is_not_found
                query_of_a_workflow_closed_before_its_first_task_fails
                stream_is_read_by_offset
                workflow_without_a_stream_fails_the_read
            }
            describe {
                engine_is_reachable
                continued_and_reset_runs_form_a_chain
                open_run_is_described_until_it_closes
                runs_of_an_id_that_visibility_cannot_search_are_unknown
                activity_is_described_from_attempt_to_attempt
                missing_runs_are_not_found
            }
            list {
                query_selects_runs_newest_first
                list_is_read_in_pages
                invalid_queries_and_page_tokens_fail
            }
            source {
                open_run_is_read_to_its_tail_without_waiting
                long_poll_returns_when_something_happens
                long_poll_without_events_returns_an_empty_page
                closed_run_is_read_from_start_to_end
                each_way_of_closing_has_its_event
                continued_and_retried_runs_name_their_successor
                reset_run_names_no_successor
                activities_are_events_and_workflow_tasks_are_not
                failing_workflow_tasks_hide_no_events
                fork_reads_the_same_events_independently
                dropped_read_loses_and_repeats_nothing
                cursors_increase_and_name_their_run
                missing_run_is_not_found
            }
        }
    };
    (#[$test:meta] $world:expr => $($area:ident { $($case:ident)* })*) => {
        $(mod $area {
            use super::*;

            $(
                #[$test]
                async fn $case() {
                    $crate::contract::$area::$case($world).await;
                }
            )*
        })*
    };
}
