//! Streams: the host, the publisher and the subscriber each by itself, and with real ones.

mod e2e;
mod host;
mod origin;
mod property;
mod publisher;
mod recorder;
mod sample;
mod script;
mod subscriber;
mod wire;
