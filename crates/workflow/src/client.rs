//! A client for workers.

use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to Temporal at {url}: {reason}")]
pub struct ConnectError {
    url: String,
    reason: String,
}

/// Connects to Temporal at a URL like `http://localhost:7233`, for a worker whose error types
/// survive: with [`data_converter`](crate::data_converter). Who needs TLS, keys or a codec makes the
/// client by hand and gives it that converter.
pub async fn connect(url: &str, namespace: &str) -> Result<Client, ConnectError> {
    let failed = |reason: String| ConnectError {
        url: url.to_owned(),
        reason,
    };
    let target: Url = url
        .parse()
        .map_err(|_| failed("that is no URL".to_owned()))?;
    let options = ConnectionOptions::new(target).build();
    let connection = Connection::connect(options)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let options = ClientOptions::new(namespace)
        .data_converter(crate::data_converter())
        .build();
    Client::new(connection, options).map_err(|error| failed(error.to_string()))
}
