//! `document-model`: asks a language model on this machine for the document example's texts. It is
//! the worker of one activity, on a task queue of its own.
//!
//! `document-model --try INSTRUCTION` writes one text without Temporal: what stands on standard
//! input, as the instruction says.

mod chat;
mod convert;
mod engine;
mod fetch;
mod known;
mod news;
mod setting;
#[cfg(test)]
mod tiny;

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use fast_temporal_example_document_app::{
    LanguageModel as _, Prompt, TOKENS_AHEAD, Work, connect, run, told_to_stop,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
    time::Instant,
};

use self::{engine::Engine, known::MODEL, news::say};

/// What is printed once the worker works.
const READY: &str = "ready";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::WARN)
        .init();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &*arguments {
        [flag, instruction] if flag == "--try" => match until(told_to_stop(), file()).await {
            Some(file) => try_it(&file?, instruction).await,
            None => Ok(()),
        },
        [flag] if flag == "--until-stdin-ends" => work(end_of_input()).await,
        [] => work(told_to_stop()).await,
        _ => anyhow::bail!("there is --try INSTRUCTION, --until-stdin-ends, or nothing"),
    }
}

async fn file() -> anyhow::Result<PathBuf> {
    fetch::find_or_fetch(&MODEL, &setting::cache_dir(), setting::path_var()).await
}

/// Whether this comes about before `stop` resolves. What is dropped then leaves nothing behind.
async fn until<T>(stop: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = stop => None,
        done = work => Some(done),
    }
}

/// Works until `stop` resolves.
async fn work(stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let mut stop = std::pin::pin!(stop);
    let getting_ready = async {
        let file = file().await?;
        let engine = spawn_blocking(move || Engine::load(&file)).await??;
        anyhow::Ok((engine, connect(setting::target()).await?))
    };
    let Some(ready) = until(&mut stop, getting_ready).await else {
        return Ok(());
    };
    let (engine, client) = ready?;
    say(&format!("{} writes. {}", MODEL.name, MODEL.licence));
    say(READY);
    let work = Work {
        documents: None,
        model: Some(Arc::new(engine)),
    };
    run(client, work, stop).await?;
    Ok(())
}

/// Waits until whoever started this closes its standard input, or is gone.
async fn end_of_input() {
    let (tell, ended) = oneshot::channel();
    // It waits for what may never come, so it is nobody's to wait for: it ends with the process.
    std::thread::spawn(move || {
        let mut input = std::io::stdin();
        let mut unread = [0; 64];
        while matches!(input.read(&mut unread), Ok(1..)) {}
        tell.send(())
    });
    // The thread does nothing but tell.
    let _told = ended.await;
}

/// Writes one text, and says how fast that went.
async fn try_it(file: &Path, instruction: &str) -> anyhow::Result<()> {
    let started = Instant::now();
    let engine = Engine::load(file)?;
    say(&format!(
        "{} loaded in {:.1} s",
        MODEL.name,
        started.elapsed().as_secs_f64()
    ));
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let prompt = Prompt {
        text,
        instruction: instruction.to_owned(),
    };
    let (tokens, mut pieces) = mpsc::channel(TOKENS_AHEAD);
    let started = Instant::now();
    let mut first = None;
    let mut count = 0_u32;
    let reading = async {
        while pieces.recv().await.is_some() {
            first.get_or_insert_with(|| started.elapsed());
            count += 1;
        }
    };
    let (answer, ()) = tokio::join!(engine.generate(&prompt, tokens), reading);
    say(&answer?.text);
    let first = first.unwrap_or_default();
    let rest = started.elapsed().saturating_sub(first).as_secs_f64();
    let pace = f64::from(count.saturating_sub(1)) / rest.max(0.001);
    let first = first.as_secs_f64();
    say(&format!(
        "{count} pieces: the first after {first:.1} s, then {pace:.1} a second"
    ));
    Ok(())
}
