//! The destination of a publisher's batches: a workflow, by signal.

use std::{fmt, sync::Arc};

use temporalio_client::{
    Client, UntypedSignal, WorkflowSignalOptions, errors::WorkflowInteractionError,
};
use temporalio_common::{UntypedWorkflow, data_converters::PayloadConverter};

use crate::{
    payload,
    streaming::{
        retry::is_retryable,
        wire::{PUBLISH, PublishInput},
    },
};

/// Sends batches.
pub trait Sink: Send + Sync + 'static {
    /// Sends a batch. The publisher calls it again with the same batch after a retryable failure,
    /// and with the next batch only after a success.
    fn send(&self, batch: &PublishInput) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// Why a batch was not delivered, or may not have been.
#[derive(Clone, Debug)]
pub struct SinkError {
    is_retryable: bool,
    source: Arc<dyn std::error::Error + Send + Sync>,
}

impl SinkError {
    /// A failure after which the publisher sends the same batch again. The batch may have arrived.
    pub fn retryable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            is_retryable: true,
            source: Arc::from(source.into()),
        }
    }

    /// A failure that a retry can't fix.
    pub fn permanent(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            is_retryable: false,
            source: Arc::from(source.into()),
        }
    }

    /// Whether the publisher may send the same batch again.
    pub fn is_retryable(&self) -> bool {
        self.is_retryable
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl std::error::Error for SinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}

/// Sends batches to the current run of a workflow.
pub struct ClientSink {
    client: Client,
    workflow_id: String,
}

impl ClientSink {
    /// Creates a sink for the workflow with this id.
    pub fn new(client: Client, workflow_id: impl Into<String>) -> Self {
        Self {
            client,
            workflow_id: workflow_id.into(),
        }
    }
}

impl Sink for ClientSink {
    async fn send(&self, batch: &PublishInput) -> Result<(), SinkError> {
        let input = payload::encode(batch, &converter(&self.client));
        let input = input.map_err(SinkError::permanent)?;
        // The server also ignores a request id that it has already seen in this run, so history
        // contains the batch once.
        let options = WorkflowSignalOptions::builder()
            .request_id(format!("{}-{}", batch.publisher_id, batch.sequence))
            .build();
        let workflow = self
            .client
            .get_workflow_handle::<UntypedWorkflow>(&self.workflow_id);
        let sent = workflow.signal(UntypedSignal::new(PUBLISH), input, options);
        sent.await.map_err(|error| match &error {
            WorkflowInteractionError::Rpc(status) if is_retryable(status) => {
                SinkError::retryable(error)
            }
            _ => SinkError::permanent(error),
        })
    }
}

/// Returns the payload converter of a client.
pub(super) fn converter(client: &Client) -> PayloadConverter {
    client.options().data_converter.payload_converter().clone()
}
