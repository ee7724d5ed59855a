//! What the tests share: golden files, sample values and strategies for property tests.

pub mod event_strategy;
pub mod golden;
pub mod sample;
pub mod strategy;
