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
    lines: Arc<Mutex<VecDeque<String>>>,
    readers: JoinSet<()>,
}

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
        let lines = Arc::default();
        let mut readers = JoinSet::new();
        let other = match &file {
            Some(file) => Some(file.try_clone().await?),
            None => None,
        };
        if let Some(stdout) = child.stdout.take() {
            readers.spawn(read(stdout, file, Arc::clone(&lines)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.spawn(read(stderr, other, Arc::clone(&lines)));
        }
        Ok(Self { lines, readers })
    }

    /// The last lines, on one.
    pub(super) fn last_lines(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() {
            return "it printed nothing".into();
        }
        lines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" | ")
    }

    /// The last lines of a child that is gone.
    pub(super) async fn at_end(&mut self) -> String {
        let drained = async { while self.readers.join_next().await.is_some() {} };
        // A grandchild may hold the pipe open: what came so far will do then.
        let _ = timeout(DRAIN_LIMIT, drained).await;
        self.last_lines()
    }
}

async fn read(
    from: impl AsyncRead + Unpin,
    mut file: Option<File>,
    lines: Arc<Mutex<VecDeque<String>>>,
) {
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
