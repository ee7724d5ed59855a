//! The vocabulary of the tests.
//!
//! | module | offers |
//! |---|---|
//! | `test_env` | `with_worker`: a dev server and a worker with all workflows; `WorkflowRun`: start, signal, query, update, result; `soon`: a timeout for what should happen soon |
//! | `activity` | the activities, and `Notes`, the texts that the activity `note` received |
//! | `workflow` | the workflows, one per topic; `workflow::manual_stream` is one without a base |
//! | `stream_workflow` | a workflow with a stream, in Rust or Python, and a subscriber to it |
//! | `stream_sample` | payloads, batches, poll inputs and results for stream tests |
//! | `recording_sink` | a publisher's sink that records batches and fails on demand |
//! | `scripted_source` | a subscriber's source that plays a script |
//! | `python_program` | programs with Temporal's Python SDK |

pub(crate) mod activity;
pub(crate) mod python_program;
pub(crate) mod recording_sink;
pub(crate) mod scripted_source;
pub(crate) mod stream_sample;
pub(crate) mod stream_workflow;
pub(crate) mod test_env;
pub(crate) mod workflow;
