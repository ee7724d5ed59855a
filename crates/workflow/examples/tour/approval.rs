//! A workflow that waits for a person's decision, sent as a signal.
//!
//! While it waits: `temporal workflow signal -w approval --name decide --input '{"by":"Ada","yes":true}'`

use fast_temporal_workflow::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
pub struct Decision {
    by: String,
    yes: bool,
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct Approval {
    decision: Option<Decision>,
}

#[fast_temporal_workflow::workflow_methods]
impl Approval {
    #[run(name = "Approval")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, what: String) -> WorkflowResult<Value> {
        ctx.report(format!("waiting for a decision: {what}"), None);
        ctx.wait_condition(|state| state.decision.is_some()).await?;
        let decision = ctx.state(|state| state.decision.clone());
        let (status, by) = match decision {
            Some(Decision { by, yes: true }) => ("Done", by),
            Some(Decision { by, .. }) => ("Rejected", by),
            None => ("Rejected", "no one".to_owned()),
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
