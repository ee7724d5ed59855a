//! The vocabulary of the end-to-end tests.
//!
//! A test reads like this: a `Temporal` is started, a [`Gateway`] before it, a Python worker beside
//! it; a [`SeedClient`] connects as a user, starts a workflow and compares the [`Frame`]s that come.
//! Where a test has to know how far a workflow is, its activities pass a [`Gate`].
//!
//! Each process is killed when its value is dropped, and says what it printed where the test fails.

mod browser;
mod event_stream;
mod frame;
mod gate;
mod gateway;
mod http;
mod process;
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
    raw_client::{RawClient, RawFrame},
    seed_client::{SeedClient, Workflow},
    workspace::installed,
};

/// The task queue that the tests' workers poll.
pub const TASK_QUEUE: &str = "e2e";
/// How long anything may take that should happen soon. Generous: the machine may be busy.
pub const SOON: Duration = Duration::from_secs(30);

/// Waits for what should happen soon.
///
/// # Panics
/// It did not.
#[track_caller]
pub fn soon<F: Future>(what: &str, happens: F) -> impl Future<Output = F::Output> {
    within(SOON, what, happens)
}

/// Waits for what should happen within a time.
///
/// # Panics
/// It did not.
#[track_caller]
pub fn within<F: Future>(
    limit: Duration,
    what: &str,
    happens: F,
) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move {
        let Ok(outcome) = timeout(limit, happens).await else {
            panic!("not within {limit:?}: {what} (at {place})");
        };
        outcome
    }
}
