//! How much load a node accepts.

mod connection_count;
mod request_rate;
mod request_size;
mod stalled_client;
mod user_limit;
