//! The activities of the cases' workflow.

use std::time::Duration;

use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use tokio::time::sleep;

/// The activities.
pub struct ConformActivities;

#[activities]
impl ConformActivities {
    /// Takes this number of milliseconds, and returns it.
    #[activity(name = "work")]
    pub async fn work(_ctx: ActivityContext, millis: u64) -> Result<u64, ActivityError> {
        sleep(Duration::from_millis(millis)).await;
        Ok(millis)
    }

    /// Fails in each attempt before that one, after a heartbeat.
    #[activity(name = "flaky")]
    pub async fn flaky(ctx: ActivityContext, succeeds_at: u32) -> Result<u32, ActivityError> {
        let attempt = ctx.info().attempt;
        ctx.record_heartbeat(format!("attempt {attempt}")).await?;
        sleep(Duration::from_millis(50)).await;
        if attempt < succeeds_at {
            return Err(anyhow::anyhow!("not yet").into());
        }
        Ok(attempt)
    }
}
