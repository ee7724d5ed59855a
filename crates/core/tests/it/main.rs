//! What this crate promises, shown on a fake Temporal with paused time.

mod absence;
mod ahead;
mod branch;
mod broken;
mod budget;
mod chain;
mod contention;
mod cursor;
mod entry;
mod fault;
mod feed;
mod host;
mod long_chain;
mod lost_run;
mod model;
mod model_of_faults;
mod now;
mod owner;
mod principal;
mod progress;
mod reader;
mod replay;
mod reset;
