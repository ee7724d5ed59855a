//! The program `espeak-ng`, where it is installed; and how programs are run at all.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

use super::{SpeechError, wav::Pcm};

/// The names that the program goes by.
const NAMES: [&str; 2] = ["espeak-ng", "espeak-ng.exe"];
/// How long speaking may take. It takes a hundredth of what it takes to listen.
const LIMIT: Duration = Duration::from_mins(1);
/// How much of what a program complains of is passed on, in characters.
const MAX_COMPLAINT: usize = 300;

/// `espeak-ng`.
#[derive(Debug)]
pub(super) struct Program(PathBuf);

impl Program {
    /// Finds it in the folders of a `PATH`.
    pub(super) fn find(path_var: Option<&OsStr>) -> Option<Self> {
        NAMES
            .iter()
            .find_map(|name| find_in(path_var, name))
            .map(Self)
    }

    /// Speaks a text.
    pub(super) async fn speak(&self, text: &str, voice: &str) -> Result<Pcm, SpeechError> {
        let mut command = Command::new(&self.0);
        // `-b 1`: UTF-8.
        command.args(["-b", "1", "-v", voice, "--stdin", "--stdout"]);
        let output = run(&mut command, text.as_bytes(), LIMIT).await;
        let output = output.map_err(|reason| failed(&self.0, reason))?;
        Ok(Pcm::read(&output)?)
    }
}

/// The first file of that name in the folders of a `PATH`.
pub(super) fn find_in(path_var: Option<&OsStr>, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path_var?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

pub(super) fn failed(program: &Path, reason: String) -> SpeechError {
    SpeechError::Program {
        program: program.display().to_string(),
        reason,
    }
}

/// Runs a program on an input and gives what it printed, or why it failed.
pub(super) async fn run(
    command: &mut Command,
    input: &[u8],
    limit: Duration,
) -> Result<Vec<u8>, String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().expect("it was asked for");
    let feed = async move {
        // A program that reads no more says itself why, or need not.
        let _unread = stdin.write_all(input).await;
    };
    let both = async { tokio::join!(feed, child.wait_with_output()).1 };
    let output = match timeout(limit, both).await {
        Err(_) => return Err(format!("it took longer than {} s", limit.as_secs())),
        Ok(output) => output.map_err(|error| error.to_string())?,
    };
    if output.status.success() {
        return Ok(output.stdout);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty());
    let reason = last.map_or_else(|| output.status.to_string(), str::to_owned);
    Err(reason.chars().take(MAX_COMPLAINT).collect())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_program_is_given_its_input_and_its_output_is_taken() {
        let much = vec![b'x'; 1_000_000];
        let output = run(&mut shell("cat"), &much, LIMIT).await;
        assert_eq!(output, Ok(much));
    }

    #[tokio::test]
    async fn a_failure_says_what_the_program_says() {
        let output = run(
            &mut shell("echo one >&2; echo no voice >&2; exit 1"),
            b"",
            LIMIT,
        )
        .await;
        assert_eq!(output, Err("no voice".into()));
        let output = run(&mut shell("exit 3"), b"", LIMIT).await;
        assert!(output.unwrap_err().contains('3'));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended() {
        let limit = Duration::from_millis(50);
        let output = run(&mut shell("exec sleep 60"), b"", limit).await;
        assert!(output.unwrap_err().contains("longer"));
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert!(Program::find(None).is_none());
        assert!(Program::find(Some(OsStr::new("/nowhere:/usr/nowhere"))).is_none());
    }
}
