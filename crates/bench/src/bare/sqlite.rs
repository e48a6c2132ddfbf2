//! A bare handler over rusqlite: the product's own statement texts on the product's own file, opened read-only with the
//! same settings, the rows turned into the same JSON, and nothing else.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::Path as UrlPath;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{StatusCode, header};
use parking_lot::{Condvar, Mutex};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::bare::rows::{Conversation, Message};

/// Statements a connection keeps prepared; there are few.
const STATEMENTS_KEPT: usize = 64;

/// What the server reads and how.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sqlite {
    pub(crate) path: PathBuf,
    /// The product's defaults: threads, kilobytes of page cache, bytes mapped.
    pub(crate) readers: usize,
    pub(crate) cache_kb: i64,
    pub(crate) mmap_bytes: i64,
    /// Answered at `/0/{id}`, `/1/{id}` and so on.
    pub(crate) lookups: Vec<Lookup>,
}

/// One kind of answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Lookup {
    /// A page of conversations. The statement is asked for one row more than the page has.
    List {
        text: String,
        values: Vec<Bound>,
        limit: usize,
    },
    /// A conversation and a page of its messages.
    Detail {
        conversation: (String, Vec<Bound>),
        messages: (String, Vec<Bound>),
        limit: usize,
    },
}

/// A value of a parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    /// NULL.
    Null,
    /// A number, a time or a truth value.
    Int(i64),
    /// A text.
    Text(String),
    /// The id at the end of the path.
    Id,
}

struct WithId<'a>(&'a Bound, &'a str);

impl ToSql for WithId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Bound::Null => ValueRef::Null,
            Bound::Int(value) => ValueRef::Integer(*value),
            Bound::Text(text) => ValueRef::Text(text.as_bytes()),
            Bound::Id => ValueRef::Text(self.1.as_bytes()),
        }))
    }
}

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Work for the readers.
#[derive(Default)]
struct Queue {
    jobs: Mutex<VecDeque<Job>>,
    filled: Condvar,
}

impl Queue {
    fn push(&self, job: Job) {
        self.jobs.lock().push_back(job);
        self.filled.notify_one();
    }

    fn pop(&self) -> Job {
        let mut jobs = self.jobs.lock();
        loop {
            if let Some(job) = jobs.pop_front() {
                return job;
            }
            self.filled.wait(&mut jobs);
        }
    }
}

/// A connection with the product's settings.
pub(crate) fn open(path: &Path, cache_kb: i64, mmap_bytes: i64) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -cache_kb)?;
    connection.pragma_update(None, "mmap_size", mmap_bytes)?;
    Ok(connection)
}

/// A router with a look-up at `/0/{id}`, `/1/{id}` and so on.
pub(super) fn router(settings: Sqlite) -> anyhow::Result<Router> {
    let queue = Arc::new(Queue::default());
    for _ in 0..settings.readers.max(1) {
        let connection = open(&settings.path, settings.cache_kb, settings.mmap_bytes)
            .with_context(|| format!("cannot open {}", settings.path.display()))?;
        let queue = Arc::clone(&queue);
        std::thread::spawn(move || {
            loop {
                queue.pop()(&connection);
            }
        });
    }
    let mut router = Router::new();
    for (index, lookup) in settings.lookups.into_iter().enumerate() {
        let (queue, lookup) = (Arc::clone(&queue), Arc::new(lookup));
        let handler = move |UrlPath(id): UrlPath<String>| {
            let (queue, lookup) = (Arc::clone(&queue), Arc::clone(&lookup));
            async move {
                let (send, answer) = oneshot::channel();
                queue.push(Box::new(move |connection| {
                    let _ = send.send(look_up(connection, &lookup, &id));
                }));
                respond(answer.await)
            }
        };
        router = router.route(&format!("/{index}/{{id}}"), get(handler));
    }
    Ok(router)
}

fn respond(answer: Result<anyhow::Result<Vec<u8>>, oneshot::error::RecvError>) -> Response {
    match answer {
        Ok(Ok(body)) => ([(header::CONTENT_TYPE, "application/json")], Bytes::from(body)).into_response(),
        Ok(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Serialize)]
struct PageInfo {
    limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    has_more: bool,
}

#[derive(Serialize)]
struct List<'a> {
    data: &'a [Conversation],
    page: PageInfo,
}

#[derive(Serialize)]
struct Detail {
    #[serde(flatten)]
    conversation: Conversation,
    role: &'static str,
    messages: Vec<Message>,
    page: PageInfo,
}

#[derive(Serialize)]
struct Envelope {
    data: Detail,
}

fn look_up(connection: &Connection, lookup: &Lookup, id: &str) -> anyhow::Result<Vec<u8>> {
    match lookup {
        Lookup::List { text, values, limit } => {
            let mut found = all(connection, (text, values), id, Conversation::read)?;
            let has_more = found.len() > *limit;
            found.truncate(*limit);
            let last = found.last().filter(|_| has_more).map(Conversation::cursor);
            let next = last.map(|cursor| serde_json::to_vec(&cursor)).transpose()?;
            let page = PageInfo {
                limit: *limit,
                offset: Some(0),
                next: next.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)),
                has_more,
            };
            Ok(serde_json::to_vec(&List { data: &found, page })?)
        }
        Lookup::Detail {
            conversation: (text, values),
            messages: (page_text, page_values),
            limit,
        } => {
            let found = all(connection, (text, values), id, Conversation::read)?;
            let conversation = found
                .into_iter()
                .next()
                .context("there is no such conversation")?;
            let mut messages = all(connection, (page_text, page_values), id, Message::read)?;
            let has_more = messages.len() > *limit;
            messages.truncate(*limit);
            messages.reverse();
            let detail = Detail {
                conversation,
                role: "owner",
                messages,
                page: PageInfo {
                    limit: *limit,
                    offset: None,
                    next: None,
                    has_more,
                },
            };
            Ok(serde_json::to_vec(&Envelope { data: detail })?)
        }
    }
}

fn all<T>(
    connection: &Connection,
    (text, values): (&str, &[Bound]),
    id: &str,
    read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare_cached(text)?;
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, WithId(value, id))?;
    }
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}
