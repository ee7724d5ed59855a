//! Idle connections: how fast they are opened, and what each costs the server in memory.

use std::{net::SocketAddr, time::Duration};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    client::Connection,
    environment::{Environment, process::Process},
    figure::{fraction, mib, per_second, ratio, text},
    report::{self, Section, Table},
    swarm::Swarm,
    target::TargetArgs,
};

/// The most resident memory that an idle connection can take, in KiB.
const KIB_LIMIT: f64 = 6.0;
/// The least connections that must be opened per second.
const CONNECTS_LIMIT: f64 = 8_000.0;
/// How many connections are opened and closed beforehand: only a server's first ones have these costs.
const WARM_UP: usize = 200;

/// How to measure idle connections.
#[derive(Args)]
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
pub async fn run(target: &TargetArgs, args: &IdleArgs) -> Result<Section> {
    let environment = if target.side.gateway() {
        Environment::prepare(target, false).await?
    } else {
        Environment::new()?
    };
    let run = &environment.run;
    let mut figures = Figures::default();
    if target.side.reference() {
        let bare = environment.bare().await?;
        report::note("idle connections at a bare axum endpoint");
        let measured = measure(args, run, bare.address, Some(bare.process));
        figures.bare = Some(measured.await?);
    }
    if let Some(gateway) = &environment.gateway {
        report::note("idle connections at the gateway");
        let measured = measure(args, run, gateway.address, gateway.process);
        figures.gateway = Some(measured.await?);
    }
    section(&figures)
}

async fn measure(
    args: &IdleArgs,
    run: &str,
    address: SocketAddr,
    process: Option<Process>,
) -> Result<IdleFigures> {
    let rss = || process.map(Process::rss_bytes).transpose();
    let settle = || sleep(Duration::from_secs(args.settle_seconds));
    let run = run.to_owned();
    let open = move |number: usize| {
        let user = format!("idle-{run}-{number}");
        async move { Connection::seed(address, number, &user).await }
    };
    let connections = args.connections;
    let warm_up = Swarm::open(WARM_UP.min(connections), args.at_a_time, 0, open.clone());
    warm_up.await?.close().await?;
    settle().await;
    let rss_before_bytes = rss()?;
    let swarm = Swarm::open(connections, args.at_a_time, 0, open).await?;
    let opened_in = swarm.opened_in;
    settle().await;
    let rss_with_connections_bytes = rss()?;
    swarm.close().await?;
    settle().await;
    let both = rss_with_connections_bytes.zip(rss_before_bytes);
    let kib = both.map(|(with, before)| fraction(with.saturating_sub(before)) / 1024.0);
    Ok(IdleFigures {
        connections,
        connects_per_second: per_second(connections, opened_in),
        rss_before_bytes,
        rss_with_connections_bytes,
        rss_after_bytes: rss()?,
        kib_per_connection: kib.and_then(|kib| ratio(kib, fraction(connections))),
    })
}

fn section(figures: &Figures) -> Result<Section> {
    let mut section = Section::new("idle connections", figures)?;
    let mut table =
        Table::new("server | connections | connects/s | KiB each | RSS before | with | after, MiB");
    for (name, server) in [("gateway", &figures.gateway), ("bare axum", &figures.bare)] {
        let Some(server) = server else { continue };
        table.row([
            name.to_owned(),
            server.connections.to_string(),
            text(server.connects_per_second, 0),
            text(server.kib_per_connection, 2),
            mib(server.rss_before_bytes),
            mib(server.rss_with_connections_bytes),
            mib(server.rss_after_bytes),
        ]);
    }
    section.table(table);
    if let Some(gateway) = &figures.gateway {
        let connects = gateway.connects_per_second;
        section.at_least("connects per second", connects, CONNECTS_LIMIT);
        if let Some(kib) = gateway.kib_per_connection {
            section.at_most("KiB per connection", kib, KIB_LIMIT);
        }
    }
    Ok(section)
}
