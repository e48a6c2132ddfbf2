//! One conversation of any length, with the kinds of Markdown that models write, to scroll through and to measure with.
//!
//! It is written in batches, and after each of them it is a whole conversation: breaking off leaves a shorter one.

use std::fmt::Write as _;

use sql::{Batch, Time};

use crate::App;
use crate::conversations::{Conversation, Message, MessageRole, TitleSource, store};
use crate::demo::words::Words;
use crate::demo::{Loaded, WORKSPACE};
use crate::http::problem::Problem;
use crate::ids::{Ids, Kind};
use crate::retrieval;

/// Its title.
pub const TITLE: &str = "A long conversation";
/// Messages written in one transaction.
const BATCH: u64 = 1_000;
/// Seconds between two messages.
const STEP_SECONDS: i64 = 20;

const SNIPPETS: &[&str] = &[
    "```rust\nfn page(rows: &[Row], limit: usize) -> (&[Row], bool) {\n    let more = rows.len() > limit;\n    (&rows[..rows.len().min(limit)], more)\n}\n```",
    "```python\nfrom collections import Counter\n\ndef most_common(words, n=10):\n    \"\"\"The n words that come most often.\"\"\"\n    counts = Counter(word.lower() for word in words if word.isalpha())\n    for word, count in counts.most_common(n):\n        print(f\"{word:<20} {count:>6}\")\n```",
    "```sql\nSELECT c.id, c.title, c.message_count\nFROM conversations c\nWHERE c.workspace_id = $1 AND (c.last_message_at, c.id) < ($2, $3)\nORDER BY c.last_message_at DESC, c.id DESC\nLIMIT 21;\n```",
    "```ts\nexport async function retry<T>(call: () => Promise<T>, times = 3): Promise<T> {\n  for (let attempt = 1; ; attempt += 1) {\n    try {\n      return await call();\n    } catch (error) {\n      if (attempt >= times) throw error;\n      await new Promise((done) => setTimeout(done, 2 ** attempt * 100));\n    }\n  }\n}\n```",
    "```sh\nset -euo pipefail\ntar --create --zstd --file \"backup-$(date +%F).tar.zst\" data/\nls -lh backup-*.tar.zst | tail -n 3\n```",
    "```json\n{ \"name\": \"report\", \"retries\": 3, \"limits\": { \"rows\": 200, \"statements\": 2 }, \"tags\": [\"weekly\", \"sales\"] }\n```",
];

const ONE_LINERS: &[&str] = &[
    "Yes.",
    "No, that is a different error.",
    "Thanks, that works!",
    "Done. Anything else?",
    "Use `git rebase --onto main topic~3 topic`.",
    "Genau so, danke.",
    "**42**",
    "Why?",
    "👍",
];

/// Adds the conversation to the lively data.
pub async fn load(
    app: &App,
    user_id: &str,
    count: u64,
    seed: u64,
    loaded: &mut Loaded,
) -> Result<(), Problem> {
    let mut words = Words::new(seed);
    // Ids of their own order: the messages lie in the past, before everything this process has made.
    let ids = Ids::random();
    let begin = app.clock.now().micros() - count as i64 * STEP_SECONDS * 1_000_000;
    let at = |n: u64| Time::from_micros(begin + n as i64 * STEP_SECONDS * 1_000_000);
    let conversation = conversation(app, user_id, at(0));
    let mut parent_id = String::new();
    let mut batch = Batch::new();
    batch.push(store::insert(&conversation));
    for n in 0..count {
        let message = message(&ids, &mut words, &conversation, (n, parent_id), at(n));
        batch.push(store::insert_message(&message));
        parent_id = message.id;
        if (n + 1).is_multiple_of(BATCH) || n + 1 == count {
            let written = (n % BATCH + 1) as i64;
            batch.push(retrieval::backfill_again());
            batch.push(store::grow(&conversation.id, &parent_id, written, at(n)));
            app.db.write(std::mem::take(&mut batch)).await?;
        }
    }
    loaded.conversations += 1;
    loaded.messages += count;
    loaded.long_conversation = Some(conversation.id);
    Ok(())
}

fn conversation(app: &App, user_id: &str, at: Time) -> Conversation {
    let id = app.ids.make(Kind::Conversation, app.clock.now());
    Conversation {
        title: TITLE.to_owned(),
        title_source: TitleSource::User,
        ..Conversation::new(id, WORKSPACE, user_id, at)
    }
}

fn message(
    ids: &Ids,
    words: &mut Words,
    conversation: &Conversation,
    (n, parent_id): (u64, String),
    at: Time,
) -> Message {
    let answers = n % 2 == 1;
    let content = if answers {
        answer(words)
    } else {
        question(words, n)
    };
    let role = if answers {
        MessageRole::Assistant
    } else {
        MessageRole::User
    };
    Message {
        user_id: (!answers).then(|| conversation.user_id.clone()),
        model: answers.then(|| "mock/lorem".to_owned()),
        prompt_tokens: if answers { 40 } else { 0 },
        completion_tokens: if answers { content.len() as i64 / 4 } else { 0 },
        latency_ms: answers.then_some(2_000),
        first_token_ms: answers.then_some(300),
        content,
        ..Message::new(
            ids.make(Kind::Message, at),
            &conversation.id,
            &parent_id,
            role,
            at,
        )
    }
}

/// What a person asks; each tenth names its number, so that a place in the conversation can be recognised.
fn question(words: &mut Words, n: u64) -> String {
    let asked = match words.below(8) {
        0 => pick(words, ONE_LINERS).to_owned(),
        1 => format!("What is wrong here?\n\n{}", pick(words, SNIPPETS)),
        2 => format!("{}\n\n{}", words.text(false), words.text(true)),
        _ => words.text(false),
    };
    if (n / 2).is_multiple_of(10) {
        format!("(Message {}) {asked}", n + 1)
    } else {
        asked
    }
}

/// What a model answers: from one line to a small page.
fn answer(words: &mut Words) -> String {
    match words.below(12) {
        0 | 1 => pick(words, ONE_LINERS).to_owned(),
        2 => list(words, "- "),
        3 => format!("{}\n\n{}", words.text(false), list(words, "1. ")),
        4 | 5 => format!(
            "{}\n\n{}\n\n{}",
            words.text(false),
            pick(words, SNIPPETS),
            words.text(true)
        ),
        6 => format!("{}\n\n{}", words.text(false), table(words)),
        7 => format!("> {}\n\n{}", words.text(false), words.text(true)),
        8 => page(words),
        _ => {
            let paragraphs = 1 + words.below(3);
            let texts: Vec<String> = (0..paragraphs).map(|_| words.text(true)).collect();
            texts.join("\n\n")
        }
    }
}

fn pick(words: &mut Words, from: &'static [&'static str]) -> &'static str {
    from[words.below(from.len() as u64) as usize]
}

/// A short phrase without a full stop.
fn phrase(words: &mut Words, most: u64) -> String {
    let length = 1 + words.below(most);
    words.sentence(length).trim_end_matches('.').to_owned()
}

/// Points, some with points of their own.
fn list(words: &mut Words, mark: &str) -> String {
    let mut text = String::new();
    for _ in 0..3 + words.below(5) {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{mark}**{}**: {}", phrase(words, 3), words.text(false));
        if words.below(4) == 0 {
            let indent = " ".repeat(mark.len());
            for _ in 0..=words.below(3) {
                let _ = writeln!(text, "{indent}- `{}` {}", phrase(words, 1), phrase(words, 8));
            }
        }
    }
    text.trim_end().to_owned()
}

fn table(words: &mut Words) -> String {
    let columns = 2 + words.below(4);
    let row = |words: &mut Words, most: u64| {
        let cells: Vec<String> = (0..columns).map(|_| phrase(words, most)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut text = row(words, 2);
    text.push_str(&"|---".repeat(columns as usize));
    text.push_str("|\n");
    for _ in 0..2 + words.below(8) {
        text.push_str(&row(words, 4));
    }
    text.trim_end().to_owned()
}

/// Headings, paragraphs, a list, code and a table together.
fn page(words: &mut Words) -> String {
    format!(
        "# {}\n\n{}\n\n## {}\n\n{}\n\n{}\n\n## {}\n\n{}\n\nSee [the documentation](https://example.com/docs) for *{}*.",
        phrase(words, 6),
        words.text(true),
        phrase(words, 4),
        list(words, "- "),
        pick(words, SNIPPETS),
        phrase(words, 4),
        table(words),
        phrase(words, 4),
    )
}
