//! What this crate promises, shown on a fake Temporal with paused time.

mod budget;
mod chain;
mod cursor;
mod fault;
mod feed;
mod model;
mod owner;
mod reader;
mod replay;
