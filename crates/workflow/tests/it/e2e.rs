//! What the base promises, on a real Temporal dev server.

mod activity;
mod case;
mod chain;
mod ending;
mod message;
mod report;
mod stream;
