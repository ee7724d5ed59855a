//! Why a server gave no answer, and whether to ask it again.

use std::time::Duration;

use hyper::StatusCode;
use hyper_util::client::legacy;
use serde_json::Value;

/// How much of what a server says of an error is passed on, in characters.
const MAX_MESSAGE: usize = 300;

/// A server is asked again after a minute at most: somebody waits for the document.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Why a server gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// It was not reached.
    #[error("its server is not reached: {0}")]
    Unreachable(String),
    /// It keeps us waiting.
    #[error("its server said nothing for {} s", .0.as_secs())]
    Slow(Duration),
    /// The connection was lost before the answer's end.
    #[error("its server broke off: {0}")]
    BrokeOff(String),
    /// It answered with another status than 200.
    #[error("its server answers with {status}: {message}")]
    Status {
        /// The status.
        status: StatusCode,
        /// What the server says of it.
        message: String,
        /// When to ask again.
        retry_after: Option<Duration>,
    },
    /// The answer is longer than is taken.
    #[error("its server answers with more than {0} bytes")]
    TooLong(usize),
    /// There can be no such request: the key has characters that no header takes.
    #[error("there can be no such request: {0}")]
    Request(String),
}

impl HttpError {
    pub(super) fn status(status: StatusCode, after: Option<Duration>, body: &[u8]) -> Self {
        Self::Status {
            status,
            message: message(body),
            retry_after: after,
        }
    }

    /// Whether another try could go better. A server that is busy, or broken, may not be so for
    /// long; one that refuses the key, the model or the request will again.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Slow(_) | Self::BrokeOff(_) => true,
            Self::Status { status, .. } => {
                status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::REQUEST_TIMEOUT
                            | StatusCode::CONFLICT
                            | StatusCode::TOO_EARLY
                            | StatusCode::TOO_MANY_REQUESTS
                    )
            }
            Self::TooLong(_) | Self::Request(_) => false,
        }
    }

    /// When to ask again, where the server said so: within a minute, whatever it said.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => retry_after.map(|after| after.min(MAX_PAUSE)),
            _ => None,
        }
    }
}

impl From<legacy::Error> for HttpError {
    fn from(error: legacy::Error) -> Self {
        // The error itself says no more than that it is one.
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let cause = cause.to_string();
        if error.is_connect() {
            Self::Unreachable(cause)
        } else {
            Self::BrokeOff(cause)
        }
    }
}

/// What a server says of an error: the message in its JSON, else its text.
fn message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let json: Option<Value> = serde_json::from_str(&text).ok();
    let inner = json.as_ref().and_then(|json| {
        [
            json.pointer("/error/message"),
            json.get("error"),
            json.get("message"),
        ]
        .into_iter()
        .find_map(|value| value?.as_str())
    });
    let message = inner.unwrap_or(text.trim());
    if message.is_empty() {
        return "it says no more".to_owned();
    }
    message.chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: StatusCode) -> HttpError {
        HttpError::status(status, None, b"")
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_is_refused_is_not() {
        for code in [408, 409, 425, 429, 500, 502, 503, 504, 529] {
            let error = status(StatusCode::from_u16(code).expect("a status"));
            assert!(error.is_retryable(), "{error}");
        }
        for code in [301, 400, 401, 403, 404, 413, 422] {
            let error = status(StatusCode::from_u16(code).expect("a status"));
            assert!(!error.is_retryable(), "{error}");
        }
    }

    #[test]
    fn a_server_is_asked_again_within_a_minute() {
        for (said, expected) in [(5, 5), (86_400, 60)] {
            let said = Some(Duration::from_secs(said));
            let error = HttpError::status(StatusCode::TOO_MANY_REQUESTS, said, b"");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(expected)));
        }
    }

    #[test]
    fn the_server_s_own_words_are_passed_on_but_not_all_of_them() {
        for (body, expected) in [
            (r#"{"error":{"message":"no such model"}}"#, "no such model"),
            (r#"{"error":"loading"}"#, "loading"),
            (r#"{"message":"no"}"#, "no"),
            ("<html>", "<html>"),
            ("", "it says no more"),
        ] {
            assert_eq!(message(body.as_bytes()), expected);
        }
        assert_eq!(message(&[b'x'; 9000]).len(), MAX_MESSAGE);
    }
}
