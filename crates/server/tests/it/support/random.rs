//! Tests on random values, with a paused clock.

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestRunner},
};
use tokio::runtime::{Builder, Runtime};

/// Returns a runtime with a paused clock, for tests that use it for each of their values.
pub fn paused_runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

/// Runs a test with random values, and reports the simplest one that fails.
pub fn for_random<S: Strategy>(
    runtime: &Runtime,
    cases: u32,
    values: &S,
    test: impl AsyncFn(S::Value),
) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    let outcome = TestRunner::new(config).run(values, |value| {
        runtime.block_on(test(value));
        Ok(())
    });
    outcome.unwrap();
}
