//! Activity 3: makes an audio file of the text.
#![expect(
    missing_docs,
    reason = "the SDK's macro makes constants that bear no docs"
)]

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

use super::{alive::while_alive, run_of};
use crate::{
    FileName,
    fault::{AskedFor, failure},
    folder::Folder,
    speech::Speech,
};

/// What the activity is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speak {
    /// The text's file. The sound's has the same name and another ending.
    pub file: FileName,
    /// What to speak.
    pub text: String,
    /// Whether to fail, to see what becomes of it.
    #[serde(default)]
    pub fail: bool,
}

/// An audio file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audio {
    /// The file's path.
    pub path: String,
    /// The file's length.
    pub bytes: usize,
    /// How long it takes to listen.
    pub seconds: f64,
    /// Who speaks.
    pub voice: String,
    /// Whether all of the text is spoken, or only its begin, as it is long.
    pub whole: bool,
}

/// The activity, what speaks, and the folder for its files.
pub struct Speaking {
    speech: Speech,
    folder: Folder,
}

impl Speaking {
    /// The activity with what speaks and a folder.
    pub fn new(speech: Speech, folder: Folder) -> Self {
        Self { speech, folder }
    }
}

#[activities]
impl Speaking {
    /// Speaks a text into a file in the folder of its run.
    #[activity(name = "make_audio")]
    pub async fn make_audio(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: Speak,
    ) -> Result<Audio, ActivityError> {
        if input.fail {
            return Err(failure(AskedFor));
        }
        let speaking = async { self.speech.speak(&input.text).await.map_err(failure) };
        let sound = while_alive(&ctx, || (), speaking).await?;
        let file = input.file.with_ending("wav");
        let written = self.folder.write(&run_of(&ctx), &file, &sound.wav).await;
        let written = written.map_err(failure)?;
        Ok(Audio {
            path: written.path,
            bytes: written.bytes,
            seconds: sound.seconds,
            voice: sound.voice,
            whole: sound.whole,
        })
    }
}
