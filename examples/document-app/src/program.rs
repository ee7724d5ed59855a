//! Programs of other people: how they are found and run. It knows nothing of what they do.

use std::{env::consts::EXE_SUFFIX, ffi::OsStr, io, path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    time::timeout,
};

/// How much of what a program complains of is passed on, in characters.
const MAX_COMPLAINT: usize = 300;
/// How much of it is kept while it runs, in bytes. It says last why it fails.
const KEPT_COMPLAINT_BYTES: usize = 8 * 1024;

/// How long a program may take, and how much of what it prints is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The time.
    pub(crate) time: Duration,
    /// What is taken of its standard output, in bytes. One that prints more is ended.
    pub(crate) output_bytes: usize,
}

/// The first program of that name in the folders of a `PATH`.
pub(crate) fn find_in(path_var: Option<&OsStr>, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path_var?)
        .map(|folder| folder.join(format!("{name}{EXE_SUFFIX}")))
        .find(|path| path.is_file())
}

/// Runs a program on an input, and gives what it printed as far as that is taken, or why it failed.
/// Dropped, it ends the program.
pub(crate) async fn run(
    command: &mut Command,
    input: &[u8],
    limits: Limits,
) -> Result<Vec<u8>, String> {
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| error.to_string())?;
    timeout(limits.time, attend(child, input, limits.output_bytes))
        .await
        .unwrap_or_else(|_| Err(format!("it took longer than {} s", limits.time.as_secs())))
}

async fn attend(mut child: Child, input: &[u8], output_bytes: usize) -> Result<Vec<u8>, String> {
    let mut stdin = child.stdin.take().expect("it was asked for");
    let stdout = child.stdout.take().expect("it was asked for");
    let stderr = child.stderr.take().expect("it was asked for");
    let feeding = async move {
        // A program that reads no more says itself why, or need not.
        let _unread = stdin.write_all(input).await;
        Ok(())
    };
    let listening = async { Ok(last_of(stderr).await) };
    let taking = begin_of(stdout, output_bytes);
    let (output, complaint) = match tokio::try_join!(taking, listening, feeding) {
        Ok((output, complaint, ())) => (output, complaint),
        Err(Unfinished::Full(output)) => {
            // It may have ended by itself, now that nobody reads.
            let _gone = child.kill().await;
            return Ok(output);
        }
        Err(Unfinished::Broken(error)) => return Err(error.to_string()),
    };
    let status = child.wait().await.map_err(|error| error.to_string())?;
    if status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&complaint);
    let last = complaint
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty());
    let reason = last.map_or_else(|| status.to_string(), str::to_owned);
    Err(reason.chars().take(MAX_COMPLAINT).collect())
}

/// Why there is no more of what a program prints.
enum Unfinished {
    /// That is all that is taken.
    Full(Vec<u8>),
    Broken(io::Error),
}

async fn begin_of(pipe: impl AsyncRead + Unpin, max_bytes: usize) -> Result<Vec<u8>, Unfinished> {
    let mut bytes = Vec::new();
    // One more, to know whether there are more.
    let limit = u64::try_from(max_bytes).map_or(u64::MAX, |bytes| bytes.saturating_add(1));
    let read = pipe.take(limit).read_to_end(&mut bytes).await;
    read.map_err(Unfinished::Broken)?;
    if bytes.len() > max_bytes {
        bytes.truncate(max_bytes);
        return Err(Unfinished::Full(bytes));
    }
    Ok(bytes)
}

/// The last of what a program complains of. What can't be read of it is no reason to fail.
async fn last_of(mut pipe: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut kept = Vec::new();
    while let Ok(1..) = pipe.read_buf(&mut kept).await {
        let excess = kept.len().saturating_sub(KEPT_COMPLAINT_BYTES);
        kept.drain(..excess);
    }
    kept
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        time: Duration::from_mins(1),
        output_bytes: 2_000_000,
    };

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_program_is_given_its_input_and_its_output_is_taken() {
        let much = vec![b'x'; 1_000_000];
        let output = run(&mut shell("cat"), &much, LIMITS).await;
        assert_eq!(output, Ok(much));
    }

    #[tokio::test]
    async fn a_failure_says_what_the_program_says_last() {
        let script = "yes no | head -n 50000 >&2; echo no voice >&2; exit 1";
        let output = run(&mut shell(script), b"", LIMITS).await;
        assert_eq!(output, Err("no voice".into()));
        let output = run(&mut shell("exit 3"), b"", LIMITS).await;
        assert!(output.unwrap_err().contains('3'));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended() {
        let time = Duration::from_millis(50);
        let output = run(&mut shell("exec sleep 60"), b"", Limits { time, ..LIMITS }).await;
        assert!(output.unwrap_err().contains("longer"));
    }

    #[tokio::test]
    async fn a_program_that_prints_on_and_on_is_ended_and_the_begin_is_taken() {
        let limits = Limits {
            output_bytes: 10_001,
            ..LIMITS
        };
        let output = run(&mut shell("exec yes"), b"", limits).await;
        assert_eq!(output.expect("the begin").len(), 10_001);
        // What is just as long as that is whole, and the program's own end counts.
        let exactly = run(&mut shell("head -c 10001 /dev/zero; exit 1"), b"", limits).await;
        assert!(exactly.is_err());
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert!(find_in(None, "sh").is_none());
        let path = OsStr::new("/nowhere:/usr/nowhere");
        assert!(find_in(Some(path), "sh").is_none());
    }
}
