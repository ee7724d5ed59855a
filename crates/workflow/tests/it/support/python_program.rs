//! Python programs with Temporal's SDK, installed from PyPI in a virtual environment.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::test_env::soon;

const PACKAGE: &str = "temporalio==1.35.0";

/// A running program. It is killed when the value is dropped.
pub(crate) struct Program {
    name: String,
    output: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Program {
    /// Runs `tests/python/{name}.py`.
    pub(crate) async fn start(name: &str, arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
        let mut child = Command::new(python().await)
            .arg("-u")
            .arg(script.join(name).with_extension("py"))
            .args(arguments)
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

    /// Returns the next line that the program prints.
    pub(crate) async fn line(&mut self) -> String {
        let what = format!("a line of {}", self.name);
        let line = soon(&what, self.output.next_line()).await.unwrap();
        line.unwrap_or_else(|| panic!("{} ended instead of printing a line", self.name))
    }

    /// Asserts that the next line is the expected one.
    pub(crate) async fn expect_line(&mut self, expected: &str) {
        assert_eq!(self.line().await, expected, "{}", self.name);
    }
}

/// Returns the Python of the virtual environment, which is created if it is missing.
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
    // Written last: a folder without it is incomplete.
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
