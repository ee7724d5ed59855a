//! Signals, updates and errors with types.
#![expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    reason = "validators borrow the workflow and the argument, whether they need to or not"
)]

use std::error::Error;

use fast_temporal_workflow::prelude::*;

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Messages {
    total: u32,
}

#[fast_temporal_workflow::workflow_methods]
impl Messages {
    #[run(name = "Messages")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<u32> {
        ctx.finish().await
    }

    #[signal]
    pub(crate) fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, amount: u32) {
        self.total += amount;
        self.report(format!("{} so far", self.total), None);
    }

    #[signal(name = "add_later")]
    async fn later(ctx: &mut WorkflowContext<Self>, amount: u32) {
        let added = ctx.schedule_activity("add").arg(&amount).arg(&0).await;
        let added = added.and_then(|added| added.as_u64()).unwrap();
        ctx.state_mut(|state| state.total += u32::try_from(added).unwrap());
    }

    #[signal]
    pub(crate) fn stop(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        let total = self.total;
        self.set_workflow_result(&total, "Done");
    }

    #[update(name = "order")]
    fn order(
        &mut self,
        _ctx: &mut SyncWorkflowContext<Self>,
        amount: u32,
    ) -> Result<u32, Box<dyn Error + Send + Sync>> {
        if amount > self.total {
            let failure = ApplicationFailure::builder("sold out").type_name("SoldOut".to_owned());
            return Err(failure.non_retryable(true).build().into());
        }
        Ok(self.total - amount)
    }

    #[update_validator(order)]
    fn check_order(
        &self,
        _ctx: &WorkflowContextView,
        amount: &u32,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        if *amount > 0 {
            return Ok(());
        }
        let failure =
            ApplicationFailure::builder("order something").type_name("Nothing".to_owned());
        Err(failure.build().into())
    }

    #[query]
    fn half(&self, _ctx: &WorkflowContextView) -> Result<u32, Box<dyn Error + Send + Sync>> {
        if self.total.is_multiple_of(2) {
            return Ok(self.total / 2);
        }
        let failure = ApplicationFailure::builder("an odd total").type_name("Odd".to_owned());
        Err(failure.build().into())
    }

    #[query(name = "share")]
    fn shared(
        &self,
        _ctx: &WorkflowContextView,
        between: u32,
    ) -> Result<u32, Box<ApplicationFailure>> {
        self.total.checked_div(between).ok_or_else(|| {
            let failure = ApplicationFailure::builder("unknown").type_name("Unknown".to_owned());
            Box::new(failure.non_retryable(true).build())
        })
    }

    #[query]
    fn total(&self, _ctx: &WorkflowContextView) -> u32 {
        self.total
    }
}
