//! What the attributes implement for a workflow.

use futures_util::{FutureExt, future::LocalBoxFuture};
use temporalio_workflow::{WorkflowContext, WorkflowResult};

use crate::{
    ActivityFailure, Base, signal,
    stream::{self, HasStream, Host},
};

/// A workflow with a base: `#[fast_temporal_workflow::workflow]` on its struct implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no base",
    label = "its struct lacks #[fast_temporal_workflow::workflow]"
)]
pub trait HasBase: Sized + 'static {
    /// The base.
    fn base(&self) -> &Base;
    /// The base, to change it.
    fn base_mut(&mut self) -> &mut Base;
}

/// What the base calls: `#[fast_temporal_workflow::workflow_methods]` on the workflow's impl block
/// implements it, by `#[on_activity_error]` and `#[on_cancel]` where these are there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no workflow with a base",
    label = "its impl block lacks #[fast_temporal_workflow::workflow_methods]"
)]
pub trait Hooks: HasBase {
    /// An activity failed for good. Returning an error fails the workflow by it, as is done where
    /// there is no hook.
    fn on_activity_error(
        ctx: WorkflowContext<Self>,
        failure: ActivityFailure,
    ) -> LocalBoxFuture<'static, WorkflowResult<()>> {
        drop(ctx);
        std::future::ready(Err(failure.into())).boxed_local()
    }

    /// The workflow was cancelled and is about to end as such.
    fn on_cancel(
        ctx: WorkflowContext<Self>,
        reason: Option<String>,
    ) -> LocalBoxFuture<'static, ()> {
        drop((ctx, reason));
        std::future::ready(()).boxed_local()
    }
}

impl<W: HasBase> HasStream for W {
    fn stream(&self) -> &Host {
        &self.base().stream
    }

    fn stream_mut(&mut self) -> &mut Host {
        &mut self.base_mut().stream
    }

    fn note_dropped(&mut self, error: String) {
        signal::note_dropped(self, stream::PUBLISH, error);
    }
}
