//! The recorded scenarios.

use std::path::PathBuf;

use temporalio_client::{
    Client, UntypedSignal, UntypedUpdate, UntypedWorkflow, UntypedWorkflowHandle,
    WorkflowCancelOptions, WorkflowExecuteUpdateOptions, WorkflowExecutionInfo,
    WorkflowFetchHistoryOptions, WorkflowGetResultOptions, WorkflowSignalOptions,
    WorkflowStartOptions,
};
use temporalio_common::{
    data_converters::{PayloadConverter, RawValue},
    protos::temporal::api::history::v1::{History, HistoryEvent, history_event::Attributes},
};

use crate::{QUEUE, json};

type Handle = UntypedWorkflowHandle<Client>;

/// Runs each scenario and writes its history.
pub(crate) struct Recorder {
    client: Client,
    folder: PathBuf,
}

impl Recorder {
    pub(crate) fn new(client: Client, folder: PathBuf) -> Self {
        Self { client, folder }
    }

    pub(crate) async fn all(&self) -> anyhow::Result<()> {
        for (name, workflow, input) in [
            ("activities", "Activities", value("Ada")),
            ("local_activities", "LocalActivities", none()),
            ("timers", "Timers", none()),
            ("children", "Children", none()),
            ("failed", "Child", value("fail")),
        ] {
            let handle = self.run(workflow, input).await?;
            self.save(name, &handle).await?;
        }
        self.canceled().await?;
        self.memo().await?;
        self.messages().await
    }

    async fn canceled(&self) -> anyhow::Result<()> {
        let handle = self.start("Child", value("wait")).await?;
        handle
            .cancel(
                WorkflowCancelOptions::builder()
                    .reason("no longer needed".to_owned())
                    .build(),
            )
            .await?;
        finish(&handle).await;
        self.save("canceled", &handle).await?;
        Ok(())
    }

    async fn memo(&self) -> anyhow::Result<()> {
        let handle = self.run("Memo", value(1)).await?;
        let events = self.save("memo_1", &handle).await?;
        let Some(Attributes::WorkflowExecutionContinuedAsNewEventAttributes(last)) =
            events.last().and_then(|event| event.attributes.as_ref())
        else {
            anyhow::bail!("the workflow did not continue as new");
        };
        let id = handle.info().workflow_id.clone();
        let second = WorkflowExecutionInfo::builder()
            .namespace("default")
            .workflow_id(id)
            .run_id(last.new_execution_run_id.clone())
            .build()
            .bind_untyped(self.client.clone());
        self.save("memo_2", &second).await?;
        Ok(())
    }

    async fn messages(&self) -> anyhow::Result<()> {
        let handle = self.start("Messages", none()).await?;
        let signal = |name: &str, input| {
            let signal = UntypedSignal::new(name.to_owned());
            handle.signal(signal, input, WorkflowSignalOptions::default())
        };
        signal("note", value("first")).await?;
        for text in ["second", "fail", "refused"] {
            // Failed and rejected updates are errors here.
            let _ = handle
                .execute_update(
                    UntypedUpdate::new("add"),
                    value(text),
                    WorkflowExecuteUpdateOptions::builder()
                        .update_id(format!("add-{text}"))
                        .build(),
                )
                .await;
        }
        signal("go", none()).await?;
        finish(&handle).await;
        self.save("messages", &handle).await?;
        Ok(())
    }

    async fn start(&self, workflow: &str, input: RawValue) -> anyhow::Result<Handle> {
        let id = format!("recorded-{}", uuid::Uuid::new_v4().simple());
        let options = WorkflowStartOptions::new(QUEUE, id)
            .static_summary(format!("Record {workflow}"))
            .build();
        let handle = self
            .client
            .start_workflow(UntypedWorkflow::new(workflow), input, options)
            .await?;
        Ok(handle.info().clone().bind_untyped(self.client.clone()))
    }

    async fn run(&self, workflow: &str, input: RawValue) -> anyhow::Result<Handle> {
        let handle = self.start(workflow, input).await?;
        finish(&handle).await;
        Ok(handle)
    }

    async fn save(&self, name: &str, handle: &Handle) -> anyhow::Result<Vec<HistoryEvent>> {
        let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
        let history = History {
            events: history.into_events().await?,
        };
        json::write(&self.folder.join(format!("rust_{name}.json")), &history)?;
        Ok(history.events)
    }
}

/// Waits until the workflow closes.
async fn finish(handle: &Handle) {
    let _ = handle.get_result(WorkflowGetResultOptions::default()).await;
}

fn value<T: serde::Serialize + Send + Sync + 'static>(value: T) -> RawValue {
    RawValue::from_value(&value, &PayloadConverter::default())
}

fn none() -> RawValue {
    RawValue::new(Vec::new())
}
