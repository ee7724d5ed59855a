//! Activity 2: writes the content into the text file.
#![expect(
    missing_docs,
    reason = "the SDK's macro makes constants that bear no docs"
)]

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

use super::run_of;
use crate::{
    FileName,
    fault::failure,
    folder::{Folder, Written},
};

/// What the activity is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// The file.
    pub file: FileName,
    /// What it is to hold.
    pub text: String,
}

/// The activity, and the folder that it writes to.
pub struct Writing {
    folder: Folder,
}

impl Writing {
    /// The activity with a folder.
    pub fn new(folder: Folder) -> Self {
        Self { folder }
    }
}

#[activities]
impl Writing {
    /// Writes a text into a file in the folder of its run.
    #[activity(name = "write_document")]
    pub async fn write_document(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: Write,
    ) -> Result<Written, ActivityError> {
        let run = run_of(&ctx);
        let written = self.folder.write(&run, &input.file, input.text.as_bytes());
        written.await.map_err(failure)
    }
}
