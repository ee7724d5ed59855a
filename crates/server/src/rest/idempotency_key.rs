//! The header `Idempotency-Key`: an alternative to `request_id` or `update_id` in the body.

use axum::{extract::FromRequestParts, http::request::Parts};
use fast_temporal_protocol::ErrorBody;

use crate::{ApiError, App, error::invalid_field};

const HEADER: &str = "idempotency-key";

/// The value of the header, if it is present.
pub(crate) struct IdempotencyKey(Option<String>);

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let invalid = || invalid_field("Idempotency-Key: expected one header with ASCII text");
        let mut values = parts.headers.get_all(HEADER).iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => Some(value.to_str().map_err(|_| invalid())?.to_owned()),
            (Some(_), Some(_)) => return Err(invalid().into()),
        };
        Ok(Self(key))
    }
}

impl IdempotencyKey {
    /// Puts the key into the body's field, which can already contain the same.
    pub(super) fn fill(self, name: &str, field: &mut Option<String>) -> Result<(), ErrorBody> {
        let Some(key) = self.0 else { return Ok(()) };
        if field.as_ref().is_some_and(|given| *given != key) {
            return Err(invalid_field(format!(
                "{name}: differs from the header Idempotency-Key"
            )));
        }
        *field = Some(key);
        Ok(())
    }
}
