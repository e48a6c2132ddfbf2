//! One upstream over HTTP: what the adapters share.
//!
//! Sends requests with the connection's key and headers, turns everything that is not a success into an [`Error`] with the
//! upstream's own words, and reads answers: whole, or as server-sent events through a [`Decoder`]. What always holds: keys and
//! header values are struck out of every message, a body is read up to a limit, and an answer that stops before its end is an
//! error.

mod failure;
mod form;
mod stream;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

pub(crate) use failure::Failure;
use form::Form;
pub(crate) use stream::{Decoder, Progress};

use crate::{CallContext, ChatStream, Connection, Error, Net, Secret, Upload};

/// Most bytes of an error's body that are read.
const FAILURE_BYTES_MAX: usize = 64 * 1024;
/// Longest time an error's body may take; its status is known already.
const FAILURE_TIMEOUT: Duration = Duration::from_secs(5);
/// Most bytes of a whole answer: some thousand vectors, or a list of all models there are.
const BODY_BYTES_MAX: usize = 64 << 20;
/// What is shorter than this is no secret worth striking out, but a word that messages need.
const SECRET_BYTES_MIN: usize = 6;

/// An upstream that is asked over HTTP.
pub(crate) struct Upstream {
    name: Arc<str>,
    client: reqwest::Client,
    base: Url,
    allow_private: bool,
    headers: HeaderMap,
    /// The header that carries the address of the user who asks, where the connection wants that.
    user_header: Option<HeaderName>,
    scrub: Scrub,
}

/// How a provider is reached when the connection does not say otherwise.
pub(crate) struct Defaults {
    /// Its own address.
    pub base_url: &'static str,
    /// The path that a base URL without one gets.
    pub path: &'static str,
    /// The header that carries the key, and what stands before the key in it.
    pub key: (&'static str, &'static str),
}

impl Upstream {
    pub(crate) fn new(connection: &Connection, net: &Net, defaults: &Defaults) -> Result<Self, Error> {
        let mut base = match &connection.base_url {
            Some(url) => url.clone(),
            None => Url::parse(defaults.base_url).map_err(|error| Error::BadRequest(error.to_string()))?,
        };
        Net::check(&base, connection.allow_private)?;
        if base.path() == "/" {
            base.set_path(defaults.path);
        }
        let mut headers = HeaderMap::new();
        if let Some(key) = &connection.api_key {
            let (name, prefix) = defaults.key;
            insert(
                &mut headers,
                name,
                &Secret::new(format!("{prefix}{}", key.expose())),
            )?;
        }
        for (name, value) in &connection.headers {
            insert(&mut headers, name, value)?;
        }
        Ok(Self {
            name: Arc::from(connection.name.as_str()),
            client: net.client(connection.allow_private)?,
            base,
            allow_private: connection.allow_private,
            headers,
            user_header: None,
            scrub: Scrub::new(connection),
        })
    }

    /// Sends the address of the user who asks in this header, instead of what the connection has there. A call that is no
    /// user's has what the connection has.
    pub(crate) fn with_user_header(mut self, name: &'static str) -> Self {
        self.user_header = Some(HeaderName::from_static(name));
        self
    }

    /// Adds a header that is no secret, unless the connection sets it.
    pub(crate) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
        self
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// Whether its host is this one or below it.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        self.base.host_str().is_some_and(|own| {
            own.strip_suffix(host)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// Reads a JSON answer.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let response = self
            .send::<()>(Method::GET, path, None, "application/json", None)
            .await?;
        self.json(response).await
    }

    /// Sends a JSON body and reads a JSON answer.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        ctx: &CallContext,
    ) -> Result<T, Error> {
        let call = async {
            let response = self
                .send(Method::POST, path, Some(body), "application/json", Some(ctx))
                .await?;
            self.json(response).await
        };
        tokio::select! {
            biased;
            () = ctx.cancel.cancelled() => Err(Error::Cancelled),
            result = call => result,
        }
    }

    /// Sends a form of texts and one file, which is passed on as it comes, and reads a JSON answer.
    pub(crate) async fn post_form<T: DeserializeOwned>(
        &self,
        path: &str,
        texts: &[(&str, &str)],
        file: Upload,
        ctx: &CallContext,
    ) -> Result<T, Error> {
        let form = Form::new(texts, file);
        let call = async {
            let request = self
                .request(Method::POST, path, "application/json", Some(ctx))?
                .header(CONTENT_TYPE, form.content_type)
                .body(form.body);
            self.json(self.answered(request).await?).await
        };
        tokio::select! {
            biased;
            () = ctx.cancel.cancelled() => Err(Error::Cancelled),
            result = call => result,
        }
    }

    /// Sends a JSON body and reads the answer as a stream of events.
    pub(crate) async fn stream(
        &self,
        path: &str,
        body: &impl Serialize,
        decoder: impl Decoder,
        ctx: &CallContext,
    ) -> Result<ChatStream, Error> {
        let call = async {
            let response = self
                .send(Method::POST, path, Some(body), "text/event-stream", Some(ctx))
                .await?;
            let content_type = response.headers().get(CONTENT_TYPE);
            let is_json = content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
            if !is_json {
                let body = response.bytes_stream().boxed();
                return Ok(stream::events(body, decoder, self.scrub.clone()));
            }
            // Asked for a stream, it answered in one piece.
            let body = self.json(response).await?;
            Ok(stream::whole(body, decoder, self.scrub.clone()))
        };
        let events = tokio::select! {
            biased;
            () = ctx.cancel.cancelled() => return Err(Error::Cancelled),
            result = call => result?,
        };
        Ok(ctx.stop(events))
    }

    /// Sends a request; the answer is a success.
    async fn send<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        accept: &'static str,
        ctx: Option<&CallContext>,
    ) -> Result<Response, Error> {
        let mut request = self.request(method, path, accept, ctx)?;
        if let Some(body) = body {
            let bytes = serde_json::to_vec(body).map_err(|error| Error::BadRequest(error.to_string()))?;
            request = request
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(bytes);
        }
        self.answered(request).await
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        accept: &'static str,
        ctx: Option<&CallContext>,
    ) -> Result<RequestBuilder, Error> {
        let mut headers = self.headers.clone();
        let email = ctx.and_then(|ctx| ctx.user_email.as_deref());
        if let Some((name, email)) = self.user_header.as_ref().zip(email) {
            // Rather no call than one in another's name.
            let unfit = |_| Error::BadRequest("your address can not be sent to this connection".to_owned());
            let mut value = HeaderValue::from_bytes(email.as_bytes()).map_err(unfit)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let request = self
            .client
            .request(method, self.url(path)?)
            .headers(headers)
            .header(ACCEPT, HeaderValue::from_static(accept));
        Ok(match ctx.and_then(|ctx| ctx.traceparent.as_deref()) {
            Some(traceparent) => request.header("traceparent", traceparent),
            None => request,
        })
    }

    async fn answered(&self, request: RequestBuilder) -> Result<Response, Error> {
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(self.failed(response).await)
        }
    }

    /// The base URL with `path` below it; its query (Azure's `api-version`) stays.
    fn url(&self, path: &str) -> Result<Url, Error> {
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        if let Some(query) = query {
            let both = url
                .query()
                .map_or_else(|| query.to_owned(), |own| format!("{own}&{query}"));
            url.set_query(Some(&both));
        }
        Net::check(&url, self.allow_private)?;
        Ok(url)
    }

    /// A call that got no answer.
    fn unreachable(&self, error: reqwest::Error) -> Error {
        // The address can hold credentials, so it is in no message.
        let error = error.without_url();
        crate::net::refused(&error).unwrap_or_else(|| Error::Unreachable {
            upstream: self.name.to_string(),
            source: Arc::new(error),
        })
    }

    /// A call whose answer is not a success.
    async fn failed(&self, response: Response) -> Error {
        let status = response.status();
        let retry_after = failure::retry_after(response.headers());
        let location = response.headers().get("location").cloned();
        let body = tokio::time::timeout(FAILURE_TIMEOUT, read(response, FAILURE_BYTES_MAX)).await;
        let body = body.map(|(bytes, _)| bytes).unwrap_or_default();
        let mut failure = Failure::read(status.as_u16(), &body);
        failure.retry_after = retry_after.or(failure.retry_after);
        if status.is_redirection() {
            let target = location
                .as_ref()
                .and_then(|value| value.to_str().ok())
                .unwrap_or("nowhere");
            failure.message =
                format!("redirects are not followed (to {target}); set the base URL to the final address");
        }
        self.scrub.error(failure.into_error(&self.name))
    }

    async fn json<T: DeserializeOwned>(&self, response: Response) -> Result<T, Error> {
        let (bytes, end) = read(response, BODY_BYTES_MAX).await;
        match end {
            End::Complete => {}
            End::TooLong => {
                return Err(Error::Protocol(format!(
                    "an answer of more than {BODY_BYTES_MAX} bytes"
                )));
            }
            End::Broken(error) => {
                return Err(Error::Protocol(format!(
                    "the answer was cut off: {}",
                    error.without_url()
                )));
            }
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| Error::Protocol(format!("the answer is not the expected JSON: {error}")))
    }
}

enum End {
    Complete,
    TooLong,
    Broken(reqwest::Error),
}

/// Reads a body up to a limit, and how it ended.
async fn read(mut response: Response, limit: usize) -> (Vec<u8>, End) {
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return (bytes, End::Complete),
            Ok(Some(chunk)) if bytes.len() + chunk.len() > limit => {
                let room = limit - bytes.len();
                bytes.extend_from_slice(&Bytes::slice(&chunk, ..room));
                return (bytes, End::TooLong);
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Err(error) => return (bytes, End::Broken(error)),
        }
    }
}

fn insert(headers: &mut HeaderMap, name: &str, value: &Secret) -> Result<(), Error> {
    let header = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Error::BadRequest(format!("`{name}` is no name for a header")))?;
    let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
        Error::BadRequest(format!(
            "the value for the header `{name}` holds characters that a header cannot carry"
        ))
    })?;
    value.set_sensitive(true);
    headers.insert(header, value);
    Ok(())
}

/// Strikes a connection's secrets out of messages: an upstream may quote the key it rejects.
#[derive(Clone)]
pub(crate) struct Scrub(Arc<[Secret]>);

impl Scrub {
    fn new(connection: &Connection) -> Self {
        let values = connection.headers.iter().map(|(_, value)| value);
        let mut secrets: Vec<Secret> = Vec::new();
        for secret in connection.api_key.iter().chain(values) {
            // Of `Bearer abc` the upstream may quote `abc` alone.
            let words = secret
                .expose()
                .split_whitespace()
                .filter(|word| word.len() >= SECRET_BYTES_MIN);
            secrets.extend(words.map(Secret::from));
        }
        let url = connection.base_url.as_ref();
        let password = url.and_then(Url::password).map(str::to_owned);
        let query = url
            .into_iter()
            .flat_map(|url| url.query_pairs().map(|(_, value)| value.into_owned()));
        secrets.extend(
            password
                .into_iter()
                .chain(query)
                .filter(|text| text.len() >= SECRET_BYTES_MIN)
                .map(Secret::new),
        );
        // The longest first, so that one secret inside another leaves nothing behind.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self(secrets.into())
    }

    pub(crate) fn error(&self, error: Error) -> Error {
        error.map_message(|message| {
            self.0
                .iter()
                .fold(message, |message, secret| message.replace(secret.expose(), "***"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProviderKind;

    const DEFAULTS: Defaults = Defaults {
        base_url: "https://api.example.com/v1",
        path: "/v1",
        key: ("authorization", "Bearer "),
    };

    fn upstream(base: &str) -> Upstream {
        let connection = Connection {
            base_url: Some(Url::parse(base).unwrap()),
            ..Connection::new(ProviderKind::OpenAi)
        };
        Upstream::new(&connection, &Net::new(), &DEFAULTS).unwrap()
    }

    #[test]
    fn paths_go_below_the_base() {
        let table = [
            ("https://example.com", "models", "https://example.com/v1/models"),
            ("https://example.com/", "models", "https://example.com/v1/models"),
            (
                "https://example.com/api/v1/",
                "models",
                "https://example.com/api/v1/models",
            ),
            (
                "https://example.com/openai?api-version=1",
                "models",
                "https://example.com/openai/models?api-version=1",
            ),
            (
                "https://example.com/x?a=1",
                "y?alt=sse",
                "https://example.com/x/y?a=1&alt=sse",
            ),
            ("https://example.com/v1", "../admin", "https://example.com/admin"),
        ];
        for (base, path, expected) in table {
            assert_eq!(upstream(base).url(path).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn hosts_are_compared_by_their_labels() {
        assert!(upstream("https://api.openai.com/v1").is_host("api.openai.com"));
        assert!(upstream("https://x.openai.azure.com/v1").is_host("openai.azure.com"));
        assert!(!upstream("https://notopenai.azure.com.evil.com/").is_host("openai.azure.com"));
        assert!(!upstream("https://evilopenrouter.ai/").is_host("openrouter.ai"));
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_not_quoted() {
        let connection = Connection {
            api_key: Some("sk-bad\nkey".into()),
            ..Connection::new(ProviderKind::OpenAi)
        };
        let error = Upstream::new(&connection, &Net::new(), &DEFAULTS).err().unwrap();
        assert!(matches!(error, Error::BadRequest(_)));
        assert!(!format!("{error} {error:?}").contains("sk-bad"));
    }
}
