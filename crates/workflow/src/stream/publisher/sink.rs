//! Where a publisher's batches go: to a workflow, by signal.

use std::{fmt, sync::Arc};

use temporalio_client::{
    Client, UntypedSignal, WorkflowSignalOptions,
    errors::WorkflowInteractionError,
    tonic::{Code, Status},
};
use temporalio_common::{UntypedWorkflow, data_converters::PayloadConverter};

use crate::{
    payload,
    stream::wire::{PUBLISH, PublishInput},
};

/// Takes batches.
pub trait Sink: Send + Sync + 'static {
    /// Sends a batch. It is called again with the same batch where that failed and may be tried
    /// again, and with the next one only after it succeeded.
    fn send(&self, batch: &PublishInput) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// Why a batch was not sent, or may not have been.
#[derive(Clone, Debug)]
pub struct SinkError {
    is_retryable: bool,
    source: Arc<dyn std::error::Error + Send + Sync>,
}

impl SinkError {
    /// A failure after which the same batch may be sent again: it may have arrived all the same.
    pub fn retryable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            is_retryable: true,
            source: Arc::from(source.into()),
        }
    }

    /// A failure that would come again.
    pub fn permanent(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            is_retryable: false,
            source: Arc::from(source.into()),
        }
    }

    /// Whether the same batch may be sent again.
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

/// Sends batches to the workflow with an id, in whichever run it is.
pub struct ClientSink {
    client: Client,
    workflow_id: String,
}

impl ClientSink {
    /// A sink for the workflow with this id.
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
        // The server, too, drops what it has seen in this run, so that it is in history once.
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

/// The converter by which values become payloads.
pub(super) fn converter(client: &Client) -> PayloadConverter {
    client.options().data_converter.payload_converter().clone()
}

/// Whether a request may succeed later. What Temporal's clients try again, and a deadline: sending
/// twice does no harm here.
pub(crate) fn is_retryable(status: &Status) -> bool {
    match status.code() {
        Code::ResourceExhausted => !status.message().contains("message larger than max"),
        code => matches!(
            code,
            Code::Aborted
                | Code::Cancelled
                | Code::DataLoss
                | Code::DeadlineExceeded
                | Code::Internal
                | Code::OutOfRange
                | Code::Unavailable
                | Code::Unknown
        ),
    }
}
