//! `fast-temporal serve` and `fast-temporal-run`: the gateway, until a signal stops it.

mod reload;

use std::net::TcpListener;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Flag, ListenSettings, Settings, Sources},
    exit::UsageError,
    gateway::{self, Gateway, Plan},
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
    check_exposure(&settings.listen, exposure)?;
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
        check_exposure(&settings.listen, exposure)?;
        let gateway = Gateway::new(Plan::new(&settings)?)?;
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
    let mut life = Life::new(settings, exposure, None).await?;
    loop {
        announce(&life.settings);
        let ends = stop.child_token();
        let listener = life.listener.try_clone().context("cannot listen")?;
        let mut serving = Box::pin(life.gateway.clone().serve(listener, ends.clone()));
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

/// Waits for a change of `.env` that can be put in force.
async fn next_life(sources: &mut Sources, life: &Life, exposure: Exposure) -> Life {
    loop {
        sources.dotenv = reload::changed(sources.dotenv.as_deref()).await;
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
                    ".env has changed and is not usable: going on without it"
                );
            }
        }
    }
}

fn check_exposure(listen: &ListenSettings, exposure: Exposure) -> Result<(), UsageError> {
    if listen.is_loopback() || listen.insecure || matches!(exposure, Exposure::Warn) {
        return Ok(());
    }
    Err(UsageError(format!(
        "on {} others can reach this gateway, and it does not ask who they are: whoever connects \
         can start workflows and watch them. Listen on 127.0.0.1, or say --insecure if something \
         in front of it, or the network, keeps strangers out",
        listen.host
    )))
}

fn announce(settings: &Settings) {
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    if !settings.listen.is_loopback() {
        tracing::warn!(
            host = settings.listen.host,
            "OTHERS CAN REACH THIS GATEWAY, AND IT DOES NOT ASK WHO THEY ARE: whoever connects \
             can start workflows and watch them"
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
        "starting the gateway"
    );
}
