//! A client of the `v1` protocol that assumes little: values stay JSON.

mod http;
mod read;
mod socket;
mod stream;

use std::time::Duration;

pub use self::{
    http::{Node, Reply},
    read::{Reading, Transport},
    socket::{Frame, Socket},
    stream::EventStream,
};
pub use reqwest::Method;

/// How long anything may take that should happen soon. Generous: the machine may be busy.
pub const SOON: Duration = Duration::from_secs(30);
