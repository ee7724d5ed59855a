//! A Temporal in memory. Tests write its histories and set its answers and faults; the engine behaves
//! as the [contract](crate::contract) requires.

// Data.
pub(crate) mod call;
mod fault;
mod history;
mod hosted_stream;
mod worker_answer;
// The handles of a test.
pub(crate) mod fake_engine;
pub(crate) mod fake_workflow;
mod test_control;
// Requests to the engine.
mod description;
mod engine;
mod fake_source;
mod message_request;
mod start_request;
mod visibility;
mod visibility_query;
mod worker_request;
