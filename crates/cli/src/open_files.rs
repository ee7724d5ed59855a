//! The limit on the process's open files. Each connection needs one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit to the maximum that the system permits, and returns the new limit. `None` if there is no limit, or if
/// it is unknown.
pub fn raise_limit() -> Option<u64> {
    /// The maximum on macOS, even if its hard limit is unlimited.
    const OPEN_MAX: u64 = 10240;

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    for wanted in [maximum, Some(OPEN_MAX)] {
        let more = match (current, wanted) {
            (Some(current), Some(wanted)) => wanted > current,
            (current, _) => current.is_some(),
        };
        let limit = Rlimit {
            current: wanted,
            maximum,
        };
        if more && setrlimit(Resource::Nofile, limit).is_ok() {
            break;
        }
    }
    getrlimit(Resource::Nofile).current
}

#[cfg(test)]
mod tests {
    use rustix::process::{Resource, getrlimit};

    #[test]
    fn raising_the_limit_twice_keeps_the_maximum() {
        let limit = super::raise_limit();
        if cfg!(target_os = "linux") {
            assert_eq!(limit, getrlimit(Resource::Nofile).maximum);
        }
        assert_eq!(super::raise_limit(), limit);
    }
}
