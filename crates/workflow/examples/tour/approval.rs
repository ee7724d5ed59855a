//! A workflow that waits for a person's decision, sent as a signal.
//!
//! Requires a Temporal server at localhost:7233: `temporal server start-dev`. While the example
//! waits: `temporal workflow signal -w approval --name decide --input '{"by":"Ada","yes":true}'`
#![allow(
    clippy::print_stdout,
    clippy::unused_async,
    reason = "an example prints, and the SDK's macros accept only async functions"
)]

#[path = "shared/worker.rs"]
mod worker;

use fast_temporal_workflow::prelude::*;
use serde::{Deserialize, Serialize};
use temporalio_sdk::WorkerOptions;

#[derive(Clone, Serialize, Deserialize)]
struct Decision {
    by: String,
    yes: bool,
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct Approval {
    decision: Option<Decision>,
}

#[fast_temporal_workflow::workflow_methods]
impl Approval {
    #[run(name = "Approval")]
    async fn run(ctx: &mut WorkflowContext<Self>, what: String) -> WorkflowResult<Value> {
        ctx.report(format!("waiting for a decision: {what}"), None);
        ctx.wait_condition(|state| state.decision.is_some()).await?;
        let decision = ctx.state(|state| state.decision.clone());
        let (status, by) = match decision {
            Some(Decision { by, yes: true }) => ("Done", by),
            Some(Decision { by, .. }) => ("Rejected", by),
            None => ("Rejected", "nobody".to_owned()),
        };
        ctx.set_workflow_result(&json!({ "what": what, "by": by }), status);
        ctx.finish().await
    }

    /// Records the first decision. A signal that does not decode is dropped: see the query
    /// `get_dropped_signals`.
    #[signal(name = "decide")]
    fn decide(&mut self, _ctx: &mut SyncWorkflowContext<Self>, decision: Decision) {
        self.decision.get_or_insert(decision);
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = worker::connect().await?;
    let options = WorkerOptions::new("approvals")
        .register_workflow::<Approval>()?
        .build();
    let what = "delete the archive".to_owned();
    let result = worker::run_as(&client, options, "approval", Approval::run, what).await?;
    println!("{result}");
    Ok(())
}
