//! The `seed` dialect at `/ws/{user_id}`: the protocol of the Python package `fast-temporal`,
//! release 0.1 (the configured workflow) and releases 0.2 and 0.3 (the message names its workflow).

mod frame;
mod message;

pub use self::{
    frame::{SeedFrame, SeedStatus, event_frame},
    message::{SeedRequest, SeedWorkflow, parse_request},
};
