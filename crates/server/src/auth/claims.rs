//! From the verified claims of a token to a principal.

use std::sync::Arc;

use fast_temporal_core::{Permissions, Principal, owner::MAX_SUBJECT_BYTES};
use fast_temporal_protocol::ErrorBody;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::auth_config::JwtConfig;
use crate::error::unauthenticated;

/// A token's claims.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn principal(
        &self,
        config: &JwtConfig,
        now: Timestamp,
    ) -> Result<Principal, ErrorBody> {
        let leeway = SignedDuration::try_from(config.leeway).unwrap_or(SignedDuration::MAX);
        if let Some(issued_at) = self.time("iat")?
            && issued_at.duration_since(now) > leeway
        {
            return Err(unauthenticated("the token is not valid yet (iat)"));
        }
        let end = self
            .time("exp")?
            .ok_or_else(|| unauthenticated("the token has no expiry (exp)"))?;
        let subject = self.subject(&config.subject_claim)?;
        let permissions = self.permissions(config)?;
        if subject.is_none() && permissions.is_none() {
            let claim = &config.subject_claim;
            return Err(unauthenticated(format!("the token has no `{claim}` claim")));
        }
        Ok(Principal {
            subject,
            backend: Some(self.backend().into()),
            permissions: permissions.unwrap_or_else(|| Arc::clone(&config.permissions)),
            // Within the leeway an expired token is accepted, for the rest of the leeway.
            expires_at: Some(if end > now {
                end
            } else {
                end.saturating_add(leeway).unwrap_or(Timestamp::MAX)
            }),
        })
    }

    /// A claim that is present and not `null`.
    fn get(&self, claim: &str) -> Option<&Value> {
        self.0.get(claim).filter(|value| !value.is_null())
    }

    fn subject(&self, claim: &str) -> Result<Option<Arc<str>>, ErrorBody> {
        match self.get(claim) {
            None => Ok(None),
            Some(Value::String(subject)) if (1..=MAX_SUBJECT_BYTES).contains(&subject.len()) => {
                Ok(Some(subject.as_str().into()))
            }
            Some(_) => Err(unauthenticated(format!(
                "invalid `{claim}` claim: expected 1 to {MAX_SUBJECT_BYTES} bytes of text"
            ))),
        }
    }

    /// The client that the issuer gave the token to (RFC 9068, 2.2).
    fn backend(&self) -> String {
        let text = |claim| self.get(claim).and_then(Value::as_str).unwrap_or_default();
        // As JSON, so that two different pairs never read the same.
        format!("jwt:{}", Value::from(vec![text("iss"), text("client_id")]))
    }

    fn permissions(&self, config: &JwtConfig) -> Result<Option<Arc<Permissions>>, ErrorBody> {
        let claim = &config.permissions_claim;
        let permissions = self.get(claim).map(|value| {
            let permissions = Permissions::from_json(value, &config.permissions);
            permissions.map(Arc::new)
        });
        permissions
            .transpose()
            .map_err(|error| unauthenticated(format!("invalid `{claim}` claim: {error}")))
    }

    /// A time in seconds since 1970, possibly with a fraction. A time that the calendar cannot represent
    /// becomes its last one.
    fn time(&self, claim: &str) -> Result<Option<Timestamp>, ErrorBody> {
        let Some(value) = self.get(claim) else {
            return Ok(None);
        };
        let seconds = value.as_f64();
        let seconds = seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
        let seconds = seconds.ok_or_else(|| {
            unauthenticated(format!(
                "invalid `{claim}` claim: expected a number of seconds"
            ))
        })?;
        let since_1970 = SignedDuration::try_from_secs_f64(seconds).ok();
        let time = since_1970.and_then(|since| Timestamp::from_duration(since).ok());
        Ok(Some(time.unwrap_or(Timestamp::MAX)))
    }
}
