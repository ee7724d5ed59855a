//! On a real Temporal dev server, with the Python SDK's own streams on the other side.

mod activity;
mod fixture;
mod limit;
mod python;
mod python_host;
mod rust_host;
mod workflow;
