//! The program `espeak-ng`, where it is installed.

use std::{ffi::OsStr, path::PathBuf};

use tokio::process::Command;

use super::{LIMITS, SpeechError, failed, wav::Pcm};
use crate::program::{find_in, run};

const NAME: &str = "espeak-ng";

/// `espeak-ng`.
#[derive(Debug)]
pub(super) struct Program(PathBuf);

impl Program {
    /// Finds it in the folders of a `PATH`.
    pub(super) fn find(path_var: Option<&OsStr>) -> Option<Self> {
        find_in(path_var, NAME).map(Self)
    }

    /// Speaks a text.
    pub(super) async fn speak(&self, text: &str, voice: &str) -> Result<Pcm, SpeechError> {
        let mut command = Command::new(&self.0);
        // `-b 1`: UTF-8.
        command.args(["-b", "1", "-v", voice, "--stdin", "--stdout"]);
        let output = run(&mut command, text.as_bytes(), LIMITS).await;
        let output = output.map_err(|reason| failed(&self.0, reason))?;
        Ok(Pcm::read(&output)?)
    }
}
