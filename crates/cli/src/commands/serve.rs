//! `fast-temporal serve` and `fast-temporal-run`: the gateway, until a signal stops it.

mod reload;

use std::net::TcpListener;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Flag, ListenSettings, Settings, Sources},
    exit::UsageError,
    gateway::{self, Gateway, Plan},
    open_files,
    process::{self, Hangup},
};

/// What to do where others can reach a gateway that does not ask who they are.
#[derive(Clone, Copy, Debug)]
pub enum Exposure {
    /// Don't start, unless the settings say that this is meant.
    Refuse,
    /// Start and warn: what the Python package's script did goes on working.
    Warn,
}

pub fn run(flags: Vec<Flag>, exposure: Exposure) -> anyhow::Result<()> {
    let sources = Sources::gather(flags)?;
    let settings = Settings::load(&sources)?;
    check_exposure(&settings, exposure)?;
    let log = settings.log.clone();
    process::run(&log, Hangup::Default, |stop| {
        serve(sources, settings, exposure, stop)
    })
}

/// One life of the gateway: from a set of settings to the next.
struct Life {
    settings: Settings,
    gateway: Gateway,
    listener: TcpListener,
}

impl Life {
    /// Gets all ready. Where the place to listen at has not changed, the former listener is used
    /// on, so that no client is turned away meanwhile.
    async fn new(
        settings: Settings,
        exposure: Exposure,
        former: Option<(&ListenSettings, &TcpListener)>,
    ) -> anyhow::Result<Self> {
        check_exposure(&settings, exposure)?;
        let gateway = Gateway::new(Plan::new(&settings))?;
        let place = |listen: &ListenSettings| (listen.host.clone(), listen.port);
        let listener = match former {
            Some((listen, listener)) if place(listen) == place(&settings.listen) => {
                listener.try_clone().context("cannot listen on")?
            }
            _ => gateway::bind(&settings.listen).await?,
        };
        Ok(Self {
            settings,
            gateway,
            listener,
        })
    }
}

async fn serve(
    mut sources: Sources,
    settings: Settings,
    exposure: Exposure,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let open_files = open_files::raise_limit();
    let mut life = Life::new(settings, exposure, None).await?;
    loop {
        announce(&life.settings, open_files);
        let ends = stop.child_token();
        let listener = life.listener.try_clone().context("cannot listen")?;
        let mut serving = Box::pin(
            life.gateway
                .clone()
                .serve(listener, open_files, ends.clone()),
        );
        let next = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            outcome = &mut serving => return outcome,
            next = next_life(&mut sources, &life, exposure), if life.settings.listen.reload => {
                Some(next)
            }
        };
        let Some(next) = next else {
            // The last handle to the listener but the one that the server drops by itself: from
            // here on, new clients are refused, and try another node.
            drop(life);
            return serving.await;
        };
        tracing::info!("the settings have changed: draining, to start anew with them");
        ends.cancel();
        serving.await?;
        if next.settings.log != life.settings.log {
            tracing::warn!("the settings of the log are read at the program's start only");
        }
        life = next;
    }
}

/// Waits for a change of the files that can be put in force.
async fn next_life(sources: &mut Sources, life: &Life, exposure: Exposure) -> Life {
    loop {
        *sources = reload::changed(sources).await;
        let former = Some((&life.settings.listen, &life.listener));
        let next = match Settings::load(sources) {
            Ok(settings) => Life::new(settings, exposure, former).await,
            Err(errors) => Err(errors.into()),
        };
        match next {
            Ok(next) => return next,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(
                    error,
                    "the settings have changed and are not usable: going on with the former ones"
                );
            }
        }
    }
}

/// Whether others can reach this gateway, and it does not ask who they are.
fn is_exposed(settings: &Settings) -> bool {
    settings.auth.is_open() && !settings.listen.is_loopback()
}

fn check_exposure(settings: &Settings, exposure: Exposure) -> Result<(), UsageError> {
    let meant = settings.listen.insecure || matches!(exposure, Exposure::Warn);
    if meant || !is_exposed(settings) {
        return Ok(());
    }
    Err(UsageError(format!(
        "on {} others can reach this gateway, and it does not ask who they are: whoever connects \
         can start workflows, watch and end them. Say who may do what with FAST_TEMPORAL_AUTH=jwt, \
         or listen on 127.0.0.1, or say --insecure if something in front of it, or the network, \
         keeps strangers out",
        settings.listen.host
    )))
}

fn announce(settings: &Settings, open_files: Option<u64>) {
    let sockets = settings.limit.connections_per_node + settings.limit.other_sockets;
    if let Some(limit) = open_files
        && usize::try_from(limit).is_ok_and(|limit| limit < sockets)
    {
        tracing::warn!(
            limit,
            sockets,
            "the system lets this process open fewer files than the settings allow sockets: raise \
             its hard limit (ulimit -Hn, LimitNOFILE=)"
        );
    }
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    if is_exposed(settings) {
        tracing::warn!(
            host = settings.listen.host,
            "OTHERS CAN REACH THIS GATEWAY, AND IT DOES NOT ASK WHO THEY ARE: whoever connects \
             can start workflows, watch and end them"
        );
    }
    let workflow = settings.workflow.as_ref();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        temporal = settings.temporal.address(),
        namespace = settings.temporal.namespace,
        workflow = workflow.map(|workflow| workflow.name.as_str()),
        task_queue = workflow.map(|workflow| workflow.task_queue.as_str()),
        reload = settings.listen.reload,
        open_files,
        "starting the gateway"
    );
}
