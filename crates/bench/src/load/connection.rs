//! One connection: sends rendered bytes, reads one answer, and opens itself again when it was broken.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::load::wire::{self, Chunks, Framing};

/// After this long without an end an answer counts as lost.
const ANSWER_TIME: Duration = Duration::from_mins(2);
/// Bytes a connection has room for at first.
const BUFFER: usize = 4 * 1024;

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No connection could be opened.
    Connect,
    /// The connection ended in the middle of an answer.
    Closed,
    /// What came is no HTTP.
    Malformed,
    /// No end came in time.
    Timeout,
}

impl Fault {
    /// As it is counted.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Connect => "cannot connect",
            Self::Closed => "connection closed",
            Self::Malformed => "malformed answer",
            Self::Timeout => "no answer in time",
        }
    }
}

/// An answer that was read to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Bytes of head and body on the wire.
    pub(crate) bytes: u64,
    /// When the first bytes of the body, or else the head, were there.
    pub(crate) first: Instant,
}

/// Something that is told of each piece of a body.
pub(crate) type Sink<'a> = &'a mut (dyn FnMut(&[u8]) + Send);

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    /// One that opens with its first request.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            buffer: Vec::new(),
        }
    }

    /// Opens it now, so that no measured request pays for it.
    pub(crate) async fn open(&mut self) -> Result<(), Fault> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address)
                .await
                .map_err(|_| Fault::Connect)?;
            stream.set_nodelay(true).map_err(|_| Fault::Connect)?;
            self.buffer.clear();
            self.buffer.reserve(BUFFER);
            self.stream = Some(stream);
        }
        Ok(())
    }

    /// Sends a request and reads its answer; pieces of the body go to `sink`.
    pub(crate) async fn call(&mut self, request: &[u8], sink: Sink<'_>) -> Result<Answer, Fault> {
        let outcome = match tokio::time::timeout(ANSWER_TIME, self.exchange(request, sink)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::Timeout),
        };
        match outcome {
            Ok((answer, closes)) => {
                if closes {
                    self.stream = None;
                }
                Ok(answer)
            }
            Err(fault) => {
                self.stream = None;
                Err(fault)
            }
        }
    }

    async fn exchange(&mut self, request: &[u8], sink: Sink<'_>) -> Result<(Answer, bool), Fault> {
        self.open().await?;
        let Some(stream) = self.stream.as_mut() else {
            return Err(Fault::Connect);
        };
        stream.write_all(request).await.map_err(|_| Fault::Closed)?;
        let buffer = &mut self.buffer;
        let head = loop {
            if let Some(head) = wire::head(buffer)? {
                break head;
            }
            fill(stream, buffer).await?;
        };
        let mut answer = Answer {
            status: head.status,
            bytes: head.length as u64,
            first: Instant::now(),
        };
        buffer.drain(..head.length);
        let mut began = false;
        let mut chunks = Chunks::default();
        let mut left = match head.framing {
            Framing::Length(length) => length,
            Framing::Chunked | Framing::Close => usize::MAX,
        };
        loop {
            if !began && !buffer.is_empty() {
                began = true;
                answer.first = Instant::now();
            }
            let used = if head.framing == Framing::Chunked {
                chunks.take(buffer, &mut *sink)?
            } else {
                let used = left.min(buffer.len());
                sink(&buffer[..used]);
                left -= used;
                used
            };
            answer.bytes += used as u64;
            buffer.drain(..used);
            if left == 0 || chunks == Chunks::Done {
                return Ok((answer, head.closes));
            }
            match fill(stream, buffer).await {
                Err(Fault::Closed) if head.framing == Framing::Close => return Ok((answer, true)),
                other => other?,
            }
        }
    }
}

/// Reads more; an end here is an end in the middle.
async fn fill(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(), Fault> {
    match stream.read_buf(buffer).await {
        Ok(0) | Err(_) => Err(Fault::Closed),
        Ok(_) => Ok(()),
    }
}
