//! Follows Temporal workflows into feeds that any number of subscribers share.
//!
//! Start at the [`Registry`], which has one feed per followed chain. [`Registry::subscribe`] returns a
//! [`Subscription`], which reads its feed from a cursor at its own pace and returns [`FeedUpdate`]s. A
//! [`Principal`] is the identity and permissions of a client, the [`Catalog`] the workflows that clients
//! can start by name. An [`Engine`] is Temporal as this crate sees it. This crate knows nothing of HTTP,
//! nor of Temporal's own types.

mod backoff;
pub mod catalog;
pub mod engine;
mod feed;
mod input_schema;
pub mod owner;
mod permissions_json;
mod principal;
pub mod settings;
pub mod visibility_query;

pub use futures_util::future::BoxFuture;

pub use self::{
    backoff::{Backoff, jittered},
    catalog::Catalog,
    engine::{Engine, EngineError, EngineErrorKind},
    feed::{
        config::FeedConfig,
        entry::{Entry, PayloadAccess},
        feed_update::FeedUpdate,
        progress::activity::ActivityProgress,
        registry::{Registry, SubscribeError},
        subscription::Subscription,
    },
    input_schema::{InputSchema, InvalidSchema, SchemaMismatch},
    permissions_json::InvalidPermissions,
    principal::{Allowed, Permissions, Principal, Verb},
};
