//! Edge cases of the base, selected by name.

use std::time::Duration;

use fast_temporal_workflow::{Hooks, ScheduleActivity, prelude::*};

fn rejected() -> WorkflowTermination {
    let failure = ApplicationFailure::builder("rejected").type_name("Rejected".to_owned());
    failure.build().into()
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct EdgeCase;

#[fast_temporal_workflow::workflow_methods]
impl EdgeCase {
    #[run(name = "EdgeCase")]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        case: String,
    ) -> WorkflowResult<Value> {
        match &*case {
            "a result of another type" => {
                book(ctx, "flight");
                let greet = ctx.schedule_activity("greet").arg(&"Ada");
                greet.returns::<u64>().await;
            }
            "an unhandled failure, then a result" => {
                ctx.schedule_activity("reject").arg(&"no funds").await;
                return Ok(json!("continued"));
            }
            "an unhandled failure, then continue-as-new" => {
                ctx.schedule_activity("reject").arg(&"no funds").await;
                next(ctx, case).await?;
            }
            "a result, then continue-as-new" => {
                if ctx.get_state::<bool>("is_next").is_none() {
                    ctx.set_state("is_next", &true);
                    ctx.set_workflow_result(&"of the first run", "Rejected");
                    next(ctx, case).await?;
                }
            }
            "the next activity completes, then continue-as-new" => {
                if ctx.get_state::<bool>("is_next").is_none() {
                    ctx.set_state("is_next", &true);
                    ctx.set_complete_workflow(true);
                    next(ctx, case).await?;
                }
                assert!(ctx.get_complete_workflow());
                ctx.schedule_activity("greet").arg(&"Ada").await;
            }
            "a callback that fails" => {
                let greet = ctx.schedule_activity("greet").arg(&"Ada");
                let greet = greet.callback(|_, _: String| async { Err::<(), _>(rejected()) });
                greet.await;
            }
            "a callback, and another result type" => {
                let greet = ctx.schedule_activity("greet").arg(&"Ada");
                let greet = greet.callback(|ctx, name: String| async move {
                    ctx.set_state("name", &name);
                    Ok(name.len())
                });
                let result: Option<Value> = greet.returns().await;
                let kept: Option<String> = ctx.get_state("name");
                ctx.remove_state("name");
                let removed: Option<String> = ctx.get_state("name");
                ctx.set_result(&json!({"result": result, "kept": kept, "removed": removed}));
            }
            "rolled back during cancellation" => {
                book(ctx, "flight");
                ctx.on_failure(|ctx| async move {
                    // Awaited without `result`, and it fails: so the compensation fails.
                    ctx.schedule_activity("reject").arg(&"the hotel").await;
                    Ok(())
                });
                let linger = linger(ctx).result().await;
                assert!(linger.unwrap_err().is_canceled());
                let left = ctx.roll_back().await;
                return Ok(json!({"not_undone": left}));
            }
            "failed after commit" => {
                book(ctx, "flight");
                ctx.commit();
                let reject = ctx.schedule_activity("reject").arg(&"no funds");
                reject.result().await?;
            }
            _ => return Err(rejected()),
        }
        ctx.finish().await
    }

    /// Not compiled, so the attribute must not call it.
    #[cfg(any())]
    #[on_cancel]
    async fn never(ctx: &mut WorkflowContext<Self>) {}
}

/// An activity that soon notices its cancellation.
fn linger<W: Hooks>(ctx: &WorkflowContext<W>) -> ScheduleActivity<W, Value> {
    let linger = ctx.schedule_activity("linger");
    linger.heartbeat_timeout(Duration::from_secs(2))
}

fn book(ctx: &WorkflowContext<EdgeCase>, what: &'static str) {
    ctx.on_failure(move |ctx| async move {
        let note = ctx.schedule_activity("note").arg(&format!("cancel {what}"));
        note.result().await?;
        Ok(())
    });
}

async fn next(ctx: &WorkflowContext<EdgeCase>, case: String) -> WorkflowResult<()> {
    let next = ctx.continue_as_new_with_state(case, ContinueAsNewOptions::default());
    match next.await? {}
}

/// A workflow whose hooks fail.
#[fast_temporal_workflow::workflow]
pub(crate) struct Hooked {
    lingers: bool,
}

#[fast_temporal_workflow::workflow_methods]
impl Hooked {
    #[init]
    fn new(_ctx: &WorkflowContextView, lingers: bool) -> Self {
        Hooked { lingers }
    }

    #[run(name = "Hooked")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        if ctx.state(|state| state.lingers) {
            linger(ctx).await;
        } else {
            ctx.schedule_activity("reject").arg(&"no funds").await;
        }
        ctx.finish().await
    }

    #[on_activity_error]
    async fn reject(
        ctx: &mut WorkflowContext<Self>,
        failure: ActivityFailure,
    ) -> WorkflowResult<()> {
        ctx.set_workflow_result(&failure.to_string(), "HookResult");
        Err(rejected())
    }

    #[on_cancel]
    async fn clean_up(ctx: &mut WorkflowContext<Self>) {
        ctx.schedule_activity("reject").arg(&"to clean up").await;
    }
}
