//! `fast-temporal serve` and `fast-temporal-run`: the gateway, until a signal stops it.

use std::{net::TcpListener, time::Duration};

use anyhow::Context as _;
use fast_temporal_server::AuthConfig;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    config::{
        Settings,
        source::{Flag, Sources},
    },
    gateway::{self, Gateway},
    open_files,
    output::UsageError,
    process::{self, Hangup},
};

/// The interval at which the files of the settings are read. They are small, and reading them detects every change, even
/// one that keeps the modification time.
const RELOAD_INTERVAL: Duration = Duration::from_secs(1);

/// What to do if other machines can reach a gateway without authentication.
#[derive(Clone, Copy, Debug)]
pub enum Exposure {
    /// Fail, unless the settings permit it.
    Reject,
    /// Start and warn, as the Python package's script did.
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

async fn serve(
    mut sources: Sources,
    settings: Settings,
    exposure: Exposure,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let open_files = open_files::raise_limit();
    let mut instance = Instance::new(settings, exposure, None).await?;
    loop {
        instance.announce(open_files);
        let stop_instance = stop.child_token();
        let listener = instance.listener.try_clone().context("cannot listen")?;
        let gateway = instance.gateway.clone();
        let mut serving = Box::pin(gateway.serve(listener, open_files, stop_instance.clone()));
        let reload = instance.settings.listen.reload;
        let next = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            outcome = &mut serving => return outcome,
            next = next_instance(&mut sources, &instance, exposure), if reload => Some(next),
        };
        let Some(next) = next else {
            // This is the last handle to the listener except the server's own, which the server drops first. From here
            // on, new clients are rejected and try another node.
            drop(instance);
            return serving.await;
        };
        tracing::info!("the settings have changed: draining, then restarting with them");
        stop_instance.cancel();
        serving.await?;
        if next.settings.log != instance.settings.log {
            tracing::warn!("changed settings of the log take effect when the program restarts");
        }
        instance = next;
    }
}

/// A gateway with one set of settings, until they change.
struct Instance {
    settings: Settings,
    gateway: Gateway,
    listener: TcpListener,
}

impl Instance {
    /// Assembles a gateway and binds its listener. If the address is the same as before, the listener is reused, so that
    /// no client is rejected during the restart.
    async fn new(
        settings: Settings,
        exposure: Exposure,
        previous: Option<&Self>,
    ) -> anyhow::Result<Self> {
        check_exposure(&settings, exposure)?;
        let gateway = Gateway::new(&settings)?;
        let address = |settings: &Settings| (settings.listen.host.clone(), settings.listen.port);
        let listener = match previous {
            Some(previous) if address(&previous.settings) == address(&settings) => {
                previous.listener.try_clone().context("cannot listen")?
            }
            _ => gateway::bind(&settings.listen).await?,
        };
        Ok(Self {
            settings,
            gateway,
            listener,
        })
    }

    /// Logs the start and all warnings.
    fn announce(&self, open_files: Option<u64>) {
        let Settings {
            listen,
            temporal,
            app,
            ..
        } = &self.settings;
        let sockets = app.connections.max_connections + app.connections.max_short_lived_sockets;
        if let Some(limit) = open_files
            && usize::try_from(limit).is_ok_and(|limit| limit < sockets)
        {
            tracing::warn!(
                limit,
                sockets,
                "the limit on open files is lower than the number of sockets in the settings: raise the hard limit \
                 (ulimit -Hn, LimitNOFILE=)"
            );
        }
        for warning in &self.settings.warnings {
            tracing::warn!("{warning}");
        }
        if is_exposed(&self.settings) {
            tracing::warn!(
                host = listen.host,
                "OTHER MACHINES CAN REACH THIS GATEWAY WITHOUT AUTHENTICATION: any client can start, watch and \
                 terminate workflows"
            );
        }
        let workflow = app.seed.default_workflow.as_ref();
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            temporal = temporal.address,
            namespace = temporal.namespace,
            workflow = workflow.map(|workflow| workflow.workflow_name.as_str()),
            task_queue = workflow.map(|workflow| workflow.workflow_task_queue.as_str()),
            reload = listen.reload,
            open_files,
            "starting the gateway"
        );
    }
}

/// Waits for a valid change of the settings and returns a gateway with them.
async fn next_instance(sources: &mut Sources, current: &Instance, exposure: Exposure) -> Instance {
    loop {
        *sources = changed_sources(sources).await;
        let next = match Settings::load(sources) {
            Ok(settings) => Instance::new(settings, exposure, Some(current)).await,
            Err(errors) => Err(errors.into()),
        };
        match next {
            Ok(next) => return next,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(
                    error,
                    "the changed settings are invalid: keeping the previous ones"
                );
            }
        }
    }
}

/// Waits until the files differ from those in `known`, and returns all sources. A change must be stable for one interval,
/// as an editor could still be writing. Unreadable files count as unchanged. Cancel safe.
async fn changed_sources(known: &Sources) -> Sources {
    let mut interval = interval(RELOAD_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_change: Option<Sources> = None;
    let mut logged = false;
    loop {
        interval.tick().await;
        match known.reread() {
            Ok(now) if now.same_files(known) => last_change = None,
            Ok(now)
                if last_change
                    .as_ref()
                    .is_some_and(|last| now.same_files(last)) =>
            {
                return now;
            }
            Ok(now) => last_change = Some(now),
            Err(error) if !logged => {
                tracing::error!("{error}");
                logged = true;
            }
            Err(_) => {}
        }
    }
}

/// Returns whether other machines can reach this gateway without authentication.
fn is_exposed(settings: &Settings) -> bool {
    settings.app.auth == AuthConfig::None && !settings.listen.is_loopback()
}

fn check_exposure(settings: &Settings, exposure: Exposure) -> Result<(), UsageError> {
    let permitted = settings.listen.insecure || matches!(exposure, Exposure::Warn);
    if permitted || !is_exposed(settings) {
        return Ok(());
    }
    Err(UsageError(format!(
        "other machines can reach this gateway on {} without authentication: any client could start, watch and terminate \
         workflows. Require credentials with FAST_TEMPORAL_AUTH=jwt, or listen on 127.0.0.1. If a proxy or the network \
         keeps other clients out, use --insecure",
        settings.listen.host
    )))
}
