//! The three activities: what Temporal sees of them. The work itself is in the modules below,
//! which know nothing of Temporal.
#![expect(
    missing_docs,
    reason = "the SDK's macro makes constants that bear no docs"
)]
#![expect(clippy::unused_async, reason = "the SDK's macro takes async functions")]

mod analyze;
mod instruction;
mod text;
mod transform;
mod write;

use std::{path::PathBuf, sync::Arc};

use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

pub use self::{
    analyze::{Analysis, WordCount},
    transform::Transformed,
    write::Written,
};
use crate::Request;

/// The activities, and the folder that they write to.
pub struct Documents {
    folder: PathBuf,
}

impl Documents {
    /// Activities that write to `folder`, which is made when it is first needed.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

#[activities]
impl Documents {
    /// Counts what is in a text.
    #[activity(name = "analyze_text")]
    pub async fn analyze_text(
        _ctx: ActivityContext,
        text: String,
    ) -> Result<Analysis, ActivityError> {
        Ok(analyze::analyze(&text))
    }

    /// Does what the instruction says. An instruction that it doesn't know is a failure of type
    /// `UnknownInstruction` that no retry can mend.
    #[activity(name = "transform_text")]
    pub async fn transform_text(
        _ctx: ActivityContext,
        request: Request,
    ) -> Result<Transformed, ActivityError> {
        transform::transform(&request).map_err(|error| {
            let name = error.type_name().to_owned();
            let failure = ApplicationFailure::builder(error)
                .type_name(name)
                .non_retryable(true);
            ActivityError::application(failure.build())
        })
    }

    /// Writes a text to a file of the workflow's own.
    #[activity(name = "write_document")]
    pub async fn write_document(
        self: Arc<Self>,
        ctx: ActivityContext,
        text: String,
    ) -> Result<Written, ActivityError> {
        let run = ctx
            .info()
            .workflow_run_id
            .as_deref()
            .unwrap_or("no-workflow");
        Ok(write::write(&self.folder, run, &text).await?)
    }
}
