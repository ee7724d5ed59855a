//! What the dev server prints: its last lines are kept, and all of it goes to a file where asked.

use std::{
    collections::VecDeque,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader},
    process::Child,
    task::JoinSet,
    time::timeout,
};

/// How many lines are kept.
const KEPT_LINES: usize = 10;
/// How much of a line is kept, in characters.
const KEPT_CHARACTERS: usize = 400;
/// How long to wait for the last lines of a process that is gone.
const DRAIN_LIMIT: Duration = Duration::from_secs(1);

/// The output of one child process. Dropping it stops the reading.
#[derive(Debug)]
pub(super) struct Output {
    stdout: Lines,
    stderr: Lines,
    readers: JoinSet<()>,
}

/// The last lines of one pipe. Each has its own: the CLI says on one what is wrong, and then fills
/// the other with its usage.
type Lines = Arc<Mutex<VecDeque<String>>>;

impl Output {
    /// Begins to read what a child prints.
    pub(super) async fn capture(child: &mut Child, log: Option<&Path>) -> io::Result<Self> {
        let file = match log {
            Some(path) => Some(
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(path)
                    .await?,
            ),
            None => None,
        };
        let (stdout, stderr) = (Lines::default(), Lines::default());
        let mut readers = JoinSet::new();
        let other = match &file {
            Some(file) => Some(file.try_clone().await?),
            None => None,
        };
        if let Some(pipe) = child.stdout.take() {
            readers.spawn(read(pipe, file, Arc::clone(&stdout)));
        }
        if let Some(pipe) = child.stderr.take() {
            readers.spawn(read(pipe, other, Arc::clone(&stderr)));
        }
        Ok(Self {
            stdout,
            stderr,
            readers,
        })
    }

    /// The last lines, on one: those of standard error, where there are any.
    pub(super) fn last_lines(&self) -> String {
        [&self.stderr, &self.stdout]
            .map(joined)
            .into_iter()
            .find(|lines| !lines.is_empty())
            .unwrap_or_else(|| "it printed nothing".to_owned())
    }

    /// The last lines of a child that is gone.
    pub(super) async fn at_end(&mut self) -> String {
        let drained = async { while self.readers.join_next().await.is_some() {} };
        // A grandchild may hold the pipe open: what came so far will do then.
        let _ = timeout(DRAIN_LIMIT, drained).await;
        self.last_lines()
    }
}

fn joined(lines: &Lines) -> String {
    let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    lines.join(" | ")
}

async fn read(from: impl AsyncRead + Unpin, mut file: Option<File>, lines: Lines) {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = reader.read_until(b'\n', &mut line).await {
        if let Some(file) = &mut file {
            // A full disk must not stop the server.
            let _ = file.write_all(&line).await;
            let _ = file.flush().await;
        }
        let text: String = String::from_utf8_lossy(&line)
            .trim()
            .chars()
            .take(KEPT_CHARACTERS)
            .collect();
        line.clear();
        if text.is_empty() {
            continue;
        }
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(text);
    }
}
