//! The verbs as REST: what stands in the path, the query, the headers and the body becomes the
//! request that a verb takes.
//!
//! Each handler says beside its path how it is documented. The router makes the routes and the
//! document of the same list, so that there is no path which the document does not know.

mod answer;
mod body;
mod changing;
pub(crate) mod end;
mod idempotency;
pub(crate) mod message;
mod target;
pub(crate) mod ticket;
pub(crate) mod workflow;

pub(crate) use self::{answer::Answer, body::Body};
