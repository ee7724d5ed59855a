//! The protocol of the Python package `fast-temporal`, at `/ws/{user_id}`, in its 0.1 form (the
//! workflow from the configuration) and its 0.2/0.3 form (the workflow in the message).

mod frame;
mod request;

pub use self::{
    frame::{SeedFrame, SeedStatus, event_frame},
    request::{SeedRequest, SeedWorkflow, parse_request},
};
