//! A page of the web, fetched for an import: nothing but public addresses is asked, each redirect is checked as the first
//! address was, and size and time are limited.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{StatusCode, header};
use llm::Net;
use url::Url;

use crate::App;
use crate::documents::{Format, Reason, Unreadable};
use crate::memories::import::BYTES_MAX;

/// How long it may take until all of it is there.
const LIMIT: Duration = Duration::from_mins(1);
/// How often it may lead elsewhere.
const REDIRECTS_MAX: usize = 5;

/// What was fetched.
pub struct Page {
    /// What it is, as its server says it.
    pub media_type: String,
    /// A name whose ending says what it is, where its server does not.
    pub name: String,
    /// The last part of its address, for people.
    pub called: String,
    /// Its pieces.
    pub content: Vec<Bytes>,
}

fn unreachable(detail: impl Into<String>) -> Unreadable {
    Unreadable::new(Reason::Unreachable, detail)
}

/// Whether this address may be asked.
pub fn check(app: &App, url: &Url) -> Result<(), Unreadable> {
    Net::check(url, app.config.import.allow_private).map_err(|error| refused(&error))?;
    if !url.username().is_empty() || url.password().is_some() {
        let detail = "The address has a name or a password in it; take them out.";
        return Err(Unreadable::new(Reason::Refused, detail));
    }
    Ok(())
}

fn refused(error: &llm::Error) -> Unreadable {
    Unreadable::new(
        Reason::Refused,
        format!("This address is not asked: {error}. Pages of the public web can be imported."),
    )
}

/// Fetches a page.
pub async fn fetch(app: &App, url: &str) -> Result<Page, Unreadable> {
    let url = Url::parse(url).map_err(|_| unreachable("The address can not be read."))?;
    let late = || {
        let detail = format!("The page was not there within {} s.", LIMIT.as_secs());
        Unreadable::new(Reason::Timeout, detail)
    };
    tokio::time::timeout(LIMIT, follow(app, url))
        .await
        .unwrap_or_else(|_| Err(late()))
}

async fn follow(app: &App, mut url: Url) -> Result<Page, Unreadable> {
    let client = app.models.net().client(app.config.import.allow_private);
    let client = client.map_err(|error| unreachable(error.to_string()))?;
    for _ in 0..=REDIRECTS_MAX {
        check(app, &url)?;
        let asked = client
            .get(url.clone())
            .header(header::ACCEPT, "text/html, text/*;q=0.9, */*;q=0.5");
        let answer = asked.send().await.map_err(no_answer)?;
        let status = answer.status();
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            let to = answer.headers().get(header::LOCATION);
            let to = to
                .and_then(|to| to.to_str().ok())
                .and_then(|to| url.join(to).ok());
            url = to.ok_or_else(|| unreachable("The page leads to an address that can not be read."))?;
            continue;
        }
        if !status.is_success() {
            return Err(unreachable(format!(
                "The server of this address answers {status}."
            )));
        }
        return take(answer, &url).await;
    }
    Err(unreachable(format!(
        "The page leads elsewhere more than {REDIRECTS_MAX} times."
    )))
}

fn no_answer(error: reqwest::Error) -> Unreadable {
    if let Some(refusal) = llm::net_refusal(&error) {
        return refused(&refusal);
    }
    tracing::info!(error = %error.without_url(), "a page to be imported could not be had");
    unreachable("The server of this address does not answer.")
}

/// Reads the answer to its end.
async fn take(answer: reqwest::Response, url: &Url) -> Result<Page, Unreadable> {
    let too_large = || {
        let detail = format!("A page of at most {} MiB can be imported.", BYTES_MAX >> 20);
        Unreadable::new(Reason::TooLarge, detail)
    };
    let said = answer.headers().get(header::CONTENT_TYPE);
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    let (media_type, name) = kind(said, url)?;
    if answer.content_length().is_some_and(|length| length > BYTES_MAX) {
        return Err(too_large());
    }
    let mut content = Vec::new();
    let mut size = 0;
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| unreachable("The page broke off."))?;
        size += piece.len() as u64;
        if size > BYTES_MAX {
            return Err(too_large());
        }
        content.push(piece);
    }
    let last = last_part(url);
    let called = if last.is_empty() {
        url.host_str().unwrap_or_default()
    } else {
        &last
    };
    Ok(Page {
        media_type,
        name,
        called: called.to_owned(),
        content,
    })
}

fn last_part(url: &Url) -> String {
    let last = url
        .path_segments()
        .and_then(|mut parts| parts.next_back())
        .unwrap_or_default();
    percent_encoding::percent_decode_str(last)
        .decode_utf8_lossy()
        .into_owned()
}

/// The type and the name by which the content is read: what the server says decides, and where that says little, the ending
/// of the address.
fn kind(said: &str, url: &Url) -> Result<(String, String), Unreadable> {
    let essence = said.split(';').next().unwrap_or_default().trim();
    let says_little = matches!(
        essence,
        "" | "text/plain" | "application/octet-stream" | "binary/octet-stream"
    );
    if says_little {
        let name = last_part(url);
        if Format::of(essence, &name).is_some() {
            return Ok((essence.to_owned(), name));
        }
    } else if Format::of(essence, "").is_some() {
        return Ok((essence.to_owned(), String::new()));
    }
    let known = Unreadable::unsupported().detail;
    let what = if essence.is_empty() { "no type" } else { essence };
    Err(Unreadable::new(
        Reason::Unsupported,
        format!("The page is of the type `{what}`. {known}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn the_type_that_is_said_decides_and_else_the_ending() {
        let of = |said: &str, url: &str| kind(said, &url.parse().unwrap()).ok();
        let some = |media_type: &str, name: &str| Some((media_type.to_owned(), name.to_owned()));
        let html = of("text/html; charset=utf-8", "https://example.com/report.pdf");
        assert_eq!(html, some("text/html", ""));
        let plain = of("text/plain", "https://example.com/a/table%20one.csv?x=1");
        assert_eq!(plain, some("text/plain", "table one.csv"));
        assert_eq!(of("text/plain", "https://example.com/"), some("text/plain", ""));
        assert_eq!(of("", "https://example.com/a.pdf"), some("", "a.pdf"));
        assert_eq!(of("image/png", "https://example.com/a.md"), None);
        assert_eq!(of("application/octet-stream", "https://example.com/a.exe"), None);
    }
}
