//! `fast-temporal dev`: everything on one machine, nothing set up before.

mod banner;
mod temporal;
mod worker;

use std::{net::TcpListener, sync::Arc};

use anyhow::anyhow;
use fast_temporal_core::{Engine, EngineErrorKind, engine::StartWorkflow};
use fast_temporal_dev::CliSearch;
use fast_temporal_example_document_app::{self as document, Documents, Work};
use fast_temporal_protocol::Json;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::{temporal::Temporal, worker::Worker};
use crate::{
    args::DevArgs,
    config::{Settings, Sources, WorkflowSettings, listen, log},
    gateway::{self, Gateway, Plan},
    open_files, output,
    process::{self, Hangup},
};

/// The page at `/`.
const PAGE: &str = include_str!("../../assets/index.html");
/// Where the gateway listens: on this machine only.
const HOST: &str = "127.0.0.1";
/// The id of the workflow that is started at once, so that there is something to look at.
const FIRST_WORKFLOW: &str = "first-document";
const FIRST_TEXT: &str = "Temporal keeps what a workflow did. The gateway reads it as it is \
                          written. Whoever watches misses nothing, and sees nothing twice.";
/// Log lines that people should see among the rest, unless they ask for more.
const LOG_LEVEL: &str = "warn";

pub fn run(arguments: DevArgs) -> anyhow::Result<()> {
    let sources = Sources::gather(arguments.flags())?;
    let mut settings = Settings::load(&sources)?;
    if settings.is_default(&log::LEVELS) {
        LOG_LEVEL.clone_into(&mut settings.log.filter);
    }
    if !settings.listen.is_loopback() {
        let host = &settings.listen.host;
        let name = listen::HOST.variable;
        let warning = format!("{name} ({host}) is not used: dev listens on {HOST} only");
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
    // First, as it is quick, and fetching a CLI for nothing is not.
    let listener = gateway::bind(&settings.listen).await?;
    settings.workflow.get_or_insert_with(example_workflow);
    let mut plan = Plan::new(&settings);
    let variable = |name: &str| sources.variable(name);
    let example = document::Settings::of_variables(variable)?;
    let work = Work {
        model: Some(example.model()?),
        documents: Some(Documents {
            folder: example.folder(),
            speech: example.speaker()?,
        }),
    };
    let search = CliSearch::from_variables(variable);
    let mut temporal = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(()),
        temporal = Temporal::prepare(&arguments, &settings, &search) => temporal?,
    };
    temporal.direct(&mut plan.temporal);
    let lines = [temporal.lines(), example_lines(&example)].concat();
    let outcome = with_temporal(plan, listener, (work, lines), &mut temporal, &stop).await;
    temporal.stop().await;
    output::say("Stopped");
    outcome
}

/// Runs the worker and the gateway until one of them, or Temporal, ends, or `stop` is cancelled.
async fn with_temporal(
    mut plan: Plan,
    listener: TcpListener,
    (work, lines): (Work, Vec<(&'static str, String)>),
    temporal: &mut Temporal,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    plan.app.index_page = Some(PAGE);
    let target = worker::target(&plan.temporal);
    let gateway = Gateway::new(plan)?;
    gateway
        .engine()
        .check()
        .await
        .map_err(|error| anyhow!("Temporal at {} does not serve: {error}", target.address))?;
    output::say("Starting the example worker and the gateway");
    let mut worker = Worker::start(target, work)?;
    let engine = Arc::clone(gateway.engine());
    let ends = stop.child_token();
    let mut serving = JoinSet::new();
    serving.spawn(gateway.serve(listener, open_files::raise_limit(), ends.clone()));
    let banner = banner::text(address, &lines);
    let welcome = async {
        start_first(&*engine).await;
        output::print(&banner);
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        biased;
        () = stop.cancelled() => Ok(()),
        status = temporal.ended() => Err(anyhow!("Temporal's dev server stopped by itself: {status}")),
        error = worker.failed() => Err(error),
        ended = serving.join_next() => gateway_ended(ended),
        () = welcome => Ok(()),
    };
    output::say("Stopping the gateway and the worker");
    ends.cancel();
    while serving.join_next().await.is_some() {}
    worker.stop().await;
    outcome
}

type Ended = Option<Result<anyhow::Result<()>, tokio::task::JoinError>>;

fn gateway_ended(ended: Ended) -> anyhow::Result<()> {
    match ended {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) => Err(anyhow!("the gateway broke: {error}")),
        None => Ok(()),
    }
}

/// What people should know of the example: names and values.
fn example_lines(example: &document::Settings) -> Vec<(&'static str, String)> {
    let model = match &example.language {
        Some(server) => format!("{} at {}", server.model, server.shown_url()),
        None => format!("none. {}", document::ADVICE),
    };
    let documents = example.folder().path().display().to_string();
    vec![("Documents", documents), ("Language model", model)]
}

fn example_workflow() -> WorkflowSettings {
    WorkflowSettings {
        name: document::WORKFLOW.to_owned(),
        task_queue: document::TASK_QUEUE.to_owned(),
        start_signal: Some(document::START_SIGNAL.to_owned()),
    }
}

/// Starts a workflow that whoever reads the banner can look at. Without it, nothing is lost.
async fn start_first(engine: &dyn Engine) {
    let request = json!({"text": FIRST_TEXT, "instruction": "summarize"});
    let request = Json::from_value(&request).expect("an object of texts has a JSON form");
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
