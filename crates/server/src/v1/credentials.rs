//! Whom a connection speaks for, and until when.

use std::future::pending;

use fast_temporal_core::Principal;
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use tokio::time::{Duration, Instant};

use crate::auth::{Due, Expiry};

/// Whom a connection speaks for, and until when.
pub(super) enum Credentials {
    /// None came yet. They must by then.
    Missing(Instant),
    /// These were accepted.
    Accepted(Principal, Expiry),
}

impl Credentials {
    pub(super) fn new(principal: Option<Principal>, auth_timeout: Duration) -> Self {
        match principal {
            Some(principal) => Self::accepted(principal),
            None => Self::Missing(Instant::now() + auth_timeout),
        }
    }

    fn accepted(principal: Principal) -> Self {
        let expiry = Expiry::of(&principal);
        Self::Accepted(principal, expiry)
    }

    /// Whom the connection speaks for.
    ///
    /// # Errors
    /// No credentials came yet.
    pub(super) fn principal(&self) -> Result<&Principal, ErrorBody> {
        match self {
            Self::Accepted(principal, _) => Ok(principal),
            Self::Missing(_) => Err(ErrorBody::new(
                ErrorCode::Unauthenticated,
                "credentials are needed: send them with the operation auth",
            )),
        }
    }

    /// Whether the connection may go on with other credentials.
    ///
    /// # Errors
    /// They are somebody else's.
    pub(super) fn check_subject(&self, principal: &Principal) -> Result<(), ErrorBody> {
        if let Self::Accepted(present, _) = self
            && present.subject != principal.subject
        {
            return Err(ErrorBody::new(
                ErrorCode::Forbidden,
                "a connection speaks for one subject: open another one for others",
            ));
        }
        Ok(())
    }

    /// Goes on with other credentials.
    pub(super) fn take(&mut self, principal: Principal) {
        *self = Self::accepted(principal);
    }

    /// What came can't be checked right now: there is as much time as at first to bring it again.
    pub(super) fn wait_on(&mut self, auth_timeout: Duration) {
        if let Self::Missing(by) = self {
            *by = Instant::now() + auth_timeout;
        }
    }

    /// When the connection is closed if no credentials come.
    pub(super) fn wanted_by(&self) -> Option<Instant> {
        match self {
            Self::Missing(by) => Some(*by),
            Self::Accepted(..) => None,
        }
    }

    /// Waits until they end, or are about to. Dropping the future loses nothing.
    pub(super) async fn due(&mut self) -> Due {
        match self {
            Self::Missing(_) => pending().await,
            Self::Accepted(_, expiry) => expiry.due().await,
        }
    }
}
