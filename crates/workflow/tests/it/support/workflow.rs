//! The workflows under test.

mod callback;
mod cancel;
mod chain;
mod edge_case;
mod failure;
pub(crate) mod manual_stream;
mod message;
mod parallel;
mod report;
mod saga;
mod streaming;

use temporalio_sdk::WorkerOptions;

pub(crate) use self::{
    callback::Callback,
    cancel::Cancel,
    chain::Chain,
    failure::{Handled, Unhandled},
    message::Messages,
    parallel::Parallel,
    report::Reports,
    saga::Saga,
    streaming::Streaming,
};
use self::{
    chain::Suggested,
    edge_case::{EdgeCase, Hooked},
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
