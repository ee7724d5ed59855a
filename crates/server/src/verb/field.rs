//! What single fields may hold.

use std::time::Duration;

use fast_temporal_protocol::{ErrorBody, ErrorCode, path::MAX_WORKFLOW_ID_BYTES};

/// The longest reason, in bytes: Temporal's limit.
const MAX_REASON_BYTES: usize = 1000;
/// The longest time that can be asked for, in seconds: a hundred years or so.
const MAX_SECONDS: f64 = 3_153_600_000.0;

/// An error for a field whose value can't be taken.
pub(super) fn invalid(message: impl Into<String>) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidField, message.into())
}

/// Checks a text that names something: 1 to so many bytes, and no control characters, which some
/// of Temporal's databases public_error.
pub(crate) fn check_name(field: &str, text: &str, max_bytes: usize) -> Result<(), ErrorBody> {
    if (1..=max_bytes).contains(&text.len()) && !text.contains(char::is_control) {
        Ok(())
    } else {
        Err(invalid(format!(
            "{field}: must have 1 to {max_bytes} bytes, and no control characters"
        )))
    }
}

/// Checks a run's id.
pub(super) fn check_run_id(run_id: Option<&str>) -> Result<(), ErrorBody> {
    run_id.map_or(Ok(()), |run_id| {
        check_name("run_id", run_id, MAX_WORKFLOW_ID_BYTES)
    })
}

/// The reason for ending a workflow; empty where there is none.
pub(super) fn reason(reason: Option<String>) -> Result<String, ErrorBody> {
    let reason = reason.unwrap_or_default();
    if reason.len() > MAX_REASON_BYTES {
        return Err(invalid(format!(
            "reason: must have at most {MAX_REASON_BYTES} bytes"
        )));
    }
    Ok(reason)
}

/// A length of time, rounded up to whole milliseconds; `None` where it is absent or 0, which
/// Temporal takes for no limit.
pub(super) fn seconds(field: &str, seconds: Option<f64>) -> Result<Option<Duration>, ErrorBody> {
    let Some(seconds) = seconds else {
        return Ok(None);
    };
    if !(0.0..=MAX_SECONDS).contains(&seconds) {
        return Err(invalid(format!(
            "{field}: must be seconds, from 0 to {MAX_SECONDS}"
        )));
    }
    let rounded = Duration::from_secs_f64((seconds * 1000.0).ceil() / 1000.0);
    Ok((!rounded.is_zero()).then_some(rounded))
}
