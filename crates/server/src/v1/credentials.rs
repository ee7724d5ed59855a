//! The credentials of a `v1` connection.

use fast_temporal_core::Principal;
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use tokio::time::{Duration, Instant};

/// The credentials of a connection.
pub(super) enum Credentials {
    /// None have been accepted yet. The connection is closed at the deadline.
    Missing { deadline: Instant },
    /// The connection acts for this principal.
    Accepted(Principal),
}

impl Credentials {
    pub(super) fn new(principal: Option<Principal>, auth_timeout: Duration) -> Self {
        match principal {
            Some(principal) => Self::Accepted(principal),
            None => Self::Missing {
                deadline: Instant::now() + auth_timeout,
            },
        }
    }

    /// Returns whom the connection acts for.
    ///
    /// # Errors
    /// `unauthenticated`: no credentials have been accepted yet.
    pub(super) fn principal(&self) -> Result<&Principal, ErrorBody> {
        match self {
            Self::Accepted(principal) => Ok(principal),
            Self::Missing { .. } => Err(ErrorBody::new(
                ErrorCode::Unauthenticated,
                "credentials are missing: send them with the operation auth",
            )),
        }
    }

    /// Checks that the connection can switch to other credentials.
    ///
    /// # Errors
    /// `forbidden`: they are of another subject.
    pub(super) fn check_subject(&self, principal: &Principal) -> Result<(), ErrorBody> {
        if let Self::Accepted(present) = self
            && present.subject != principal.subject
        {
            return Err(ErrorBody::new(
                ErrorCode::Forbidden,
                "the connection belongs to another subject: open one connection per subject",
            ));
        }
        Ok(())
    }

    /// Gives the client another `auth_timeout` for credentials that could not be checked.
    pub(super) fn extend_deadline(&mut self, auth_timeout: Duration) {
        if let Self::Missing { deadline } = self {
            *deadline = Instant::now() + auth_timeout;
        }
    }

    /// When the connection is closed if no credentials are accepted. `None` once some are.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Missing { deadline } => Some(*deadline),
            Self::Accepted(_) => None,
        }
    }
}
