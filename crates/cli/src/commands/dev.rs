//! `fast-temporal dev`: Temporal, the gateway and the document example on this machine.

mod example_worker;
mod temporal_server;

use std::{
    fmt::Write as _,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use anyhow::anyhow;
use fast_temporal_core::{Engine, EngineErrorKind, engine::StartWorkflow};
use fast_temporal_dev::CliSearch;
use fast_temporal_example_document::{self as document, Activities};
use fast_temporal_protocol::{Json, seed::SeedWorkflow};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::{example_worker::ExampleWorker, temporal_server::TemporalServer};
use crate::{
    args::DevArgs,
    config::{Settings, source::Sources},
    gateway::{self, Gateway},
    open_files,
    output::{self, UsageError},
    process::{self, Hangup},
};

/// The page at `/`.
const PAGE: &str = include_str!("../../assets/index.html");
/// The only address that `dev` listens on.
const HOST: &str = "127.0.0.1";
/// The id of a workflow that starts at once, so that there are events to look at.
const FIRST_WORKFLOW: &str = "first-document";
const FIRST_TEXT: &str = "Temporal records every step of a workflow. The gateway reads this history \
                          while it is written. Every client receives each event once, in order.";
/// The default log level: progress goes to the terminal, without log lines in between.
const LOG_LEVEL: &str = "warn";

/// Names and values of the banner.
type Lines = Vec<(&'static str, String)>;

pub fn run(arguments: DevArgs) -> anyhow::Result<()> {
    let sources = Sources::gather(arguments.flags())?;
    let mut settings = Settings::load(&sources)?;
    if settings.is_default("RUST_LOG") {
        LOG_LEVEL.clone_into(&mut settings.log.filter);
    }
    if !settings.listen.is_loopback() {
        let host = &settings.listen.host;
        let warning = format!("FASTAPI_HOST ({host}) is ignored: dev listens on {HOST} only");
        settings.warnings.push(warning);
    }
    HOST.clone_into(&mut settings.listen.host);
    let log = settings.log.clone();
    process::run(&log, Hangup::Stops, |stop| {
        dev(arguments, settings, &sources, stop)
    })
}

async fn dev(
    arguments: DevArgs,
    mut settings: Settings,
    sources: &Sources,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    for warning in &settings.warnings {
        output::say(&format!("warning: {warning}"));
    }
    // Before Temporal, whose CLI can take minutes to fetch.
    let listener = gateway::bind(&settings.listen).await?;
    let variable = |name: &str| sources.variable(name);
    let activities =
        Activities::from_variables(variable).map_err(|error| UsageError(format!("{error:#}")))?;
    settings.default_workflow_or(example_workflow());
    settings.app.index_page = Some(PAGE);
    let search = CliSearch::from_variables(variable);
    let mut temporal = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(()),
        temporal = TemporalServer::prepare(&arguments, &settings, &search) => temporal?,
    };
    temporal.direct(&mut settings.temporal);
    let outcome = with_temporal(&settings, listener, activities, &mut temporal, &stop).await;
    temporal.stop().await;
    output::say("Stopped");
    outcome
}

/// Runs the worker and the gateway until one of them or Temporal ends, or `stop` is cancelled.
async fn with_temporal(
    settings: &Settings,
    listener: TcpListener,
    activities: Activities,
    temporal: &mut TemporalServer,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let target = example_worker::target(&settings.temporal);
    let gateway = Gateway::new(settings)?;
    gateway
        .engine()
        .check()
        .await
        .map_err(|error| anyhow!("Temporal at {} is not ready: {error}", target.address))?;
    output::say("Starting the example worker and the gateway");
    let banner = banner(address, &[temporal.lines(), activities.summary()].concat());
    let mut worker = ExampleWorker::start(target, activities)?;
    let engine = Arc::clone(gateway.engine());
    let stop_gateway = stop.child_token();
    let mut serving = JoinSet::new();
    let open_files = open_files::raise_limit();
    serving.spawn(gateway.serve(listener, open_files, stop_gateway.clone()));
    let welcome = async {
        start_first(&*engine).await;
        output::print(&banner);
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        biased;
        () = stop.cancelled() => Ok(()),
        status = temporal.ended() => Err(anyhow!("Temporal's dev server ended by itself: {status}")),
        error = worker.failed() => Err(error),
        ended = serving.join_next() => gateway_ended(ended),
        () = welcome => Ok(()),
    };
    output::say("Stopping the gateway and the worker");
    stop_gateway.cancel();
    while serving.join_next().await.is_some() {}
    worker.stop().await;
    outcome
}

type Ended = Option<Result<anyhow::Result<()>, tokio::task::JoinError>>;

fn gateway_ended(ended: Ended) -> anyhow::Result<()> {
    match ended {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) => Err(anyhow!("the gateway failed: {error}")),
        None => Ok(()),
    }
}

/// Returns the text that shows where everything is and what to try.
fn banner(gateway: SocketAddr, lines: &Lines) -> String {
    let first = (
        "Gateway",
        format!("http://{gateway}  (open it in a browser)"),
    );
    let mut text = String::from("\nFast Temporal is running. Press Ctrl-C to stop it.\n\n");
    for (name, value) in std::iter::once(&first).chain(lines) {
        writeln!(text, "  {name:<14} {value}").expect("writing to a string succeeds");
    }
    let command = format!("curl -N http://{gateway}/v1/workflows/{FIRST_WORKFLOW}/events");
    text + "\nTo watch the events of a workflow, run in another terminal:\n\n  " + &command + "\n"
}

fn example_workflow() -> SeedWorkflow {
    SeedWorkflow {
        workflow_name: document::WORKFLOW.to_owned(),
        workflow_task_queue: document::TASK_QUEUE.to_owned(),
        start_signal_function: Some(document::START_SIGNAL.to_owned()),
    }
}

/// Starts the workflow that the banner names. A failure is no reason to stop.
async fn start_first(engine: &dyn Engine) {
    let request = json!({"text": FIRST_TEXT, "instruction": "summarize"});
    let request = Json::from_value(&request).expect("an object of strings has a JSON form");
    let start = StartWorkflow {
        signal: Some((document::START_SIGNAL.to_owned(), vec![request])),
        ..StartWorkflow::new(
            FIRST_WORKFLOW.into(),
            document::WORKFLOW.to_owned(),
            document::TASK_QUEUE.to_owned(),
        )
    };
    match engine.start(start).await {
        Ok(_) => {}
        Err(error) if error.kind == EngineErrorKind::AlreadyStarted => {}
        Err(error) => tracing::warn!(%error, "cannot start the first workflow"),
    }
}
