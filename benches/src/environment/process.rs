//! Processes: starting one for a run, waiting until it listens, and reading what it has used.

use std::{fs, net::SocketAddr, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    net::{TcpListener, TcpStream},
    process::Command,
    time::{Instant, sleep},
};

/// How long a process that was started can take to listen.
const START_LIMIT: Duration = Duration::from_mins(1);
/// The unit of CPU times in `/proc/PID/stat`: Linux shows programs 100 ticks a second everywhere.
const CLOCK_TICK: Duration = Duration::from_millis(10);

/// A process that was started for a run. Dropping it kills it. If the driver itself is killed, the driver's
/// own programs end as well, because their standard input closes.
pub struct Child(tokio::process::Child);

impl Child {
    /// Starts a process whose output goes to `<name>.log`, and waits until it listens.
    pub async fn listening(
        command: &mut Command,
        name: &str,
        logs: &Path,
        address: SocketAddr,
    ) -> Result<Self> {
        let child = Self::start(command, name, logs)?;
        let limit = Instant::now() + START_LIMIT;
        while let Err(error) = TcpStream::connect(address).await {
            if Instant::now() > limit {
                return Err(error).with_context(|| format!("{name} does not listen at {address}"));
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(child)
    }

    /// Starts a process whose output goes to `<name>.log`.
    pub fn start(command: &mut Command, name: &str, logs: &Path) -> Result<Self> {
        let file = logs.join(format!("{name}.log"));
        let log = fs::File::create(&file)
            .with_context(|| format!("could not write {}", file.display()))?;
        let child = command
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not start {name} ({command:?})"))?;
        Ok(Self(child))
    }

    pub fn process(&self) -> Result<Process> {
        let pid = self.0.id().context("the process has ended")?;
        Ok(Process { pid })
    }
}

/// Returns an address of the loopback on which nothing listens.
pub async fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    Ok(listener.context("no free port")?.local_addr()?)
}

/// A process, by its id.
#[derive(Clone, Copy)]
pub struct Process {
    pub pid: u32,
}

impl Process {
    /// Returns its resident memory, in bytes.
    pub fn rss_bytes(self) -> Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: u64 = kib.context("no VmRSS in the status")?.parse()?;
        Ok(kib * 1024)
    }

    /// Returns the CPU time that all threads have used, in the program and in the kernel for it.
    pub fn cpu_time(self) -> Result<Duration> {
        let stat = self.read("stat")?;
        // The name in the second field can contain anything, also brackets and blanks.
        let (_, fields) = stat.rsplit_once(") ").context("no name in the stat")?;
        let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u32>);
        Ok(CLOCK_TICK * ticks.sum::<Result<u32, _>>()?)
    }

    fn read(self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.pid);
        fs::read_to_string(&path).with_context(|| format!("could not read {path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory() {
        let process = Process {
            pid: std::process::id(),
        };
        assert!(process.rss_bytes().unwrap() > 1024);
        process.cpu_time().unwrap();
    }
}
