//! Tests of the workflow library: with replayed histories, with paused time, and on a real Temporal
//! dev server. `support` documents the vocabulary.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
#![allow(
    clippy::unused_async,
    reason = "the SDK's macros accept only async functions"
)]

mod e2e;
mod replay;
mod stream;
mod support;
