//! A server that says what it was told to, and remembers what it was asked.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// One request that was made.
pub struct Asked {
    /// Its first line and its headers.
    pub head: String,
    /// Its body.
    pub body: Value,
}

/// A server that answers one request.
pub struct PlayedServer {
    /// Where its paths begin.
    pub url: String,
    answering: JoinHandle<Asked>,
}

impl PlayedServer {
    /// A server that answers with those bytes, piece by piece, and closes the connection.
    pub async fn new(pieces: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        let answering = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let asked = read(&mut stream).await;
            for piece in pieces {
                stream.write_all(&piece).await.expect("a client that reads");
                stream.flush().await.expect("a client that reads");
                tokio::task::yield_now().await;
            }
            asked
        });
        Self {
            url: format!("http://{address}/v1/"),
            answering,
        }
    }

    /// A server that answers with that status, those headers and that body.
    pub async fn with(status: &str, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
        Self::new(vec![head.into_bytes(), body.to_vec()]).await
    }

    /// A server that streams those events, and may break off without having said that it ends.
    pub async fn streaming(events: &[&str], ends: bool) -> Self {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                    Transfer-Encoding: chunked\r\n\r\n";
        let mut pieces = vec![head.as_bytes().to_vec()];
        for event in events {
            let data = format!("data: {event}\n\n");
            pieces.push(format!("{:x}\r\n{data}\r\n", data.len()).into_bytes());
        }
        pieces.push(if ends {
            b"0\r\n\r\n".to_vec()
        } else {
            Vec::new()
        });
        Self::new(pieces).await
    }

    /// What was asked.
    pub async fn asked(self) -> Asked {
        self.answering.await.expect("a request")
    }
}

async fn read(stream: &mut TcpStream) -> Asked {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase();
            let length = length.split("content-length: ").nth(1).expect("a length");
            let length: usize = length
                .lines()
                .next()
                .unwrap_or("")
                .parse()
                .expect("a number");
            if body.len() >= length {
                return Asked {
                    head: head.to_owned(),
                    body: serde_json::from_str(body).expect("JSON"),
                };
            }
        }
        let read = stream.read_buf(&mut bytes).await.expect("a request");
        assert_ne!(read, 0, "the client hung up: {text}");
    }
}
