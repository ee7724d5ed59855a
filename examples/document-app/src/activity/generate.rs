//! Activity 1: generates the content with a language model.
#![expect(
    missing_docs,
    reason = "the SDK's macro makes constants that bear no docs"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::{sync::mpsc, time::sleep};

use super::{alive::while_alive, stream::Stream};
use crate::{
    fault::{AskedFor, failure},
    model::{Answer, LanguageModel, Prompt, TOKENS_AHEAD},
    plain::{Analysis, analyze},
};

/// The least time between two pieces. Nobody reads faster, and a model that does not write faster is not
/// slowed down.
const PAUSE: Duration = Duration::from_millis(20);

/// What the activity is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generate {
    /// What the model is asked.
    pub prompt: Prompt,
    /// Whether to fail, to see what becomes of it.
    #[serde(default)]
    pub fail: bool,
}

/// What the activity returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// What the model wrote.
    #[serde(flatten)]
    pub answer: Answer,
    /// Figures about the text that came.
    pub analysis: Analysis,
}

/// The activity, and the model that it asks.
pub struct Generation {
    model: Arc<dyn LanguageModel>,
}

impl Generation {
    /// The activity with a model.
    pub fn new(model: Arc<dyn LanguageModel>) -> Self {
        Self { model }
    }
}

/// All that the model has written since. Each item is a part of a signal, and a workflow's history holds
/// some 50 MB of these, so what waits goes along.
async fn next_piece(pieces: &mut mpsc::Receiver<String>) -> Option<String> {
    let mut piece = pieces.recv().await?;
    while let Ok(more) = pieces.try_recv() {
        piece.push_str(&more);
    }
    Some(piece)
}

#[activities]
impl Generation {
    /// Has the model write the content, and hands on each piece of it as it comes.
    #[activity(name = "generate_content")]
    pub async fn generate_content(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: Generate,
    ) -> Result<Generated, ActivityError> {
        if input.fail {
            return Err(failure(AskedFor));
        }
        let mut stream = Stream::open(&ctx);
        let (tokens, mut pieces) = mpsc::channel(TOKENS_AHEAD);
        let written = AtomicUsize::new(0);
        let handing_on = async {
            while let Some(piece) = next_piece(&mut pieces).await {
                written.fetch_add(piece.len(), Ordering::Relaxed);
                stream.publish(piece).await;
                sleep(PAUSE).await;
            }
            stream.close().await;
        };
        let writing = self.model.generate(&input.prompt, tokens);
        let generating = async { tokio::join!(writing, handing_on).0.map_err(failure) };
        let progress = || written.load(Ordering::Relaxed);
        let answer = while_alive(&ctx, progress, generating).await?;
        Ok(Generated {
            answer,
            analysis: analyze(&input.prompt.text),
        })
    }
}
