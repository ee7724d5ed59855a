//! Follows Temporal workflows into feeds that any number of readers share.
//!
//! The way in: a [`Registry`] holds one feed per followed chain. [`Registry::subscribe`] gives a
//! [`Subscription`], which reads its feed from a cursor at its own pace; [`FeedUpdate`] says what there
//! is to read. A [`Principal`] is who a client is and what it may do, the [`Catalog`] what may be
//! started by name. An [`Engine`] is Temporal as this crate sees it. Knows nothing of HTTP, nor of
//! Temporal's own types.

mod backoff;
pub mod catalog;
pub mod engine;
mod feed;
pub mod owner;
mod principal;
pub mod settings;

pub use self::{
    backoff::{Backoff, jittered},
    catalog::Catalog,
    engine::{Engine, EngineError, EngineErrorKind},
    feed::{
        config::FeedConfig,
        entry::{Entry, PayloadAccess},
        progress::activity::ActivityProgress,
        registry::{Registry, SubscribeError},
        subscription::{FeedUpdate, Subscription},
    },
    principal::{Allowed, InvalidPermissions, Permissions, Principal, Verb},
};
