//! An error and its causes on one line.

use std::error::Error;

use tonic::Status;

/// Joins an error's message and those of its causes. Skips a cause that an earlier message repeats.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let message = error
            .downcast_ref::<Status>()
            .map_or_else(|| error.to_string(), |status| status.message().to_owned());
        if !message.is_empty() && !text.contains(&message) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&message);
        }
        next = error.source();
    }
    text
}
