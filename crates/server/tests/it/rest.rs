//! REST. Every response is checked against the OpenAPI document.

mod body;
mod close;
mod describe;
mod list;
mod message;
mod permission;
mod result;
mod start;
mod visibility;
