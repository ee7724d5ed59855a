//! What a process has used so far, from Linux's `/proc`.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// The unit of CPU times in `/proc/PID/stat`: Linux shows programs 100 ticks a second everywhere.
const TICK: Duration = Duration::from_millis(10);

/// A process, by its id.
#[derive(Clone, Copy)]
pub struct Process {
    pid: u32,
}

impl Process {
    pub fn new(pid: u32) -> Self {
        Self { pid }
    }

    /// Resident memory, in bytes.
    pub fn rss_bytes(self) -> anyhow::Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: u64 = kib.context("no VmRSS in the status")?.parse()?;
        Ok(kib * 1024)
    }

    /// CPU time used by all threads, in the program and in the kernel for it.
    pub fn cpu_time(self) -> anyhow::Result<Duration> {
        let stat = self.read("stat")?;
        // The name in the second field may hold anything, brackets and blanks too.
        let (_, fields) = stat.rsplit_once(") ").context("no name in the stat")?;
        let ticks: u32 = fields
            .split(' ')
            .skip(11)
            .take(2)
            .map(str::parse::<u32>)
            .sum::<Result<u32, _>>()?;
        Ok(TICK * ticks)
    }

    fn read(self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.pid);
        fs::read_to_string(&path).with_context(|| format!("could not read {path}"))
    }
}

#[cfg(test)]
mod tests {
    use std::process::id;

    use super::Process;

    #[test]
    fn this_process_uses_memory() {
        assert!(Process::new(id()).rss_bytes().unwrap() > 1024);
        Process::new(id()).cpu_time().unwrap();
    }
}
