//! WebSockets below any protocol of ours: the upgrade, and a socket that writes in batches.

mod long_text;
mod outbox;
mod readers;
mod socket;
mod upgrade;

pub(crate) use self::{
    readers::Readers,
    socket::{Farewell, Incoming, Socket},
    upgrade::Upgrade,
};
