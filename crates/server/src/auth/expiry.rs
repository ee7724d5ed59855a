//! The end of credentials, as a session lives to see it.

use std::{future::pending, pin::Pin, time::Duration};

use fast_temporal_core::Principal;
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use jiff::Timestamp;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long before the end a client is told.
const WARNING: Duration = Duration::from_secs(30);
const HUNDRED_YEARS: Duration = Duration::from_hours(100 * 365 * 24);

/// When a session's credentials end. It is small where they don't.
#[derive(Default)]
pub(crate) struct Expiry(Option<Box<Ending>>);

struct Ending {
    expires_at: Timestamp,
    over_at: Instant,
    timer: Pin<Box<Sleep>>,
    warned: bool,
}

/// What it is time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// To tell the client that its credentials end then. Once, 30 s before, or at once.
    Warning(Timestamp),
    /// To end.
    Over,
}

impl Expiry {
    pub(crate) fn of(principal: &Principal) -> Self {
        Self(principal.expires_at.map(|expires_at| {
            let left = expires_at.duration_since(Timestamp::now());
            let left = Duration::try_from(left).unwrap_or_default();
            // Ends beyond all clocks are as good as this one.
            let left = left.min(HUNDRED_YEARS);
            let now = Instant::now();
            let over_at = now + left;
            let warn_at = now + left.saturating_sub(WARNING);
            Box::new(Ending {
                expires_at,
                over_at,
                timer: Box::pin(sleep_until(warn_at)),
                warned: false,
            })
        }))
    }

    /// Waits until something is due: the warning, and then the end. Never, where the credentials
    /// don't end. Nothing is lost where it is dropped while it waits.
    pub(crate) async fn due(&mut self) -> Due {
        let Some(ending) = &mut self.0 else {
            return pending().await;
        };
        ending.timer.as_mut().await;
        if ending.warned {
            return Due::Over;
        }
        ending.warned = true;
        ending.timer.as_mut().reset(ending.over_at);
        Due::Warning(ending.expires_at)
    }

    /// Waits for the end, past the warning.
    pub(crate) async fn over(&mut self) {
        while self.due().await != Due::Over {}
    }

    /// What a client is told whose credentials are about to end, or have ended.
    pub(crate) fn error() -> ErrorBody {
        ErrorBody::new(
            ErrorCode::TokenExpired,
            "the credentials end: come back with new ones",
        )
    }
}
