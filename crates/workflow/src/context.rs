//! What the base offers on a workflow's context.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use temporalio_workflow::{
    ContinueAsNewOptions, WorkflowContext, WorkflowResult, WorkflowTermination,
    common::{
        ActivityDefinition, WorkflowDefinition,
        data_converters::{RawValue, TemporalDeserializable, TemporalSerializable},
        error::ApplicationFailure,
    },
    workflows::WorkflowImplementation,
};

use crate::{
    BaseState, Hooks, ScheduleActivity,
    activity::Running,
    base::{ActivityView, DONE},
    carry, compensation, payload,
    state::encode_result,
};

/// What the base offers on a workflow's context: in `run`, async handlers, callbacks and hooks.
pub trait BaseContext<W: Hooks> {
    /// An activity by its name, in whatever language its worker is written. Its result is a JSON
    /// [`Value`] unless [`returns`](ScheduleActivity::returns) or a callback says otherwise.
    fn schedule_activity(&self, name: impl Into<String>) -> ScheduleActivity<W, Value>;

    /// A Rust activity with its argument, by the constant that `#[activities]` makes.
    fn schedule_typed<A>(&self, activity: A, input: A::Input) -> ScheduleActivity<W, A::Output>
    where
        A: ActivityDefinition,
        A::Input: TemporalSerializable + 'static,
        A::Output: TemporalDeserializable + 'static;

    /// All activities of this run.
    fn activities(&self) -> Vec<ActivityView>;

    /// Sets the workflow's result and completes it with the status `Done`, once
    /// [`finish`](Self::finish) sees it.
    fn set_result<T: TemporalSerializable + 'static>(&self, result: &T);

    /// Sets the workflow's result with a status, which clients see. With another status than
    /// `Done`, too, the workflow completes.
    ///
    /// # Panics
    /// Where the result can't be encoded. That fails the workflow's task, not the workflow.
    fn set_workflow_result<T: TemporalSerializable + 'static>(
        &self,
        result: &T,
        status: impl Into<String>,
    );

    /// Whether the workflow completes with the result of the next activity that completes.
    fn set_complete_workflow(&self, complete: bool);

    /// What [`set_complete_workflow`](Self::set_complete_workflow) set.
    fn get_complete_workflow(&self) -> bool;

    /// Keeps a value, also over [`continue_as_new_if_suggested`](Self::continue_as_new_if_suggested).
    ///
    /// # Panics
    /// Where the value can't be written as JSON. That fails the workflow's task, not the workflow.
    fn set_state<T: Serialize + ?Sized>(&self, key: impl Into<String>, value: &T);

    /// A value that was kept. One of another type is none, and a warning is logged.
    fn get_state<T: DeserializeOwned>(&self, key: &str) -> Option<T>;

    /// Forgets a value.
    fn remove_state(&self, key: &str);

    /// Says what the workflow is at, and how far, from 0 to 1. It goes to the memo, where Temporal's
    /// UI shows it and from where the gateway tells it as `status` events: at most once a second,
    /// and the last word always.
    fn report(&self, text: impl Into<String>, fraction: impl Into<Option<f64>>);

    /// Says something under a key of one's own, as [`report`](Self::report) does. `null` takes it back.
    /// More than 64 KiB of JSON is left out, and a warning logged.
    ///
    /// # Panics
    /// Where the value can't be written as JSON. That fails the workflow's task, not the workflow.
    fn report_value<T: Serialize + ?Sized>(&self, key: impl Into<String>, value: &T);

    /// Keeps how to undo what was just done, or is about to be. Should the workflow fail or be
    /// cancelled, all of these run, the last one first, and the workflow's cancellation does not
    /// reach their activities.
    fn on_failure<F, Fut>(&self, undo: F)
    where
        F: FnOnce(WorkflowContext<W>) -> Fut + 'static,
        Fut: Future<Output = WorkflowResult<()>> + 'static;

    /// Undoes now what [`on_failure`](Self::on_failure) kept, the last one first, and gives how many
    /// steps could not be undone. The memo's `not_undone` says why.
    fn roll_back(&self) -> impl Future<Output = usize>;

    /// Forgets what [`on_failure`](Self::on_failure) kept: there is no way back from here.
    fn commit(&self);

    /// Waits for the result and for all handlers, and returns the result: a `run` may consist of
    /// this alone. Fails with the first activity's failure that nobody took, and ends as cancelled
    /// when the workflow is.
    fn finish<T: TemporalDeserializable + 'static>(
        &self,
    ) -> impl Future<Output = WorkflowResult<T>>;

    /// Continues as a new run where Temporal suggests it, as the history has grown long: waits for
    /// all handlers, and takes the state along. Call it from `run`, where a loop begins anew; with
    /// `?`, as then it returns the new run as an error. It does nothing where a result is set, or
    /// while there are steps that might have to be undone: those can't go along.
    fn continue_as_new_if_suggested(
        &self,
        input: <W::Run as WorkflowDefinition>::Input,
    ) -> impl Future<Output = WorkflowResult<()>>
    where
        W: WorkflowImplementation;

    /// The same, whether it is suggested or not. Steps that [`on_failure`](Self::on_failure) kept are
    /// forgotten.
    fn continue_as_new_with_state(
        &self,
        input: <W::Run as WorkflowDefinition>::Input,
        options: ContinueAsNewOptions,
    ) -> impl Future<Output = WorkflowResult<std::convert::Infallible>>
    where
        W: WorkflowImplementation;
}

impl<W: Hooks> BaseContext<W> for WorkflowContext<W> {
    fn schedule_activity(&self, name: impl Into<String>) -> ScheduleActivity<W, Value> {
        ScheduleActivity::new(self.clone(), name.into(), Ok(RawValue::new(Vec::new())))
    }

    fn schedule_typed<A>(&self, activity: A, input: A::Input) -> ScheduleActivity<W, A::Output>
    where
        A: ActivityDefinition,
        A::Input: TemporalSerializable + 'static,
        A::Output: TemporalDeserializable + 'static,
    {
        let arguments = payload::encode(&input, self.payload_converter());
        ScheduleActivity::new(self.clone(), activity.name().to_owned(), arguments)
    }

    fn activities(&self) -> Vec<ActivityView> {
        self.state(|state| state.base().activities())
    }

    fn set_result<T: TemporalSerializable + 'static>(&self, result: &T) {
        self.set_workflow_result(result, DONE);
    }

    fn set_workflow_result<T: TemporalSerializable + 'static>(
        &self,
        result: &T,
        status: impl Into<String>,
    ) {
        let result = encode_result(result, self.payload_converter());
        let by = self.context_value::<Running>().map(|key| *key);
        let status = status.into();
        self.state_mut(|state| state.base_mut().ending.set(result, status, by));
    }

    fn set_complete_workflow(&self, complete: bool) {
        self.state_mut(|state| state.base_mut().ending.complete_next = complete);
    }

    fn get_complete_workflow(&self) -> bool {
        self.state(|state| state.base().ending.complete_next)
    }

    fn set_state<T: Serialize + ?Sized>(&self, key: impl Into<String>, value: &T) {
        self.state_mut(|state| state.base_mut().set_state(key.into(), value));
    }

    fn get_state<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.state(|state| state.base().get_state(key))
    }

    fn remove_state(&self, key: &str) {
        self.state_mut(|state| state.base_mut().remove_state(key));
    }

    fn report(&self, text: impl Into<String>, fraction: impl Into<Option<f64>>) {
        self.state_mut(|state| state.report(text, fraction));
    }

    fn report_value<T: Serialize + ?Sized>(&self, key: impl Into<String>, value: &T) {
        self.state_mut(|state| state.report_value(key, value));
    }

    fn on_failure<F, Fut>(&self, undo: F)
    where
        F: FnOnce(WorkflowContext<W>) -> Fut + 'static,
        Fut: Future<Output = WorkflowResult<()>> + 'static,
    {
        compensation::add(self, undo);
    }

    async fn roll_back(&self) -> usize {
        compensation::undo(self).await
    }

    fn commit(&self) {
        self.state_mut(|state| state.base_mut().undo.clear());
    }

    async fn finish<T: TemporalDeserializable + 'static>(&self) -> WorkflowResult<T> {
        self.wait_condition(|state| state.base().ending.is_known())
            .await?;
        // A reader that waits is a handler that has not finished.
        self.state_mut(|state| state.base_mut().stream.start_draining());
        let handlers = self.clone();
        self.wait_condition(move |_| handlers.all_handlers_finished())
            .await?;
        if let Some(failure) = self.state_mut(|state| state.base_mut().ending.take_failure()) {
            return Err(failure);
        }
        let result = self.state(|state| state.base().ending.result());
        let result = result.unwrap_or_else(payload::null);
        payload::decode(result, self.payload_converter()).map_err(|error| {
            let message = format!("the result that was set is not of the type of `run`: {error}");
            WorkflowTermination::from(
                ApplicationFailure::builder(message)
                    .type_name("ResultType".to_owned())
                    .non_retryable(true)
                    .build(),
            )
        })
    }

    async fn continue_as_new_if_suggested(
        &self,
        input: <W::Run as WorkflowDefinition>::Input,
    ) -> WorkflowResult<()>
    where
        W: WorkflowImplementation,
    {
        let goes_on = self.state(|state| {
            let base = state.base();
            base.undo.is_empty() && !base.ending.has_result()
        });
        if !goes_on || !self.continue_as_new_suggested() {
            return Ok(());
        }
        let options = ContinueAsNewOptions::default();
        match carry::continue_as_new(self, input, options).await? {}
    }

    async fn continue_as_new_with_state(
        &self,
        input: <W::Run as WorkflowDefinition>::Input,
        options: ContinueAsNewOptions,
    ) -> WorkflowResult<std::convert::Infallible>
    where
        W: WorkflowImplementation,
    {
        carry::continue_as_new(self, input, options).await
    }
}
