//! The workflows under test.

mod callback;
mod cancel;
mod case;
mod chain;
mod failure;
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
    case::{Case, Hooked},
    chain::Suggested,
};

/// Registers all of them.
pub(crate) fn register(options: &mut WorkerOptions) {
    options.register_workflow::<Callback>().unwrap();
    options.register_workflow::<Cancel>().unwrap();
    options.register_workflow::<Case>().unwrap();
    options.register_workflow::<Chain>().unwrap();
    options.register_workflow::<Handled>().unwrap();
    options.register_workflow::<Hooked>().unwrap();
    options.register_workflow::<Messages>().unwrap();
    options.register_workflow::<Parallel>().unwrap();
    options.register_workflow::<Reports>().unwrap();
    options.register_workflow::<Saga>().unwrap();
    options.register_workflow::<Streaming>().unwrap();
    options.register_workflow::<Suggested>().unwrap();
    options.register_workflow::<Unhandled>().unwrap();
}
