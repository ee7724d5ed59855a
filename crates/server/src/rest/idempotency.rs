//! The header `Idempotency-Key`: what the body may also say as `request_id` or `update_id`.

use axum::{extract::FromRequestParts, http::request::Parts};
use fast_temporal_protocol::{ErrorBody, ErrorCode};

use crate::{ApiError, App};

const HEADER: &str = "idempotency-key";

/// What the header says, where there is one.
pub(crate) struct IdempotencyKey(Option<String>);

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => Some(value.to_str().map_err(|_| unreadable())?.to_owned()),
            (Some(_), Some(_)) => return Err(unreadable()),
        };
        Ok(Self(key))
    }
}

impl IdempotencyKey {
    /// Puts it into the body's field, which may hold the same already.
    pub(super) fn fill(self, name: &str, field: &mut Option<String>) -> Result<(), ErrorBody> {
        let Some(key) = self.0 else { return Ok(()) };
        if field.as_ref().is_some_and(|given| *given != key) {
            let message = format!("{name}: is not what the header Idempotency-Key says");
            return Err(ErrorBody::new(ErrorCode::InvalidField, message));
        }
        *field = Some(key);
        Ok(())
    }
}

fn unreadable() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidField,
        "the header Idempotency-Key must be there once, in ASCII",
    )
}
