//! Programs in Python, with the official SDK from PyPI in a virtual environment.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::fixture::soon;

const PACKAGE: &str = "temporalio==1.35.0";

/// A running program. It ends with the value that holds it.
pub(crate) struct Program {
    name: String,
    output: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Program {
    /// Runs `tests/python/{name}.py`.
    pub(crate) async fn start(name: &str, words: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
        let mut child = Command::new(python().await)
            .arg("-u")
            .arg(script.join(name).with_extension("py"))
            .args(words)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = child.stdout.take().expect("it is piped");
        Self {
            name: name.to_owned(),
            output: BufReader::new(output).lines(),
            _child: child,
        }
    }

    /// The next line that it prints.
    pub(crate) async fn line(&mut self) -> String {
        let what = format!("a line of {}", self.name);
        let line = soon(&what, self.output.next_line()).await.unwrap();
        line.unwrap_or_else(|| panic!("{} ended, and should have printed a line", self.name))
    }

    /// Waits for a line.
    pub(crate) async fn says(&mut self, expected: &str) {
        assert_eq!(self.line().await, expected, "{}", self.name);
    }
}

/// The Python of the environment, which is made where it is missing.
async fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = own
        .parent()
        .expect("it lies in the target folder")
        .join("e2e/python-streams");
    let program = folder.join("bin/python");
    fs::create_dir_all(&folder).unwrap();
    let lock = folder.with_extension("lock");
    let lock = tokio::task::spawn_blocking(move || {
        let file = File::create(lock)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    });
    let _lock = lock.await.unwrap().expect("a file system with locks");
    // It is written last: a folder without it was left half way.
    let stamp = folder.join("recipe.txt");
    if fs::read_to_string(&stamp).is_ok_and(|recipe| recipe == PACKAGE) {
        return program;
    }
    let folder = folder.to_str().expect("a path in UTF-8");
    run(Command::new("python3").args(["-m", "venv", "--clear", folder])).await;
    run(Command::new(&program).args(["-m", "pip", "install", "--quiet", PACKAGE])).await;
    fs::write(&stamp, PACKAGE).unwrap();
    program
}

async fn run(command: &mut Command) {
    let advice = "These tests need Python with its venv module, on Debian: apt-get install \
                  python3 python3-venv; and packages from PyPI";
    let output = command.output().await;
    let output = output.unwrap_or_else(|error| panic!("can't run {command:?}: {error}.\n{advice}"));
    assert!(
        output.status.success(),
        "{command:?} failed.\n{advice}.\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
