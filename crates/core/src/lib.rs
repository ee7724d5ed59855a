//! Follows Temporal workflows into feeds that any number of readers share.
//!
//! The way in: a [`Registry`] holds one feed per followed chain. [`Registry::subscribe`] gives a
//! [`Subscription`], which reads its feed from a cursor at its own pace; [`Step`] says what there
//! is to read. An [`Engine`] is Temporal as this crate sees it. Knows nothing of HTTP, nor of
//! Temporal's own types.

pub mod engine;
mod feed;
pub mod owner;

pub use self::{
    engine::{Engine, EngineError, EngineErrorKind},
    feed::{Entry, FollowConfig, Registry, Step, SubscribeError, Subscription},
};
