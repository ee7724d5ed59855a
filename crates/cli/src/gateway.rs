//! Puts the gateway together: Temporal below, feeds in the middle, connections above.

use std::{net::TcpListener, sync::Arc, time::Duration};

use anyhow::Context as _;
use fast_temporal_core::{FeedConfig, Registry};
use fast_temporal_protocol::seed::SeedWorkflow;
use fast_temporal_server::{
    AllowedOrigins, App, AppConfig, ConnectionLimits, EventsConfig, RequestLimits, SeedConfig,
    V1Config, WebSocketLimits,
};
use fast_temporal_temporal::{TemporalConfig, TemporalEngine};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{ListenSettings, Settings, WorkflowSettings},
    exit::UsageError,
};

/// How long followers may take to end once all connections have. They wait for nothing then.
const FOLLOWERS: Duration = Duration::from_secs(2);

/// What each part is told by the settings.
#[derive(Debug)]
pub struct Plan {
    pub temporal: TemporalConfig,
    pub follow: FeedConfig,
    pub app: AppConfig,
}

impl Plan {
    /// Translates the settings.
    pub fn new(settings: &Settings) -> Self {
        Self {
            temporal: settings.temporal.config(),
            follow: settings.feed.config(),
            app: app_config(settings),
        }
    }
}

fn app_config(settings: &Settings) -> AppConfig {
    let limit = &settings.limit;
    AppConfig {
        origins: origins(&settings.listen),
        connections: ConnectionLimits {
            max_connections: limit.connections_per_node,
            max_connections_per_user: limit.connections_per_user,
            max_connections_per_address: limit.connections_per_address,
            max_short_lived_sockets: limit.other_sockets,
            trusted_proxies: settings.listen.trusted_proxies.clone(),
            write_timeout: limit.write,
            max_unsent_bytes: limit.unsent_bytes,
        },
        requests: RequestLimits {
            per_second: limit.requests_per_second,
            burst: limit.request_burst,
            max_clients: limit.counted_clients,
            max_message_bytes: limit.message_bytes,
            body_timeout: limit.body,
        },
        websocket: WebSocketLimits {
            ping_interval: limit.ping_interval,
            idle_timeout: limit.idle,
        },
        seed: SeedConfig {
            default_workflow: settings.workflow.clone().map(seed_workflow),
            waiting_after: settings.feed.waiting_after,
            discovery_interval: settings.feed.discovery_interval,
            max_workflows_in_flight: limit.workflows_per_connection,
            max_starts_in_flight: limit.starts_per_connection,
            ..SeedConfig::default()
        },
        v1: V1Config {
            max_requests_in_flight: limit.requests_per_connection,
            max_subscriptions: limit.subscriptions_per_connection,
            auth_timeout: settings.auth.wait,
        },
        events: EventsConfig {
            heartbeat: limit.heartbeat_interval,
            long_poll_max: limit.wait,
            ..EventsConfig::default()
        },
        verbs: settings.verbs.clone(),
        auth: settings.auth.config(),
        catalog: Arc::new(settings.catalog.catalog(settings.workflow.as_ref())),
        drain_timeout: limit.drain,
        index_page: None,
    }
}

fn origins(listen: &ListenSettings) -> AllowedOrigins {
    if listen.allowed_origins.iter().any(|origin| origin == "*") {
        AllowedOrigins::Any
    } else {
        AllowedOrigins::List(listen.allowed_origins.clone())
    }
}

fn seed_workflow(workflow: WorkflowSettings) -> SeedWorkflow {
    SeedWorkflow {
        workflow_name: workflow.name,
        workflow_task_queue: workflow.task_queue,
        start_signal_function: workflow.start_signal,
    }
}

/// A gateway that is ready to serve.
#[derive(Clone)]
pub struct Gateway {
    registry: Registry,
    app: AppConfig,
}

impl Gateway {
    /// Puts it together. Asks nothing of Temporal, which may be away.
    pub fn new(plan: Plan) -> anyhow::Result<Self> {
        let engine = TemporalEngine::new(plan.temporal)
            .map_err(|error| UsageError(format!("the settings of Temporal: {error}")))?;
        Ok(Self {
            registry: Registry::new(Arc::new(engine), plan.follow),
            app: plan.app,
        })
    }

    /// Temporal, as this gateway sees it.
    #[cfg(feature = "dev")]
    pub fn engine(&self) -> &Arc<dyn fast_temporal_core::Engine> {
        self.registry.engine()
    }

    /// Serves until `stop` is cancelled, and then until all connections have closed or the drain
    /// limit has passed. `open_files` is the process's limit of open files, if known.
    pub async fn serve(
        self,
        listener: TcpListener,
        open_files: Option<u64>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener).context("cannot listen")?;
        let app = App::new(self.app, self.registry.clone());
        let served = fast_temporal_server::serve(listener, app, open_files, stop).await;
        self.registry.start_shutdown();
        if timeout(FOLLOWERS, self.registry.shutdown()).await.is_err() {
            tracing::warn!("some followers did not end in time");
        }
        served.context("cannot serve")
    }
}

/// Listens where the settings say.
///
/// # Errors
/// What is wrong with that place, and how to name another one.
pub async fn bind(listen: &ListenSettings) -> anyhow::Result<TcpListener> {
    let ListenSettings { host, port, .. } = listen;
    let bound = tokio::net::TcpListener::bind((host.as_str(), *port)).await;
    bound.and_then(tokio::net::TcpListener::into_std).with_context(|| {
        format!(
            "cannot listen on {host}:{port}; choose another port with --port or FASTAPI_PORT, or \
             another address with --host or FASTAPI_HOST"
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{GROUPS, Setting, Sources};

    use super::*;

    /// What is no part's affair.
    const OURS: &[&str] = &["FASTAPI_PORT"];

    fn load(environment: &[(&str, &str)]) -> Settings {
        let environment = environment.iter();
        let environment = environment.map(|(name, value)| (name.into(), value.into()));
        let sources = Sources {
            environment: environment.collect(),
            ..Sources::default()
        };
        Settings::load(&sources).expect("valid settings")
    }

    #[test]
    fn every_number_that_is_set_reaches_a_part() {
        let base = [
            ("FAST_TEMPORAL_AUTH", "jwt"),
            (
                "FAST_TEMPORAL_AUTH_JWKS_URL",
                "https://id.example.org/jwks.json",
            ),
        ];
        let plan = |environment: &[(&str, &str)]| format!("{:?}", Plan::new(&load(environment)));
        let settings = GROUPS.iter().flat_map(|group| group.settings).copied();
        let number = |setting: &Setting| setting.default?.parse::<f64>().ok();
        let mut seen = std::collections::BTreeSet::from([plan(&base)]);
        for setting in settings.filter(|setting| !OURS.contains(&setting.variable)) {
            let Some(default) = number(setting) else {
                continue;
            };
            let changed = (default + 1.0).to_string();
            let plan = plan(&[&base[..], &[(setting.variable, &changed)]].concat());
            assert!(seen.insert(plan), "{} changes nothing", setting.variable);
        }
    }

    #[test]
    fn the_defaults_of_the_settings_are_those_of_the_parts() {
        let settings = load(&[]);
        let plan = Plan::new(&settings);
        let origins = AllowedOrigins::List(Vec::new());
        assert_eq!(
            plan.app,
            AppConfig {
                origins,
                ..AppConfig::default()
            }
        );
        assert_eq!(plan.follow, FeedConfig::default());
        assert_eq!(
            plan.temporal.request_timeout,
            TemporalConfig::default().request_timeout
        );
    }
}
