//! Limits: on connections, on requests, on sizes.

mod connection;
mod principal;
mod request;
mod size;
mod slow;
