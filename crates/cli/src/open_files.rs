//! How many files and sockets the process may have open. Each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit as far as the system allows without asking anybody, and gives the one that is
/// in force then; `None` where there is none, or nobody knows.
pub fn raise_limit() -> Option<u64> {
    /// What macOS takes where its hard limit is said to be none.
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
    fn the_limit_is_raised_as_far_as_it_goes_and_stays_there() {
        let limit = super::raise_limit();
        if cfg!(target_os = "linux") {
            assert_eq!(limit, getrlimit(Resource::Nofile).maximum);
        }
        assert_eq!(super::raise_limit(), limit);
    }
}
