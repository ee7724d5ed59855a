//! What the tests of Fast Temporal stand on: a fake engine whose histories a test writes, and,
//! with the feature `dev-server`, a real Temporal dev server.

#[cfg(feature = "dev-server")]
pub mod dev_server;
pub mod fake;
