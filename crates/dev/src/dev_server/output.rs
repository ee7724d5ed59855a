//! The last lines that the dev server printed, for error messages.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::Child,
    task::JoinSet,
    time::timeout,
};

const MAX_LINES: usize = 10;
const MAX_LINE_CHARACTERS: usize = 400;
/// How long to wait for the last lines of an ended process: a grandchild can keep the pipe open.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The output of one child process. Dropping it ends the reading.
#[derive(Debug)]
pub(super) struct Output {
    stdout: Lines,
    stderr: Lines,
    readers: JoinSet<()>,
}

/// The last lines of one pipe. Each pipe has its own: the CLI prints an error to one, and then
/// its whole usage to the other.
type Lines = Arc<Mutex<VecDeque<String>>>;

impl Output {
    /// Starts to read a child's output.
    pub(super) fn capture(child: &mut Child) -> Self {
        let (stdout, stderr) = (Lines::default(), Lines::default());
        let mut readers = JoinSet::new();
        if let Some(pipe) = child.stdout.take() {
            readers.spawn(read(pipe, Arc::clone(&stdout)));
        }
        if let Some(pipe) = child.stderr.take() {
            readers.spawn(read(pipe, Arc::clone(&stderr)));
        }
        Self {
            stdout,
            stderr,
            readers,
        }
    }

    /// Returns the last lines of standard error, or else of standard output, joined to one.
    pub(super) fn last_lines(&self) -> String {
        let joined = |lines: &Lines| Vec::from(lines.lock().clone()).join(" | ");
        [&self.stderr, &self.stdout]
            .map(joined)
            .into_iter()
            .find(|lines| !lines.is_empty())
            .unwrap_or_else(|| "it printed nothing".to_owned())
    }

    /// Returns the last lines of an ended child.
    pub(super) async fn at_end(&mut self) -> String {
        let drained = async { while self.readers.join_next().await.is_some() {} };
        let _ = timeout(DRAIN_TIMEOUT, drained).await;
        self.last_lines()
    }
}

async fn read(pipe: impl AsyncRead + Unpin, lines: Lines) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while let Ok(1..) = reader.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line);
        let text: String = text.trim().chars().take(MAX_LINE_CHARACTERS).collect();
        line.clear();
        if text.is_empty() {
            continue;
        }
        let mut lines = lines.lock();
        if lines.len() == MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(text);
    }
}
