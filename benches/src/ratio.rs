//! Whole numbers to fractions, for figures that people read.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are shown with three digits; every count here is far below 2^52"
)]

/// `a / b`, or `None` if `b` is 0.
pub fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| a / b)
}

/// A count as a fraction.
pub fn fraction(count: u64) -> f64 {
    count as f64
}

/// A number of things as a fraction.
pub fn fraction_of(count: usize) -> f64 {
    count as f64
}

/// The whole number next to a fraction that is not negative.
pub fn whole(fraction: f64) -> u64 {
    fraction.round() as u64
}
