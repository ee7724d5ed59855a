//! Streams: the host, the publisher and the subscriber each by itself, and with real ones.

mod e2e;
mod host;
mod origin;
mod property;
mod publisher;
mod sample;
mod subscriber;
mod wire;
