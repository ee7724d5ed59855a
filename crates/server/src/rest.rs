//! The verbs as REST: path, query, headers and body become the request of a verb.
//!
//! Each handler has its OpenAPI description beside it, as `<handler>_operation`. The router takes both
//! from one list, so every path is documented.

mod body;
pub(crate) mod close;
mod idempotency;
pub(crate) mod message;
mod response;
pub(crate) mod result;
mod run_detached;
mod target;
pub(crate) mod ticket;
pub(crate) mod workflow;
