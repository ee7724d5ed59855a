//! The methods of the base on a workflow's context.

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
    activity::execution::Running,
    base::{DONE, activity_record::ActivityView},
    compensation, continue_as_new, payload,
    state::encode_result,
};

/// The methods of the base on a workflow's context: in `run`, async handlers, callbacks and hooks.
pub trait BaseContext<W: Hooks> {
    /// Schedules an activity by name, in any language: by default with 60 s and one attempt. Its
    /// result is a JSON [`Value`] unless [`returns`](ScheduleActivity::returns) or a callback sets
    /// another type.
    fn schedule_activity(&self, name: impl Into<String>) -> ScheduleActivity<W, Value>;

    /// Schedules a Rust activity with its argument, by the constant that `#[activities]` defines:
    /// by default with 60 s and one attempt.
    fn schedule_typed<A>(&self, activity: A, input: A::Input) -> ScheduleActivity<W, A::Output>
    where
        A: ActivityDefinition,
        A::Input: TemporalSerializable + 'static,
        A::Output: TemporalDeserializable + 'static;

    /// Returns all activities of this run.
    fn activities(&self) -> Vec<ActivityView>;

    /// Sets the workflow's result with the status `Done`. The workflow completes when
    /// [`finish`](Self::finish) returns.
    fn set_result<T: TemporalSerializable + 'static>(&self, result: &T);

    /// Sets the workflow's result with a status that clients see. The workflow completes with any
    /// status, also `Failed`.
    ///
    /// # Panics
    /// If the result can't be encoded. A panic fails the workflow task, not the workflow.
    fn set_workflow_result<T: TemporalSerializable + 'static>(
        &self,
        result: &T,
        status: impl Into<String>,
    );

    /// Sets whether the workflow completes with the result of the next activity that completes.
    fn set_complete_workflow(&self, complete: bool);

    /// Returns the value that [`set_complete_workflow`](Self::set_complete_workflow) set.
    fn get_complete_workflow(&self) -> bool;

    /// Stores a value. It moves to the next run when the workflow continues as new.
    ///
    /// # Panics
    /// If the value can't be encoded as JSON. A panic fails the workflow task, not the workflow.
    fn set_state<T: Serialize + ?Sized>(&self, key: impl Into<String>, value: &T);

    /// Returns a stored value. A value that does not decode as `T` is `None`, and logs a warning:
    /// after a change of the type, `unwrap_or_default` restarts from the default.
    fn get_state<T: DeserializeOwned>(&self, key: &str) -> Option<T>;

    /// Removes a stored value.
    fn remove_state(&self, key: &str);

    /// Reports what the workflow is doing, and its progress from 0 to 1. The memo contains the
    /// latest report: Temporal's UI shows it, and the gateway sends it as a `status` event. The
    /// memo is updated at most once a second, and always before the workflow closes.
    ///
    /// **A report is a command.** Adding, removing or moving one in deployed code breaks the replay
    /// of running workflows unless `ctx.patched(…)` guards the change.
    fn report(&self, text: impl Into<String>, fraction: impl Into<Option<f64>>);

    /// Reports a value under another key, like [`report`](Self::report). `null` removes the key. A
    /// value of more than 64 KiB as JSON is dropped with a warning.
    ///
    /// # Panics
    /// If the value can't be encoded as JSON. A panic fails the workflow task, not the workflow.
    fn report_value<T: Serialize + ?Sized>(&self, key: impl Into<String>, value: &T);

    /// Keeps how to undo what was just done, or is about to be. Should the workflow fail or be
    /// cancelled, all of these run, the last one first, and the workflow's cancellation does not
    /// reach their activities.
    fn on_failure<F, Fut>(&self, undo: F)
    where
        F: FnOnce(WorkflowContext<W>) -> Fut + 'static,
        Fut: Future<Output = WorkflowResult<()>> + 'static;

    /// Runs all compensations now, the last one first, and returns how many failed. The memo's
    /// `not_undone` contains the errors.
    fn roll_back(&self) -> impl Future<Output = usize>;

    /// Removes all compensations: from here on, no step is undone.
    fn commit(&self);

    /// Waits for the result and for all handlers, and returns the result. `run` can consist of this
    /// call alone. Fails with the first activity failure that no hook handled, and returns a
    /// cancellation when the workflow is cancelled.
    fn finish<T: TemporalDeserializable + 'static>(
        &self,
    ) -> impl Future<Output = WorkflowResult<T>>;

    /// Continues as a new run if Temporal suggests it because the history is long: waits for all
    /// handlers, and passes the state to the next run. Call it from `run`, at the start or end of a
    /// loop, and apply `?`: it returns the new run as an error. It has no effect while a result is
    /// set, or while there are compensations, which can't move to the next run.
    fn continue_as_new_if_suggested(
        &self,
        input: <W::Run as WorkflowDefinition>::Input,
    ) -> impl Future<Output = WorkflowResult<()>>
    where
        W: WorkflowImplementation;

    /// Continues as a new run, whether Temporal suggests it or not. Compensations are removed.
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
        let set_by = self.context_value::<Running>().map(|key| *key);
        let status = status.into();
        self.state_mut(|state| state.base_mut().outcome.set_result(result, status, set_by));
    }

    fn set_complete_workflow(&self, complete: bool) {
        self.state_mut(|state| state.base_mut().outcome.complete_next = complete);
    }

    fn get_complete_workflow(&self) -> bool {
        self.state(|state| state.base().outcome.complete_next)
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
        compensation::run_all(self).await
    }

    fn commit(&self) {
        self.state_mut(|state| state.base_mut().compensations.clear());
    }

    async fn finish<T: TemporalDeserializable + 'static>(&self) -> WorkflowResult<T> {
        self.wait_condition(|state| state.base().outcome.is_known())
            .await?;
        // A waiting poll of the stream is an unfinished handler.
        self.state_mut(|state| state.base_mut().stream.start_draining());
        let handlers = self.clone();
        self.wait_condition(move |_| handlers.all_handlers_finished())
            .await?;
        if let Some(failure) = self.state_mut(|state| state.base_mut().outcome.take_failure()) {
            return Err(failure);
        }
        let result = self.state(|state| state.base().outcome.result());
        let result = result.unwrap_or_else(payload::null);
        payload::decode(result, self.payload_converter()).map_err(|error| {
            let message =
                format!("the workflow's result does not have the result type of `run`: {error}");
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
        let can_continue = self.state(|state| {
            let base = state.base();
            base.compensations.is_empty() && !base.outcome.has_result()
        });
        if !can_continue || !self.continue_as_new_suggested() {
            return Ok(());
        }
        let options = ContinueAsNewOptions::default();
        match continue_as_new::continue_as_new(self, input, options).await? {}
    }

    async fn continue_as_new_with_state(
        &self,
        input: <W::Run as WorkflowDefinition>::Input,
        options: ContinueAsNewOptions,
    ) -> WorkflowResult<std::convert::Infallible>
    where
        W: WorkflowImplementation,
    {
        continue_as_new::continue_as_new(self, input, options).await
    }
}
