//! What the tests of Fast Temporal are built on: a fake engine whose histories a test writes, the
//! contract that it and the real engine are tested against, a parser of event streams, and, with
//! the feature `dev-server`, a Temporal dev server.

pub mod contract;
#[cfg(feature = "dev-server")]
pub mod dev_server;
pub mod event_stream;
pub mod fake;
