//! The client's side of event streams (server-sent events). It is stricter than a browser: it rejects
//! fields and line breaks that the gateway never sends.
//!
//! The parsers on crates.io skip blocks without data, so they can't show a heartbeat.

use std::{collections::VecDeque, str::Utf8Error};

use futures_util::{Stream, StreamExt as _, stream::BoxStream};
use serde_json::Value;
use thiserror::Error;

/// The empty line that ends a block, after the last line's own break.
const BLOCK_END: &[u8] = b"\n\n";

/// The lines of an event stream up to an empty one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The type; `None` for a plain message.
    pub event: Option<String>,
    /// The last event id, which is a cursor.
    pub id: Option<String>,
    /// The data, always JSON.
    pub data: Option<Value>,
    /// The delay before a client reconnects, in milliseconds.
    pub retry: Option<u64>,
    /// A comment, without its colon.
    pub comment: Option<String>,
}

impl Block {
    /// Returns whether the block has neither data nor a type: at most an id and a comment.
    pub fn is_heartbeat(&self) -> bool {
        self.event.is_none() && self.data.is_none() && self.retry.is_none()
    }
}

/// Bytes that are no block of the gateway's.
#[derive(Debug, Error)]
pub enum ParseError {
    /// A block is not UTF-8.
    #[error("a block is not UTF-8")]
    NotUtf8(#[from] Utf8Error),
    /// A line has an unknown field, or an invalid value.
    #[error("invalid line in an event stream: {0:?}")]
    InvalidLine(String),
    /// A field occurs twice in a block.
    #[error("repeated field in an event stream: {0:?}")]
    RepeatedField(String),
}

/// Finds the blocks in bytes, however these are cut.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    incomplete: Vec<u8>,
}

impl Parser {
    /// Returns the blocks that these bytes complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Block>, ParseError> {
        self.incomplete.extend(bytes);
        let mut blocks = Vec::new();
        let mut start = 0;
        while let Some(length) = find_end(&self.incomplete[start..]) {
            let block = &self.incomplete[start..start + length];
            blocks.push(parse(str::from_utf8(block)?)?);
            start += length + BLOCK_END.len();
        }
        self.incomplete.drain(..start);
        Ok(blocks)
    }
}

fn find_end(bytes: &[u8]) -> Option<usize> {
    let mut pairs = bytes.windows(BLOCK_END.len());
    pairs.position(|pair| pair == BLOCK_END)
}

fn parse(text: &str) -> Result<Block, ParseError> {
    let mut block = Block::default();
    for line in text.split('\n') {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        let invalid = || ParseError::InvalidLine(line.to_owned());
        if line.contains('\r') {
            return Err(invalid());
        }
        let is_repeated = match name {
            "" if line.starts_with(':') => block.comment.replace(value).is_some(),
            "event" => block.event.replace(value).is_some(),
            "id" => block.id.replace(value).is_some(),
            "retry" => {
                let retry = value.parse().map_err(|_| invalid())?;
                block.retry.replace(retry).is_some()
            }
            "data" => {
                let data = serde_json::from_str(&value).map_err(|_| invalid())?;
                block.data.replace(data).is_some()
            }
            _ => return Err(invalid()),
        };
        if is_repeated {
            return Err(ParseError::RepeatedField(line.to_owned()));
        }
    }
    Ok(block)
}

/// The blocks of a response's body.
pub struct EventStream {
    body: BoxStream<'static, Option<Vec<u8>>>,
    parser: Parser,
    blocks: VecDeque<Block>,
}

impl EventStream {
    /// Reads a body. An error of the body is its end, as a stopped gateway truncates its streams.
    pub fn new<B: AsRef<[u8]>, E>(body: impl Stream<Item = Result<B, E>> + Send + 'static) -> Self {
        Self {
            body: body
                .map(|bytes| bytes.ok().map(|bytes| bytes.as_ref().to_vec()))
                .boxed(),
            parser: Parser::default(),
            blocks: VecDeque::new(),
        }
    }

    /// Returns the next block, or `None` at the end of the stream.
    pub async fn next_block(&mut self) -> Result<Option<Block>, ParseError> {
        while self.blocks.is_empty() {
            let Some(bytes) = self.body.next().await.flatten() else {
                return Ok(None);
            };
            self.blocks.extend(self.parser.push(&bytes)?);
        }
        Ok(self.blocks.pop_front())
    }
}
