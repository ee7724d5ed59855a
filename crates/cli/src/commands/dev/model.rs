//! The worker with a language model on this machine. It is a program of its own: what runs the
//! model takes minutes to build, and `dev` is to build fast.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail, ensure};
use fast_temporal_example_document_app::{Key, Target};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{config::ToolSettings, output};

/// The program, and the package that it is made of.
const NAME: &str = "document-model";
const PACKAGE: &str = "fast-temporal-example-document-model";
/// What the program prints once it works.
const READY: &str = "ready";
/// How long it may say nothing before it works: it tells of what it fetches as that comes in, and gives
/// up sooner where nothing does.
const SILENCE: Duration = Duration::from_mins(5);
/// How long it may take to stop.
const STOP: Duration = Duration::from_secs(10);

/// The program, and where it keeps what it fetches.
pub(super) struct Program {
    path: PathBuf,
    cache_dir: PathBuf,
}

/// The worker, running.
pub(super) struct ModelWorker {
    child: Child,
    /// It ends with its standard input, so also when this process is killed.
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

/// Finds the program, or builds it where this is a checkout of the source; `None` where it is not
/// wanted.
pub(super) async fn program(wanted: bool, tool: &ToolSettings) -> anyhow::Result<Option<Program>> {
    if !wanted {
        return Ok(None);
    }
    let file = format!("{NAME}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().context("cannot find this program's own folder")?;
    let beside = beside.with_file_name(&file);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = if source.join("examples/document-model").is_dir() {
        // Also where it was built before: cargo knows whether it is as the source is now.
        let folder = beside.parent().and_then(Path::parent);
        let folder = folder.context("this program is in no target folder")?;
        build(&source.join("Cargo.toml"), folder, &file).await?
    } else {
        ensure!(
            beside.is_file(),
            "--model needs the program {NAME}: there is none at {}, and no source to build it from \
             at {}",
            beside.display(),
            source.display()
        );
        beside
    };
    Ok(Some(Program {
        path,
        cache_dir: tool.cache_dir.clone(),
    }))
}

/// Builds the program, into the target folder that this one is from.
async fn build(manifest: &Path, target: &Path, file: &str) -> anyhow::Result<PathBuf> {
    output::say("Building what runs the language model: some minutes the first time");
    let status = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--package",
            PACKAGE,
            "--manifest-path",
        ])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .context("--model needs cargo to build the language model's worker")?;
    ensure!(
        status.success(),
        "the language model's worker does not build: {status}"
    );
    Ok(target.join("release").join(file))
}

impl ModelWorker {
    /// Starts it, and waits until it works: the first time, it fetches the model. `None` where it is
    /// told to stop before.
    pub(super) async fn start(
        program: &Program,
        target: &Target,
        stop: &CancellationToken,
    ) -> anyhow::Result<Option<Self>> {
        let mut worker = Self::spawn(program, target)?;
        let outcome = tokio::select! {
            biased;
            () = stop.cancelled() => Ok(false),
            ready = worker.ready(SILENCE) => ready.map(|()| true),
        };
        if let Ok(true) = outcome {
            return Ok(Some(worker));
        }
        // It has programs of its own, which it ends if it is let.
        worker.stop().await;
        outcome.map(|_| None)
    }

    fn spawn(program: &Program, target: &Target) -> anyhow::Result<Self> {
        let mut command = Command::new(&program.path);
        command
            .arg("--until-stdin-ends")
            .env("TEMPORAL_ADDRESS", &target.address)
            .env("TEMPORAL_NAMESPACE", &target.namespace)
            .env("TEMPORAL_TLS", target.tls.to_string())
            .env(
                "TEMPORAL_API_KEY",
                target.api_key.as_ref().map_or("", Key::expose),
            )
            .env("FAST_TEMPORAL_CACHE", &program.cache_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        // A Ctrl-C in the terminal goes to a whole process group: this one is told by us.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.path.display()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("it was asked for");
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    async fn ready(&mut self, silence: Duration) -> anyhow::Result<()> {
        let mut line = String::new();
        loop {
            line.clear();
            let read = timeout(silence, self.stdout.read_line(&mut line)).await;
            let read = read.context("the language model's worker says nothing any more")?;
            if read? == 0 {
                drop(self.stdin.take());
                let ended = timeout(STOP, self.child.wait()).await;
                let status = ended.context("the language model's worker broke")??;
                bail!("the language model's worker does not start: {status}");
            }
            match line.trim_end() {
                READY => return Ok(()),
                news => output::say(news),
            }
        }
    }

    /// Lets it finish what it runs, for a while.
    pub(super) async fn stop(mut self) {
        drop(self.stdin.take());
        if timeout(STOP, self.child.wait()).await.is_err() {
            tracing::warn!("the language model's worker did not stop by itself");
        }
    }
}

/// Waits until the worker ends by itself, and says how. Dropping the future loses nothing.
pub(super) async fn died(worker: Option<&mut ModelWorker>) -> anyhow::Error {
    match worker {
        None => std::future::pending().await,
        Some(worker) => match worker.child.wait().await {
            Ok(status) => anyhow!("{status}"),
            Err(error) => error.into(),
        },
    }
}

#[cfg(all(test, unix))]
mod tests;
