//! Figures for people: counts as fractions, and fractions as text.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are shown with three digits; every count here is far below 2^52"
)]

use std::time::Duration;

/// Returns `a / b`, or `None` if `b` is 0.
pub fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| a / b)
}

/// Returns a number of things per second, or 0 if no time passed.
pub fn per_second(count: impl TryInto<u64>, elapsed: Duration) -> f64 {
    ratio(fraction(count), elapsed.as_secs_f64()).unwrap_or(0.0)
}

/// Returns a count as a fraction.
pub fn fraction(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

/// Returns the whole number next to a fraction that is not negative.
pub fn whole(fraction: f64) -> u64 {
    fraction.round() as u64
}

/// Returns a fraction with a number of digits, or `-` if it is unknown.
pub fn text(figure: impl Into<Option<f64>>, digits: usize) -> String {
    let figure = figure.into();
    figure.map_or("-".to_owned(), |figure| format!("{figure:.digits$}"))
}

/// Returns bytes as MiB with one digit.
pub fn mib(bytes: Option<u64>) -> String {
    text(bytes.map(|bytes| fraction(bytes) / 1024.0 / 1024.0), 1)
}
