//! The part of HTTP/1 that is needed to open a stream, and to get and post a text.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

/// The longest head of a response that is read.
const HEAD_BYTES: usize = 8 * 1024;
/// How long a whole request can take.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// Connects, sends a request, and reads the response's head and no byte more.
pub async fn open(
    address: SocketAddr,
    source: Option<Ipv4Addr>,
    request: &str,
    expected: RangeInclusive<u16>,
) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(source) = source {
        socket
            .bind(SocketAddr::new(IpAddr::V4(source), 0))
            .context("no free port")?;
    }
    let mut stream = socket.connect(address).await.context("could not connect")?;
    stream.set_nodelay(true)?;
    stream.write_all(request.as_bytes()).await?;
    let head = head(&mut stream).await?;
    let status = head.split(' ').nth(1).map(str::parse);
    if !matches!(status, Some(Ok(status)) if expected.contains(&status)) {
        bail!(
            "expected status {expected:?}, received {:?}",
            head.lines().next().unwrap_or_default()
        );
    }
    Ok(stream)
}

async fn head(stream: &mut TcpStream) -> Result<String> {
    let mut bytes = vec![0; HEAD_BYTES];
    loop {
        let seen = stream.peek(&mut bytes).await?;
        if let Some(at) = bytes[..seen]
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
        {
            bytes.truncate(at + 4);
            stream.read_exact(&mut bytes).await?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        if seen == 0 || seen == HEAD_BYTES {
            bail!("no response: {:?}", String::from_utf8_lossy(&bytes[..seen]));
        }
        // The rest of the head has not arrived, and another peek would return the same at once.
        sleep(Duration::from_millis(1)).await;
    }
}

/// Returns the response of a path. Uses HTTP/1.0, so that the response ends with the connection.
pub async fn get_text(address: SocketAddr, path: &str) -> Result<String> {
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    whole(address, &request).await
}

/// Posts a text and waits for the response.
pub async fn post(address: SocketAddr, path: &str, body: &str) -> Result<()> {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.0\r\nHost: {address}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    whole(address, &request).await.map(drop)
}

async fn whole(address: SocketAddr, request: &str) -> Result<String> {
    let exchange = async {
        let mut stream = open(address, None, request, 200..=299).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok::<_, anyhow::Error>(text)
    };
    timeout(REQUEST_LIMIT, exchange)
        .await
        .context("no response in time")?
}
