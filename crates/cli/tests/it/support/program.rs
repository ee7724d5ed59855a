//! Runs the programs in a folder of their own, with only the environment that a test sets.

use std::{
    ffi::OsStr,
    fs::File,
    io::{BufRead, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// The time limit of everything that a test waits for.
const LIMIT: Duration = Duration::from_secs(20);

/// A setting: the address of Temporal, on which no server listens.
pub const UNAVAILABLE: (&str, &str) = ("TEMPORAL_ADDRESS", "127.0.0.1:1");

pub const FAST_TEMPORAL: &str = env!("CARGO_BIN_EXE_fast-temporal");
pub const FAST_TEMPORAL_RUN: &str = env!("CARGO_BIN_EXE_fast-temporal-run");

/// A folder to run programs in.
pub struct Folder(TempDir);

/// The exit code and the output of a program.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes `.env`.
    pub fn dotenv(&self, text: &str) {
        self.write(".env", text);
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a folder to write to");
    }

    fn command(&self, program: &str, args: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_clear();
        command.envs(
            environment
                .iter()
                .map(|(name, value)| (OsStr::new(name), OsStr::new(value))),
        );
        command
    }

    /// Runs a program until it exits.
    pub fn run(&self, program: &str, args: &[&str], environment: &[(&str, &str)]) -> Ended {
        self.run_on("", program, args, environment)
    }

    /// Like [`Folder::run`], with standard input.
    pub fn run_on(
        &self,
        input: &str,
        program: &str,
        args: &[&str],
        environment: &[(&str, &str)],
    ) -> Ended {
        self.write("input", input);
        let input = File::open(self.path().join("input")).expect("a file to read");
        let output = self
            .command(program, args, environment)
            .stdin(input)
            .output()
            .expect("the program runs");
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Starts a program that logs as JSON.
    pub fn start(&self, program: &str, args: &[&str], environment: &[(&str, &str)]) -> Running {
        let mut command = self.command(program, args, environment);
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Running { child, lines }
    }
}

/// A running program. Dropping it kills it.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Waits for a log line whose message contains `message`.
    pub fn logged(&self, message: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(LIMIT);
            let line = line.unwrap_or_else(|_| panic!("the program did not log {message:?}"));
            let Ok(value) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            if value["message"]
                .as_str()
                .is_some_and(|text| text.contains(message))
            {
                return value;
            }
        }
    }

    /// Waits until the gateway serves, and returns its address.
    pub fn serving(&self) -> SocketAddr {
        let line = self.logged("serving");
        line["address"]
            .as_str()
            .expect("the address")
            .parse()
            .expect("an address")
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(sent.expect("the kill program").success());
    }

    /// Waits until the program exits, and returns the exit code.
    pub fn ended(mut self) -> Option<i32> {
        // Standard error closes when the program exits.
        while self.lines.recv_timeout(LIMIT).is_ok() {}
        self.child.wait().expect("a child").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The program can have exited before.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Connects, with a read timeout.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, LIMIT).expect("a gateway that listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit");
    stream
}

/// Sends a GET request and returns the whole response, head and body.
pub fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = connect(address);
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a connection");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response
}
