//! What this crate promises, shown on a fake Temporal with paused time.

mod ahead;
mod branch;
mod broken;
mod budget;
mod chain;
mod contention;
mod cursor;
mod fault;
mod feed;
mod long_chain;
mod model;
mod model_of_faults;
mod owner;
mod reader;
mod replay;
