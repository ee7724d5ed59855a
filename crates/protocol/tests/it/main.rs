//! The protocol's values: their wire forms in both directions, and hostile input.

mod argument;
mod asyncapi;
mod cursor;
mod error;
mod event;
mod guide;
mod hostile;
mod json;
mod path;
mod seed;
mod support;
