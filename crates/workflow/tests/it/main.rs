//! The workflow library: what it promises by itself, and on a real Temporal dev server.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod stream;
