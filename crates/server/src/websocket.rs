//! WebSockets below any dialect: the upgrade, and a socket that writes frames in batches.

pub(crate) mod close_reason;
mod long_text;
mod outbox;
pub(crate) mod socket;
pub(crate) mod upgrade;
