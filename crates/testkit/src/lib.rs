//! What the tests of Fast Temporal are built on: a fake engine whose histories a test writes, the
//! contract that it and the real engine are tested against, what clients need to read event
//! streams and raw WebSocket frames, and, with the feature `dev-server`, a Temporal dev server.

pub mod contract;
#[cfg(feature = "dev-server")]
pub mod dev_server;
pub mod event_stream;
mod fake_temporal;
pub mod websocket;

/// A Temporal in memory.
pub mod fake {
    pub use crate::fake_temporal::{
        call::{Call, Sent, Stats},
        fake_engine::FakeEngine,
        fake_workflow::FakeWorkflow,
    };
}
