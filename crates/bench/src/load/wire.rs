//! Cuts HTTP/1.1 answers out of a stream of bytes: the head, and bodies of a length, in chunks, or up to the end.

use crate::load::Fault;

/// How the body of an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After so many bytes.
    Length(usize),
    /// With an empty chunk.
    Chunked,
    /// With the connection.
    Close,
}

/// The head of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Bytes of the head.
    pub(crate) length: usize,
    pub(crate) framing: Framing,
    /// Whether the server closes the connection behind this answer.
    pub(crate) closes: bool,
}

/// More headers than any server here sends.
const HEADERS_MAX: usize = 64;

/// The head at the beginning of these bytes, once all of it is there.
pub(crate) fn head(bytes: &[u8]) -> Result<Option<Head>, Fault> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(bytes).map_err(|_| Fault::Malformed)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.ok_or(Fault::Malformed)?;
    let mut framing = None;
    let mut closes = false;
    for header in response.headers.iter() {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") {
            let text = std::str::from_utf8(header.value).map_err(|_| Fault::Malformed)?;
            framing = Some(Framing::Length(
                text.trim().parse().map_err(|_| Fault::Malformed)?,
            ));
        } else if is("transfer-encoding") && header.value.eq_ignore_ascii_case(b"chunked") {
            framing = Some(Framing::Chunked);
        } else if is("connection") && header.value.eq_ignore_ascii_case(b"close") {
            closes = true;
        }
    }
    let framing = if matches!(status, 204 | 304) || (100..200).contains(&status) {
        Framing::Length(0)
    } else {
        framing.unwrap_or(Framing::Close)
    };
    Ok(Some(Head {
        status,
        length,
        framing,
        closes: closes || framing == Framing::Close,
    }))
}

/// Where a chunked body stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chunks {
    /// Before the length of a chunk.
    #[default]
    Size,
    /// In a chunk with so many bytes to come.
    Data(usize),
    /// Before the line break behind a chunk.
    Break,
    /// Behind the empty chunk, before the last line break.
    Trailer,
    /// Behind it all.
    Done,
}

impl Chunks {
    /// Takes what can be taken; data goes to `sink`. The number of bytes that were used up.
    pub(crate) fn take(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) -> Result<usize, Fault> {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            match *self {
                Self::Size => match httparse::parse_chunk_size(rest).map_err(|_| Fault::Malformed)? {
                    httparse::Status::Complete((length, size)) => {
                        used += length;
                        *self = if size == 0 {
                            Self::Trailer
                        } else {
                            Self::Data(usize::try_from(size).map_err(|_| Fault::Malformed)?)
                        };
                    }
                    httparse::Status::Partial => return Ok(used),
                },
                Self::Data(left) => {
                    if rest.is_empty() {
                        return Ok(used);
                    }
                    let now = left.min(rest.len());
                    sink(&rest[..now]);
                    used += now;
                    *self = if now == left {
                        Self::Break
                    } else {
                        Self::Data(left - now)
                    };
                }
                Self::Break | Self::Trailer => {
                    let Some(line) = rest.get(..2) else {
                        return Ok(used);
                    };
                    if line != b"\r\n" {
                        return Err(Fault::Malformed);
                    }
                    used += 2;
                    *self = if *self == Self::Break {
                        Self::Size
                    } else {
                        Self::Done
                    };
                }
                Self::Done => return Ok(used),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_how_its_body_ends() {
        let of = |text: &str| head(text.as_bytes()).unwrap();
        assert_eq!(of("HTTP/1.1 200 OK\r\ncontent-le"), None);
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nrest";
        let found = of(text).unwrap();
        assert_eq!((found.status, found.framing), (200, Framing::Length(12)));
        assert_eq!(&text[found.length..], "rest");
        let chunked =
            of("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\nconnection: close\r\n\r\n").unwrap();
        assert_eq!((chunked.framing, chunked.closes), (Framing::Chunked, true));
        let unchanged = of("HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n").unwrap();
        assert_eq!(
            unchanged.framing,
            Framing::Length(0),
            "a 304 has no body, whatever it says"
        );
        assert_eq!(of("HTTP/1.1 200 OK\r\n\r\n").unwrap().framing, Framing::Close);
        assert_eq!(head(b"SSH-2.0-OpenSSH\r\n\r\n"), Err(Fault::Malformed));
    }

    #[test]
    fn chunks_are_joined_wherever_they_are_cut() {
        let wire = b"5\r\nhello\r\n1;x=y\r\n \r\n5\r\nworld\r\n0\r\n\r\nHTTP/1.1";
        for cut in 0..wire.len() {
            let mut chunks = Chunks::default();
            let mut body = Vec::new();
            let mut pending: Vec<u8> = Vec::new();
            for part in [&wire[..cut], &wire[cut..]] {
                pending.extend_from_slice(part);
                let used = chunks
                    .take(&pending, |data| body.extend_from_slice(data))
                    .unwrap();
                pending.drain(..used);
            }
            assert_eq!(body, b"hello world", "cut at {cut}");
            assert_eq!(chunks, Chunks::Done);
            assert_eq!(pending, b"HTTP/1.1", "what follows is the next answer's");
        }
    }
}
