//! The activities of the recorded workflows.
#![expect(clippy::unused_async, reason = "the SDK's macro takes async functions")]

use std::time::Duration;

use serde_json::{Value, json};
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

pub struct Activities;

#[activities]
impl Activities {
    #[activity(name = "greet")]
    pub async fn greet(_ctx: ActivityContext, name: String) -> Result<Value, ActivityError> {
        Ok(json!({"greeting": format!("Hello, {name}!")}))
    }

    /// Fails before the given attempt.
    #[activity(name = "flaky")]
    pub async fn flaky(ctx: ActivityContext, succeed_at: u32) -> Result<u32, ActivityError> {
        let attempt = ctx.info().attempt;
        if attempt < succeed_at {
            return Err(failure("not yet", "NotYet", false).into());
        }
        Ok(attempt)
    }

    #[activity(name = "refuse")]
    pub async fn refuse(_ctx: ActivityContext, _amount: f64) -> Result<(), ActivityError> {
        Err(failure("card declined", "PaymentError", true).into())
    }

    #[activity(name = "sleep")]
    pub async fn sleep(_ctx: ActivityContext, seconds: u64) -> Result<(), ActivityError> {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(())
    }

    #[activity(name = "until_canceled")]
    pub async fn until_canceled(ctx: ActivityContext, (): ()) -> Result<(), ActivityError> {
        while !ctx.is_cancelled() {
            ctx.record_heartbeat("alive".to_owned()).await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(ActivityError::cancelled())
    }
}

/// A failure with a type and details.
pub(crate) fn failure(message: &str, name: &str, non_retryable: bool) -> ApplicationFailure {
    ApplicationFailure::builder(message.to_owned())
        .type_name(name.to_owned())
        .non_retryable(non_retryable)
        .build()
}
