//! Who can do what, on every transport.

mod api_key;
mod expiry;
mod jwks;
mod matrix;
mod random;
mod seed_start;
mod ticket;
mod transport;
