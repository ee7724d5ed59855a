//! The vocabulary of the tests.
//!
//! Tests of a program alone run it in a [`Folder`](program::Folder) with an empty environment, and check its output
//! ([`Ended`](program::Ended)) or its log ([`Running`](program::Running)).
//!
//! End-to-end tests start a `TestServer` (Temporal), a [`Gateway`] in front of it and a worker of [`Python`]. A
//! [`SeedClient`] connects as a user, starts a workflow and compares the [`Frame`]s that it receives; [`EventStream`],
//! [`get`] and [`post`] use HTTP, [`RawClient`] controls each byte, and [`Browser`] runs a page. A [`Gate`] blocks
//! activities until the test lets them continue.
//!
//! Dropping a process kills it. A failing test prints the output of its processes.

mod browser;
mod event_stream;
mod frame;
mod gate;
mod gateway;
mod http;
mod process;
pub mod program;
mod python;
mod raw_client;
mod seed_client;
mod workspace;

use std::time::Duration;

use tokio::time::timeout;

pub use self::{
    browser::Browser,
    event_stream::EventStream,
    frame::Frame,
    gate::Gate,
    gateway::Gateway,
    http::{get, post},
    process::{Process, descendants, runs},
    python::Python,
    raw_client::RawClient,
    seed_client::{SeedClient, Workflow},
    workspace::installed,
};

/// The task queue of the workers.
pub const TASK_QUEUE: &str = "e2e";
/// The time limit of [`soon`]. It is generous, as the machine can be busy.
pub const SOON: Duration = Duration::from_secs(30);

/// Waits at most [`SOON`].
///
/// # Panics
/// The limit has passed.
#[track_caller]
pub fn soon<F: Future>(what: &str, future: F) -> impl Future<Output = F::Output> {
    within(SOON, what, future)
}

/// Waits at most `limit`.
///
/// # Panics
/// The limit has passed.
#[track_caller]
pub fn within<F: Future>(
    limit: Duration,
    what: &str,
    future: F,
) -> impl Future<Output = F::Output> {
    let location = std::panic::Location::caller();
    async move {
        let Ok(outcome) = timeout(limit, future).await else {
            panic!("{what}: not within {limit:?} (at {location})");
        };
        outcome
    }
}
