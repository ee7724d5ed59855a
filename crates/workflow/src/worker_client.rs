//! Connects a worker to Temporal.

use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};

/// Why a connection failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to Temporal at {url}: {reason}")]
pub struct ConnectError {
    url: String,
    reason: String,
}

/// Connects to Temporal at a URL like `http://localhost:7233`, with a client that preserves error
/// types ([`data_converter`](crate::data_converter)). For TLS, API keys or a codec, create the
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
        .data_converter(crate::data_converter())
        .build();
    Client::new(connection, options).map_err(|error| failed(error.to_string()))
}
