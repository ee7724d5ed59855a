//! The programs as people run them: command lines, settings, signals.
#![expect(clippy::tests_outside_test_module, reason = "all of this is tests")]

mod commands;
mod e2e;
mod reference;
mod serve;
mod support;
mod token;
