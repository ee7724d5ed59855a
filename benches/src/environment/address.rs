//! Addresses of processes: a free one, and waiting until something listens.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use tokio::{
    net::{TcpListener, TcpStream, lookup_host},
    time::{Instant, sleep},
};

/// How long a process that was started may take to listen.
const START_LIMIT: Duration = Duration::from_mins(1);

/// An address of the loopback on which nothing listens.
pub async fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("no free port")?;
    Ok(listener.local_addr()?)
}

/// Waits until something listens.
pub async fn wait_for(address: SocketAddr) -> anyhow::Result<()> {
    let limit = Instant::now() + START_LIMIT;
    loop {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > limit => {
                return Err(error).with_context(|| format!("nothing listens at {address}"));
            }
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// The address of a name and a port.
pub async fn resolve(name: &str) -> anyhow::Result<SocketAddr> {
    let mut found = lookup_host(name)
        .await
        .with_context(|| format!("{name} is no address"))?;
    found
        .find(SocketAddr::is_ipv4)
        .with_context(|| format!("{name} has no IPv4 address"))
}
