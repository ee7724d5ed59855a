//! The workflows under test.

mod activity_outcome;
mod compensation;
mod edge_case;
mod long_running;
pub(crate) mod manual_stream;
mod message;

use temporalio_sdk::WorkerOptions;

pub(crate) use self::{
    activity_outcome::{Callback, Handled, Parallel, Unhandled},
    compensation::{Cancel, Saga},
    long_running::{Chain, Reports, Streaming},
    message::Messages,
};
use self::{
    edge_case::{EdgeCase, Hooked},
    long_running::Suggested,
    manual_stream::ManualStream,
};

/// Registers all workflows.
pub(crate) fn register(options: &mut WorkerOptions) {
    options.register_workflow::<Callback>().unwrap();
    options.register_workflow::<Cancel>().unwrap();
    options.register_workflow::<Chain>().unwrap();
    options.register_workflow::<EdgeCase>().unwrap();
    options.register_workflow::<Handled>().unwrap();
    options.register_workflow::<Hooked>().unwrap();
    options.register_workflow::<ManualStream>().unwrap();
    options.register_workflow::<Messages>().unwrap();
    options.register_workflow::<Parallel>().unwrap();
    options.register_workflow::<Reports>().unwrap();
    options.register_workflow::<Saga>().unwrap();
    options.register_workflow::<Streaming>().unwrap();
    options.register_workflow::<Suggested>().unwrap();
    options.register_workflow::<Unhandled>().unwrap();
}
