//! What the demo's team knows, and one thing that waits in its inbox.

use sql::{Batch, Time};

use crate::App;
use crate::demo::WORKSPACE;
use crate::memories::{self, Memory, MemoryEntry, NewMemory, Source, SourceKind, Status};

/// Title, tags, how many hours ago, text.
type Known = (&'static str, &'static [&'static str], i64, &'static str);

const KNOWN: &[Known] = &[
    (
        "Who decides about releases",
        &["release", "people"],
        2,
        "Ada decides when a release goes out. Ben writes the notes, Chi reads them once as a customer would. No release on Fridays.",
    ),
    (
        "Limits of the free plan",
        &["pricing", "customers"],
        20,
        "Three members, one workspace, 1,000 messages a month. Attachments up to 10 MB. Over the limit nothing is deleted; new messages wait until the next month.",
    ),
    (
        "How we write",
        &["style"],
        45,
        "- Short sentences, no exclamation marks.\n- *Workspace*, never *team* or *org*.\n- Times with the time zone of the reader.\n- Numbers below ten as words, unless there is a unit.",
    ),
    (
        "Why the list was slow",
        &["performance", "database"],
        70,
        "Each row of the list of conversations counted its messages with a query of its own. Now the count is a column that the write keeps, and the order of the list is an index. Measured before: 30 s; after: 9 ms.",
    ),
    (
        "Lieferzeiten im Dezember",
        &["customers", "deutsch"],
        98,
        "Zwischen dem 10. und dem 24. Dezember sagen wir fünf Werktage zu statt drei. Bei Verspätung erstatten wir die Versandkosten, ohne dass jemand fragen muss.",
    ),
    (
        "Invoice numbers",
        &["finance"],
        140,
        "INV, the year, five digits: INV-2026-00042. Numbers are never used twice, also not for cancelled invoices.",
    ),
    (
        "The workshop for support",
        &["people", "prompts"],
        190,
        "Eight people, two hours, twenty real tickets without names. What worked best: everybody writes the prompt for somebody else's task.",
    ),
];

const PROPOSED: Known = (
    "Release notes are three lines",
    &["release", "style"],
    1,
    "For 0.1 the team preferred release notes of three lines over a page: what it is, what it does for you, what is measured.",
);

/// Adds all of it to a batch; how many they are.
pub fn push(app: &App, batch: &mut Batch, user_id: &str, now: Time) -> u64 {
    for known in KNOWN {
        memories::push_new(batch, &memory(app, user_id, *known, Status::Active, now));
    }
    memories::push_new(batch, &memory(app, user_id, PROPOSED, Status::Proposed, now));
    KNOWN.len() as u64 + 1
}

fn memory(app: &App, user_id: &str, known: Known, status: Status, now: Time) -> Memory {
    let (title, tags, hours_ago, content) = known;
    let at = Time::from_micros(now.micros() - hours_ago * 3_600_000_000);
    let new = NewMemory {
        title: title.to_owned(),
        content: content.to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        status,
        sources: vec![Source {
            kind: SourceKind::Url,
            id: None,
            conversation_id: None,
            url: Some("https://wiki.example.com/product".to_owned()),
            name: Some("Wiki of the product team".to_owned()),
        }],
        series: None,
        position: None,
        valid_from: None,
        valid_until: None,
        times: None,
    };
    let memory = new.into_memory(app, WORKSPACE, user_id, at);
    Memory {
        entry: MemoryEntry {
            last_used_at: (hours_ago > 50).then_some(now),
            ..memory.entry
        },
        ..memory
    }
}
