//! A model server with scripted responses.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A request that the server received.
pub struct Request {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: Value,
}

/// A server that answers one request.
pub struct ScriptedServer {
    /// The base URL.
    pub url: String,
    request: JoinHandle<Request>,
}

impl ScriptedServer {
    /// Starts a server that answers with this text, piece by piece, and closes the connection.
    async fn start(pieces: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        let request = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let request = read_request(&mut stream).await;
            for piece in pieces {
                stream.write_all(&piece).await.expect("an open connection");
                stream.flush().await.expect("an open connection");
                tokio::task::yield_now().await;
            }
            request
        });
        Self {
            url: format!("http://{address}/v1/"),
            request,
        }
    }

    /// Answers with this status, these headers and this body.
    pub async fn responding(status: &str, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
        Self::start(vec![head.into_bytes(), body.to_vec()]).await
    }

    /// Streams these events. Without `is_complete` the connection is lost in the middle.
    pub async fn streaming(events: &[String], is_complete: bool) -> Self {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                    Transfer-Encoding: chunked\r\n\r\n";
        let mut pieces = vec![head.as_bytes().to_vec()];
        for event in events {
            let data = format!("data: {event}\n\n");
            pieces.push(format!("{:x}\r\n{data}\r\n", data.len()).into_bytes());
        }
        if is_complete {
            pieces.push(b"0\r\n\r\n".to_vec());
        }
        Self::start(pieces).await
    }

    /// Returns the request.
    pub async fn request(self) -> Request {
        self.request.await.expect("a request")
    }
}

async fn read_request(stream: &mut TcpStream) -> Request {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = text.split_once("\r\n\r\n");
        if let Some((head, Ok(body))) = body.map(|(head, body)| (head, serde_json::from_str(body)))
        {
            let head = head.to_owned();
            return Request { head, body };
        }
        let read = stream.read_buf(&mut bytes).await.expect("a request");
        assert_ne!(read, 0, "the client closed the connection: {text}");
    }
}
