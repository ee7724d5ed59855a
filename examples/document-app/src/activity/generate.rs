//! Activity 1: generates the content with a language model.
#![expect(
    missing_docs,
    reason = "the SDK's macro makes constants that bear no docs"
)]

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::sync::mpsc;

use super::stream::Stream;
use crate::{
    fault::{AskedFor, failure},
    model::{Answer, LanguageModel, Prompt, TOKENS_AHEAD},
    plain::{Analysis, analyze},
};

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
        let handing_on = async {
            let mut count = 0_usize;
            while let Some(piece) = pieces.recv().await {
                stream.publish(piece).await;
                count += 1;
                // Says that the model lives, and is how one hears that nobody waits any more.
                if let Err(error) = ctx.record_heartbeat(count).await {
                    tracing::debug!(%error, "cannot say that the model still writes");
                }
            }
            stream.close().await;
        };
        let writing = self.model.generate(&input.prompt, tokens);
        let generating = async { tokio::join!(writing, handing_on).0 };
        let answer = tokio::select! {
            biased;
            () = ctx.cancelled() => return Err(ActivityError::cancelled()),
            answer = generating => answer.map_err(failure)?,
        };
        Ok(Generated {
            answer,
            analysis: analyze(&input.prompt.text),
        })
    }
}
