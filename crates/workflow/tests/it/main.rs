//! Workflows with a base, on a real Temporal dev server and replayed.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![allow(
    clippy::unused_async,
    reason = "the SDK's macros take async functions, whether they wait or not"
)]

mod activity;
mod e2e;
mod replay;
mod stream;
mod workflow;
mod world;
