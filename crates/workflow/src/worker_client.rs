//! The client of a worker: its connection and its data converter.

use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};
use temporalio_workflow::common::data_converters::{
    DataConverter, DefaultPayloadCodec, PayloadCodec, PayloadConverter,
};

use crate::failure_converter::KeepErrorTypes;

/// Why a connection failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to Temporal at {url}: {reason}")]
pub struct ConnectError {
    url: String,
    reason: String,
}

/// Connects to Temporal at a URL like `http://localhost:7233`, with a client that preserves error
/// types ([`data_converter`]). For TLS, API keys or a codec, create the
/// client with the SDK and set that converter.
pub async fn connect(url: &str, namespace: &str) -> Result<Client, ConnectError> {
    let failed = |reason: String| ConnectError {
        url: url.to_owned(),
        reason,
    };
    let target: Url = url.parse().map_err(|_| {
        failed("invalid URL: expected, for example, http://localhost:7233".to_owned())
    })?;
    let options = ConnectionOptions::new(target).build();
    let connection = Connection::connect(options)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let options = ClientOptions::new(namespace)
        .data_converter(data_converter())
        .build();
    Client::new(connection, options).map_err(|error| failed(error.to_string()))
}

/// Returns a data converter for a worker's client that preserves the error types of updates and
/// validators.
///
/// The SDK alone wraps an [`ApplicationFailure`](temporalio_common::error::ApplicationFailure) that a
/// handler returns into another one without a type. Set this converter on the client of the worker:
/// `ClientOptions::new("default").data_converter(data_converter()).build()`.
pub fn data_converter() -> DataConverter {
    data_converter_with(PayloadConverter::default(), DefaultPayloadCodec)
}

/// Returns [`data_converter`] with another payload converter and codec.
pub fn data_converter_with(
    converter: PayloadConverter,
    codec: impl PayloadCodec + Send + Sync + 'static,
) -> DataConverter {
    DataConverter::new(converter, KeepErrorTypes::default(), codec)
}
