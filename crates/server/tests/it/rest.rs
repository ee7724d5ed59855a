//! The verbs over REST. Every answer is held to what the OpenAPI document says of it.

mod body;
mod describe;
mod end;
mod list;
mod message;
mod permission;
mod result;
mod start;
mod visibility;

pub use crate::support::Reply;
