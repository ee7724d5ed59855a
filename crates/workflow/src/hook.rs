//! The traits that the attributes implement for a workflow.

use futures_util::{FutureExt, future::LocalBoxFuture};
use temporalio_workflow::{WorkflowContext, WorkflowResult};

use crate::{
    ActivityFailure, Base,
    streaming::{handler::HasStream, wire::PUBLISH, workflow_stream::WorkflowStream},
};

/// A workflow with a base: `#[fast_temporal_workflow::workflow]` on its struct implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no base",
    label = "its struct lacks #[fast_temporal_workflow::workflow]"
)]
pub trait HasBase: Sized + 'static {
    /// Returns the base.
    fn base(&self) -> &Base;
    /// Returns the base for changes.
    fn base_mut(&mut self) -> &mut Base;
}

/// The hooks of a workflow with a base. `#[fast_temporal_workflow::workflow_methods]` on the
/// workflow's impl block implements them, with the methods marked `#[on_activity_error]` and
/// `#[on_cancel]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a workflow with a base",
    label = "its impl block lacks #[fast_temporal_workflow::workflow_methods]"
)]
pub trait Hooks: HasBase {
    /// Handles an activity that failed after its last attempt. An error fails the workflow, which
    /// is also the default.
    fn on_activity_error(
        ctx: WorkflowContext<Self>,
        failure: ActivityFailure,
    ) -> LocalBoxFuture<'static, WorkflowResult<()>> {
        drop(ctx);
        std::future::ready(Err(failure.into())).boxed_local()
    }

    /// Runs when the workflow is cancelled, before it closes.
    fn on_cancel(
        ctx: WorkflowContext<Self>,
        reason: Option<String>,
    ) -> LocalBoxFuture<'static, ()> {
        drop((ctx, reason));
        std::future::ready(()).boxed_local()
    }
}

impl<W: HasBase> HasStream for W {
    fn stream(&self) -> &WorkflowStream {
        &self.base().stream
    }

    fn stream_mut(&mut self) -> &mut WorkflowStream {
        &mut self.base_mut().stream
    }

    fn record_dropped(&mut self, error: String) {
        self.base_mut().record_dropped_signal(PUBLISH, error);
    }
}
