//! The expiry of credentials during a connection.

use std::{future::pending, pin::Pin, time::Duration};

use fast_temporal_core::Principal;
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use jiff::Timestamp;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long before the expiry the client is warned.
const WARNING: Duration = Duration::from_secs(30);
const HUNDRED_YEARS: Duration = Duration::from_hours(100 * 365 * 24);

/// When a connection's credentials expire. Takes little memory if they never do.
#[derive(Default)]
pub(crate) struct Expiry(Option<Box<Deadline>>);

struct Deadline {
    expires_at: Timestamp,
    expires_at_instant: Instant,
    timer: Pin<Box<Sleep>>,
    warned: bool,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Warn the client that its credentials expire at this time. Once, 30 s before or at once.
    Warning(Timestamp),
    /// Close the connection.
    Expired,
}

impl Expiry {
    pub(crate) fn of(principal: &Principal) -> Self {
        Self(principal.expires_at.map(|expires_at| {
            let left = expires_at.duration_since(Timestamp::now());
            let left = Duration::try_from(left).unwrap_or_default();
            // Timers cannot represent later times.
            let left = left.min(HUNDRED_YEARS);
            let now = Instant::now();
            let expires_at_instant = now + left;
            let warn_at = now + left.saturating_sub(WARNING);
            Box::new(Deadline {
                expires_at,
                expires_at_instant,
                timer: Box::pin(sleep_until(warn_at)),
                warned: false,
            })
        }))
    }

    /// Waits until the warning is due, and then the expiry. Pends forever if the credentials never
    /// expire. Cancellation-safe.
    pub(crate) async fn due(&mut self) -> Due {
        let Some(deadline) = &mut self.0 else {
            return pending().await;
        };
        deadline.timer.as_mut().await;
        if deadline.warned {
            return Due::Expired;
        }
        deadline.warned = true;
        deadline.timer.as_mut().reset(deadline.expires_at_instant);
        Due::Warning(deadline.expires_at)
    }

    /// Waits for the expiry, ignoring the warning.
    pub(crate) async fn expired(&mut self) {
        while self.due().await != Due::Expired {}
    }

    /// The error for credentials that expire or have expired.
    pub(crate) fn error() -> ErrorBody {
        ErrorBody::new(
            ErrorCode::TokenExpired,
            "the credentials expire; reconnect with new ones",
        )
    }
}
