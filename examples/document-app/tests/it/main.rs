//! The parts of the document example, each against the real thing or a server that plays it.

mod model;
mod replay;
mod server;
mod speech;
