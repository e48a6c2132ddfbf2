//! The kinds of request that are measured, and the same answers from a bare handler over rusqlite.

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::Bench;
use crate::bare::{Bound, Lookup, Sqlite};
use crate::load::Plan;
use crate::load::request::{Read, Request, read};
use crate::stoa::Stoa;

/// Conversations that a case asks for in turn.
const CONVERSATIONS: usize = 64;
/// Where a list without a cursor begins: behind every time and every id (as in the product's list).
const LAST_TIME: i64 = 253_402_300_799_000_000;
const LAST_ID: &str = "~";
/// Messages of a page.
const MESSAGES: usize = 50;

/// A GET that is measured.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Asked in turn.
    pub(super) paths: Vec<String>,
    /// Which of the look-ups of [`sqlite`] answers the same, and the ids to ask it for.
    pub(super) lookup: Option<(usize, Vec<String>)>,
    /// Whether the answer is itself what a caller is known by, so that a miss needs all of the cache off.
    pub(super) is_caller: bool,
}

/// The cases; in the short form those that everybody asks for most.
pub(super) fn reads(stoa: &Stoa, short: bool) -> Vec<Case> {
    let workspace = &stoa.workspace;
    let list = |limit: usize| format!("/api/workspaces/{workspace}/conversations?limit={limit}");
    let ids: Vec<String> = stoa.conversations.iter().take(CONVERSATIONS).cloned().collect();
    let plain = |name: &'static str, path: &str| Case {
        name,
        paths: vec![path.to_owned()],
        lookup: None,
        is_caller: false,
    };
    let mut cases = vec![
        Case {
            paths: ids.iter().map(|id| format!("/api/conversations/{id}")).collect(),
            lookup: Some((0, ids)),
            ..plain("get conversation", "")
        },
        Case {
            lookup: Some((1, vec!["-".to_owned()])),
            ..plain("list 20", &list(20))
        },
    ];
    if !short {
        cases.push(Case {
            lookup: Some((2, vec!["-".to_owned()])),
            ..plain("list 50", &list(50))
        });
        cases.push(plain("workspaces", "/api/workspaces"));
        cases.push(plain("usage", "/api/usage"));
        cases.push(Case {
            is_caller: true,
            ..plain("me", "/api/auth/me")
        });
    }
    cases
}

/// The bare handler over rusqlite: a conversation with its messages, a list of 20, a list of 50.
pub(super) fn sqlite(bench: &Bench<'_>, stoa: &Stoa) -> anyhow::Result<Sqlite> {
    let folder = stoa
        .folder
        .as_ref()
        .context("its database is not on this machine")?;
    let text = |name: &str| {
        let found = bench.product.statements.iter().find(|(found, _)| found == name);
        let (_, text) = found.with_context(|| format!("the product has no statement {name}"))?;
        Ok::<_, anyhow::Error>(text.clone())
    };
    let list = |limit: usize| {
        Ok::<_, anyhow::Error>(Lookup::List {
            text: text("conversations.list")?,
            values: vec![
                Bound::Text(stoa.workspace.clone()),
                Bound::Int(LAST_TIME),
                Bound::Text(LAST_ID.to_owned()),
                Bound::Int(0),
                Bound::Int(0),
                Bound::Null,
                Bound::Int(limit as i64 + 1),
                Bound::Int(0),
            ],
            limit,
        })
    };
    let detail = Lookup::Detail {
        conversation: (text("conversations.get")?, vec![Bound::Id]),
        messages: (
            text("conversations.page_linear")?,
            vec![
                Bound::Id,
                Bound::Text(LAST_ID.to_owned()),
                Bound::Int(MESSAGES as i64 + 1),
            ],
        ),
        limit: MESSAGES,
    };
    Ok(Sqlite {
        path: folder.join("stoa.db"),
        readers: 3,
        cache_kb: 2_048,
        mmap_bytes: 1 << 30,
        lookups: vec![detail, list(20)?, list(50)?],
    })
}

/// How a case is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// For the whole answer.
    Whole,
    /// For the answer if it has changed, which it has not.
    IfChanged,
}

/// A case that was asked once: an answer of each path, and the requests to repeat.
pub(super) struct Asked {
    /// The answer of the first path.
    pub(super) sample: Read,
    pub(super) plan: Plan,
    /// The headers that were sent for the condition, to send them to a reference too.
    pub(super) etag: Option<String>,
}

/// Asks every path once, so that what is measured is known to be answered well.
pub(super) async fn ask(stoa: &Stoa, case: &Case, asking: Asking) -> anyhow::Result<Asked> {
    let mut requests = Vec::new();
    let mut sample = None;
    let mut etag = None;
    for path in &case.paths {
        let request = Request::get(path, &stoa.token);
        let first = read(stoa.address, &request).await?;
        if first.status != 200 {
            bail!("{path} is answered with {}", first.status);
        }
        let tag = first.header("etag").map(str::to_owned);
        let (request, answer) = if asking == Asking::IfChanged {
            let tag = tag
                .as_deref()
                .with_context(|| format!("the answer to {path} has no ETag"))?;
            let request = request.clone().with("if-none-match", tag);
            let answer = read(stoa.address, &request).await?;
            if answer.status != 304 {
                bail!("{path} with its ETag is answered with {}", answer.status);
            }
            (request.render(), answer)
        } else {
            (request.render(), read(stoa.address, &request).await?)
        };
        requests.push(request);
        if sample.is_none() {
            sample = Some(answer);
            etag = tag;
        }
    }
    Ok(Asked {
        sample: sample.context("there is nothing to ask for")?,
        plan: Plan::turns(requests),
        etag,
    })
}

/// Whether two answers are the same JSON.
pub(super) fn same(one: &Read, other: &Read) -> anyhow::Result<()> {
    let (left, right) = (one.json()?, other.json()?);
    if left == right {
        return Ok(());
    }
    bail!(
        "{}",
        difference(&left, &right, "").unwrap_or_else(|| "they differ".to_owned())
    )
}

/// The first place where two values differ.
fn difference(left: &Value, right: &Value, at: &str) -> Option<String> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            if let Some(name) = right.keys().find(|name| !left.contains_key(*name)) {
                return Some(format!("{at}.{name} is not in the product's answer"));
            }
            left.iter().find_map(|(name, value)| match right.get(name) {
                Some(other) => difference(value, other, &format!("{at}.{name}")),
                None => Some(format!("{at}.{name} is only in the product's answer")),
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (value, other))| difference(value, other, &format!("{at}[{index}]"))),
        (left, right) => (left != right).then(|| format!("{at} differs")),
    }
}
