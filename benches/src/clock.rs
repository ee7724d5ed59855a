//! The clock that the driver and the worker share: the machine's, as both run on one machine.
//! Microseconds, so that a time fits into JSON's numbers.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970.
pub fn now_us() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).expect("microseconds since 1970 fit for 500,000 years")
}
