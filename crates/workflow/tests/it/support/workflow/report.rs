//! A workflow that reports faster than once a second.

use std::time::Duration;

use fast_temporal_workflow::prelude::*;

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Reports;

#[fast_temporal_workflow::workflow_methods]
impl Reports {
    #[run(name = "Reports")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, count: u32) -> WorkflowResult<()> {
        for number in 0..count {
            ctx.report(
                format!("step {number}"),
                f64::from(number) / f64::from(count),
            );
            ctx.report_value("number", &number);
            ctx.timer(Duration::from_millis(100)).await;
        }
        ctx.report("all said", 1.0);
        ctx.report_value("number", &Value::Null);
        Ok(())
    }
}
