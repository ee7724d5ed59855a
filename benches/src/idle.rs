//! Idle connections: how fast they are opened, and what each costs the server in memory.

use std::{net::SocketAddr, time::Duration};

use clap::Args;
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    client::Connection,
    environment::{Environment, Process},
    output,
    ratio::{fraction, fraction_of, ratio},
    report::{Section, Table, Verdict},
    seed,
    swarm::Swarm,
    target::TargetArgs,
};

/// The most resident memory that an idle connection may take, in KiB.
const KIB_LIMIT: f64 = 6.0;
/// The least connections that must be opened per second.
const CONNECTS_LIMIT: f64 = 8_000.0;
/// How many connections are opened and closed beforehand: a server's first ones cost what no later one does.
const WARM_UP: usize = 200;

/// How to measure idle connections.
#[derive(Args, Clone)]
pub struct IdleArgs {
    /// How many connections.
    #[arg(long, default_value_t = 5_000)]
    connections: usize,
    /// How many are opened at a time.
    #[arg(long, default_value_t = 64)]
    at_a_time: usize,
    /// How long to wait before memory is read, in seconds.
    #[arg(long, default_value_t = 5)]
    settle_seconds: u64,
}

impl Default for IdleArgs {
    fn default() -> Self {
        Self {
            connections: 5_000,
            at_a_time: 64,
            settle_seconds: 5,
        }
    }
}

/// What idle connections cost one server.
#[derive(Debug, Serialize)]
struct IdleFigures {
    connections: usize,
    connects_per_second: f64,
    rss_before_bytes: Option<u64>,
    rss_with_connections_bytes: Option<u64>,
    rss_after_bytes: Option<u64>,
    kib_per_connection: Option<f64>,
}

#[derive(Default, Serialize)]
struct Figures {
    gateway: Option<IdleFigures>,
    bare: Option<IdleFigures>,
}

/// Measures the gateway and a bare endpoint, one after the other.
pub async fn run(target: &TargetArgs, args: &IdleArgs) -> anyhow::Result<Section> {
    let environment = if target.side.gateway() {
        Environment::prepare(target, false).await?
    } else {
        Environment::new()?
    };
    let mut figures = Figures::default();
    if target.side.reference() {
        let bare = environment.bare().await?;
        output::note("idle connections at a bare axum endpoint");
        figures.bare =
            Some(measure(args, &environment.run, bare.address, Some(bare.process)).await?);
    }
    if let Some(gateway) = &environment.gateway {
        output::note("idle connections at the gateway");
        let measured = measure(args, &environment.run, gateway.address, gateway.process).await?;
        figures.gateway = Some(measured);
    }
    section(&figures)
}

async fn measure(
    args: &IdleArgs,
    run: &str,
    address: SocketAddr,
    process: Option<Process>,
) -> anyhow::Result<IdleFigures> {
    let rss = || process.map(Process::rss_bytes).transpose();
    let settle = || sleep(Duration::from_secs(args.settle_seconds));
    let run = run.to_owned();
    let open = move |number: usize| {
        let path = seed::path(&format!("idle-{run}-{number}"));
        async move { Connection::web_socket(address, number, &path).await }
    };
    let connections = args.connections;
    Swarm::open(WARM_UP.min(connections), args.at_a_time, 0, open.clone())
        .await?
        .close()
        .await?;
    settle().await;
    let rss_before_bytes = rss()?;
    let swarm = Swarm::open(connections, args.at_a_time, 0, open).await?;
    let seconds = swarm.opened_in.as_secs_f64();
    settle().await;
    let rss_with_connections_bytes = rss()?;
    swarm.close().await?;
    settle().await;
    let grown = rss_with_connections_bytes
        .zip(rss_before_bytes)
        .map(|(with, before)| {
            fraction(with.saturating_sub(before)) / 1024.0 / fraction_of(connections)
        });
    Ok(IdleFigures {
        connections,
        connects_per_second: ratio(fraction_of(connections), seconds).unwrap_or(0.0),
        rss_before_bytes,
        rss_with_connections_bytes,
        rss_after_bytes: rss()?,
        kib_per_connection: grown,
    })
}

fn section(figures: &Figures) -> anyhow::Result<Section> {
    let mut section = Section::new("idle connections", figures)?;
    let mut table = Table::new(&[
        "server",
        "connections",
        "connects/s",
        "KiB each",
        "RSS before",
        "with",
        "after, MiB",
    ]);
    let mib = |bytes: Option<u64>| {
        bytes.map_or("-".to_owned(), |bytes| {
            format!("{:.1}", fraction(bytes) / 1024.0 / 1024.0)
        })
    };
    for (name, side) in [("gateway", &figures.gateway), ("bare axum", &figures.bare)] {
        let Some(side) = side else { continue };
        table.row([
            name.to_owned(),
            side.connections.to_string(),
            format!("{:.0}", side.connects_per_second),
            side.kib_per_connection
                .map_or("-".to_owned(), |kib| format!("{kib:.2}")),
            mib(side.rss_before_bytes),
            mib(side.rss_with_connections_bytes),
            mib(side.rss_after_bytes),
        ]);
    }
    section.tables.push(table);
    if let Some(gateway) = &figures.gateway {
        let connects = gateway.connects_per_second;
        section.verdicts.push(Verdict::at_least(
            "connects per second",
            connects,
            CONNECTS_LIMIT,
        ));
        if let Some(kib) = gateway.kib_per_connection {
            section
                .verdicts
                .push(Verdict::at_most("KiB per connection", kib, KIB_LIMIT));
        }
    }
    Ok(section)
}
