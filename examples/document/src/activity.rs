//! The three activities.
#![expect(
    missing_docs,
    reason = "the SDK's macro generates constants without docs"
)]

use std::{
    convert::Infallible,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fast_temporal_workflow::stream::{Publisher, PublisherConfig};
use serde::{Deserialize, Serialize};
use serde_json::json;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};
use tokio::{
    sync::mpsc,
    time::{interval, sleep},
};

use crate::{Generated, LanguageModel, Speech, StepError, Written, file};

/// The interval between heartbeats. Temporal answers them with cancellations, so the worker must
/// not hold them back for longer.
pub(crate) const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);
/// How long Temporal waits for a heartbeat until it considers the worker dead.
pub(crate) const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(30);
/// The minimum time between two pieces of text. Each is an item of the workflow's stream and stays
/// in its history, and no reader is faster.
const PIECE_INTERVAL: Duration = Duration::from_millis(20);
/// The topic of the workflow's stream that carries the text while it is generated.
const TOPIC: &str = "text";
/// The maximum number of pieces that the model can be ahead of the stream.
const PIECES_AHEAD: usize = 64;

/// The input of `generate_content`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generate {
    pub text: String,
    pub instruction: String,
    pub fail: bool,
}

/// The input of `write_document`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    pub file: String,
    pub text: String,
}

/// The input of `make_audio`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speak {
    pub file: String,
    pub text: String,
    pub fail: bool,
}

/// An audio file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audio {
    /// The file.
    #[serde(flatten)]
    pub written: Written,
    /// The length of the sound.
    pub seconds: f64,
    /// The synthesizer and its voice.
    pub voice: String,
    /// Whether the sound contains the whole text. A long text is cut.
    pub whole: bool,
}

/// The activities, and the services that they use.
pub struct Activities {
    /// Generates texts.
    pub model: LanguageModel,
    /// Speaks texts.
    pub speech: Speech,
    /// Contains a folder for each run.
    pub folder: PathBuf,
}

#[activities]
impl Activities {
    /// Generates the content, and publishes every piece of it to the workflow's stream at once.
    #[activity(name = "generate_content")]
    pub async fn generate_content(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: Generate,
    ) -> Result<Generated, ActivityError> {
        fail_on_request(input.fail)?;
        let (sender, mut pieces) = mpsc::channel(PIECES_AHEAD);
        let generated_bytes = AtomicUsize::new(0);
        let publish = async {
            let publisher = Publisher::from_activity(&ctx, PublisherConfig::default())?;
            while let Some(text) = next_piece(&mut pieces).await {
                generated_bytes.fetch_add(text.len(), Ordering::Relaxed);
                // Text of an earlier attempt is void: readers drop it when the attempt changes.
                let item = json!({"attempt": ctx.info().attempt, "text": text});
                publisher.publish(TOPIC, &item).await?;
                sleep(PIECE_INTERVAL).await;
            }
            publisher.close().await
        };
        let generate = async {
            let generate = self.model.generate(&input.text, &input.instruction, sender);
            let (generated, published) = tokio::join!(generate, publish);
            if let Err(error) = published {
                // The result contains the whole text, so this is no reason to fail.
                tracing::warn!(%error, "cannot stream the text");
            }
            generated.map_err(failure)
        };
        let progress = || generated_bytes.load(Ordering::Relaxed);
        with_heartbeats(&ctx, progress, generate).await
    }

    /// Writes the text to a file in the folder of the run.
    #[activity(name = "write_document")]
    pub async fn write_document(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: Write,
    ) -> Result<Written, ActivityError> {
        self.write(&ctx, &input.file, input.text.into_bytes()).await
    }

    /// Speaks the text into an audio file in the folder of the run.
    #[activity(name = "make_audio")]
    pub async fn make_audio(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: Speak,
    ) -> Result<Audio, ActivityError> {
        fail_on_request(input.fail)?;
        let speak = async { self.speech.speak(&input.text).await.map_err(failure) };
        let sound = with_heartbeats(&ctx, || (), speak).await?;
        let file = file::audio_name(&input.file);
        Ok(Audio {
            written: self.write(&ctx, &file, sound.wav).await?,
            seconds: sound.seconds,
            voice: self.speech.voice(),
            whole: sound.whole,
        })
    }
}

impl Activities {
    /// Writes a file in the folder of the run.
    async fn write(
        &self,
        ctx: &ActivityContext,
        name: &str,
        content: Vec<u8>,
    ) -> Result<Written, ActivityError> {
        let run_id = ctx.info().workflow_run_id.as_deref();
        let run_id = run_id.unwrap_or("no-workflow");
        let written = file::write(&self.folder, run_id, name, content);
        written.await.map_err(failure)
    }
}

/// Runs `work` and sends heartbeats meanwhile. Cancels the work when the activity is cancelled.
async fn with_heartbeats<T, P: Serialize + Send + Sync + 'static>(
    ctx: &ActivityContext,
    progress: impl Fn() -> P,
    work: impl Future<Output = Result<T, ActivityError>>,
) -> Result<T, ActivityError> {
    let heartbeats = async {
        let mut interval = interval(HEARTBEAT_INTERVAL);
        loop {
            interval.tick().await;
            if let Err(error) = ctx.record_heartbeat(progress()).await {
                tracing::debug!(%error, "cannot send a heartbeat");
            }
        }
    };
    tokio::select! {
        biased;
        () = ctx.cancelled() => Err(ActivityError::cancelled()),
        result = work => result,
        never = heartbeats => { let never: Infallible = never; match never {} }
    }
}

/// Returns all the text that the model has generated since the last piece.
async fn next_piece(pieces: &mut mpsc::Receiver<String>) -> Option<String> {
    let mut piece = pieces.recv().await?;
    while let Ok(more) = pieces.try_recv() {
        piece.push_str(&more);
    }
    Some(piece)
}

fn fail_on_request(fail: bool) -> Result<(), ActivityError> {
    if fail {
        let error = StepError::permanent("RequestedFailure", "the request asked for this failure");
        return Err(failure(error));
    }
    Ok(())
}

/// Turns an error into an activity failure with its type and retry behavior.
fn failure(error: StepError) -> ActivityError {
    let (kind, is_retryable, retry_after) = (error.kind, error.is_retryable, error.retry_after);
    let failure = ApplicationFailure::builder(error)
        .type_name(kind.to_owned())
        .non_retryable(!is_retryable)
        .maybe_next_retry_delay(retry_after);
    ActivityError::application(failure.build())
}
