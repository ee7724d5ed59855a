//! Who may do what, on every transport.

mod api_key;
mod expiry;
mod jwks;
mod key_server;
mod matrix;
mod random;
mod rule;
mod ticket;
mod token;
mod transport;
