//! What this crate promises, shown on a fake Temporal with paused time.

mod branch;
mod chain;
mod cursor;
mod entry;
mod fault;
mod feed;
mod from_now;
mod missing_run;
mod model;
mod poll_budget;
mod principal;
mod progress;
mod reconnect;
mod replay;
mod reset;
mod support;
mod visibility_query;
mod workflow_stream;
