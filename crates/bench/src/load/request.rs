//! Renders requests, and makes the few calls whose answers are read and not only counted.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use serde_json::Value;

use crate::load::Connection;

/// A request as it goes over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
    /// Further header lines.
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: Option<String>,
}

impl<'a> Request<'a> {
    /// A GET.
    pub(crate) fn get(path: &'a str, token: &'a str) -> Self {
        Self {
            method: "GET",
            path,
            token: Some(token),
            ..Self::default()
        }
    }

    /// A request with a JSON body.
    pub(crate) fn send(method: &'a str, path: &'a str, token: &'a str, body: &Value) -> Self {
        Self {
            method,
            path,
            token: Some(token),
            headers: Vec::new(),
            body: Some(body.to_string()),
        }
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The bytes.
    pub(crate) fn render(&self) -> Bytes {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: bench\r\n", self.method, self.path);
        let mut line = |name: &str, value: &str| {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push_str("\r\n");
        };
        if let Some(token) = self.token {
            line("authorization", &format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        if let Some(body) = &self.body {
            line("content-type", "application/json");
            line("content-length", &body.len().to_string());
        }
        text.push_str("\r\n");
        text.push_str(self.body.as_deref().unwrap_or_default());
        Bytes::from(text)
    }
}

/// An answer with everything in it.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Read {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).context("the answer is no JSON")
    }

    /// SQL statements that the answer took, as `Server-Timing` says.
    pub(crate) fn statements(&self) -> Option<f64> {
        let timing = self.header("server-timing")?;
        let Some(db) = timing.split(',').find(|part| part.trim().starts_with("db;")) else {
            // An answer that was kept says where it comes from and nothing of a database.
            return timing.contains("cache;").then_some(0.0);
        };
        let desc = db.split("desc=").nth(1)?;
        let digits: String = desc
            .trim_start_matches('"')
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    }
}

/// Sends one request on a connection of its own and reads the whole answer.
pub(crate) async fn read(address: SocketAddr, request: &Request<'_>) -> anyhow::Result<Read> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let closing = request.clone().with("connection", "close").render();
    let exchange = async {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        stream.write_all(&closing).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        Ok::<_, std::io::Error>(bytes)
    };
    let bytes = tokio::time::timeout(std::time::Duration::from_mins(1), exchange)
        .await
        .with_context(|| format!("{} {} was not answered in time", request.method, request.path))?
        .with_context(|| format!("{} {} failed", request.method, request.path))?;
    parse(&bytes).with_context(|| format!("the answer to {} {}", request.method, request.path))
}

fn parse(bytes: &[u8]) -> anyhow::Result<Read> {
    use crate::load::wire::{self, Chunks, Framing};
    let head = match wire::head(bytes) {
        Ok(Some(head)) => head,
        Ok(None) => bail!("ends in its head"),
        Err(fault) => bail!("{}", fault.name()),
    };
    let text = String::from_utf8_lossy(&bytes[..head.length]);
    let headers = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut body = Vec::new();
    if head.framing == Framing::Chunked {
        let mut chunks = Chunks::default();
        let taken = chunks.take(&bytes[head.length..], |data| body.extend_from_slice(data));
        if taken.is_err() || chunks != Chunks::Done {
            bail!("ends in the middle");
        }
    } else {
        body.extend_from_slice(&bytes[head.length..]);
    }
    Ok(Read {
        status: head.status,
        headers,
        body,
    })
}

/// A call that must succeed: the `data` of its answer.
pub(crate) async fn data(address: SocketAddr, request: &Request<'_>) -> anyhow::Result<Value> {
    let answer = read(address, request).await?;
    if !(200..300).contains(&answer.status) {
        bail!(
            "{} {} was answered with {}: {}",
            request.method,
            request.path,
            answer.status,
            String::from_utf8_lossy(&answer.body)
                .chars()
                .take(300)
                .collect::<String>()
        );
    }
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    Ok(answer.json()?["data"].take())
}

/// A call on a kept connection that must succeed, for the many small writes that prepare a measurement.
pub(crate) async fn repeat(connection: &mut Connection, request: &Bytes) -> anyhow::Result<Value> {
    let mut body = Vec::new();
    let answer = connection
        .call(request, &mut |data| body.extend_from_slice(data))
        .await
        .map_err(|fault| anyhow::anyhow!("a request to prepare the measurement: {}", fault.name()))?;
    if !(200..300).contains(&answer.status) {
        bail!(
            "a request to prepare the measurement was answered with {}: {}",
            answer.status,
            String::from_utf8_lossy(&body)
                .chars()
                .take(300)
                .collect::<String>()
        );
    }
    let mut value: Value = serde_json::from_slice(&body).context("the answer is no JSON")?;
    Ok(value["data"].take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_statements_is_read_from_server_timing() {
        let with = |timing: &str| Read {
            status: 200,
            headers: vec![("server-timing".to_owned(), timing.to_owned())],
            body: Vec::new(),
        };
        let plain = with("db;dur=0.310;desc=\"2\", total;dur=0.500");
        assert_eq!(plain.statements(), Some(2.0));
        let cached = with("cache;desc=\"hit\", total;dur=0.02");
        assert_eq!(cached.statements(), Some(0.0));
        assert_eq!(with("total;dur=0.02").statements(), None);
    }

    #[test]
    fn a_request_is_rendered_with_token_and_length() {
        let body = serde_json::json!({"a": 1});
        let bytes = Request::send("POST", "/x", "t0", &body)
            .with("accept", "*/*")
            .render();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(
            text,
            "POST /x HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer t0\r\naccept: */*\r\n\
             content-type: application/json\r\ncontent-length: 7\r\n\r\n{\"a\":1}"
        );
    }
}
