//! Who may do what, on every transport.

mod api_key;
mod expiry;
mod jwks;
mod matrix;
mod random;
mod rule;
mod ticket;
mod transport;
