//! REST. Every response is checked against the OpenAPI document.

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
