//! A small team in the middle of its work, for looking around.

use std::time::Duration;

use sql::{Batch, Time};

use crate::App;
use crate::accounts::{self, NewUser};
use crate::conversations::{Conversation, Message, MessageRole, TitleSource, passages, store};
use crate::demo::words::Words;
use crate::demo::{EMAIL, Loaded, PASSWORD, WORKSPACE, memories};
use crate::http::problem::{ErrorCode, Problem};
use crate::ids::Kind;
use crate::workspaces::{self, NewWorkspace, Role};

/// Title, how long ago it ended in hours, pinned, and the turns.
type Script = (&'static str, u64, bool, &'static [&'static str]);

const SCRIPTS: &[Script] = &[
    (
        "Release notes for 0.1",
        1,
        true,
        &[
            "Draft release notes for our first release. Audience: administrators of small teams.",
            "# Stoa 0.1\n\nOne binary, no other service.\n\n- **Chat** with any model; an answer survives a closed tab, a reload and a restart.\n- **/v1** speaks OpenAI's format, so existing tools work with a Stoa key.\n- **Budgets of SQL statements** on every route, shown in `Server-Timing`.\n\nUpgrade notes: none, this is the first one.",
            "Shorter, please. Three lines.",
            "1. One binary: chat, memory of every answer, an OpenAI-compatible gateway.\n2. Answers belong to the server: close the tab, come back, read on.\n3. Every page counts its SQL statements and shows them.",
        ],
    ),
    (
        "Why is the list slow?",
        5,
        false,
        &[
            "Our list of conversations takes 30 s. Each row counts its messages with a query of its own. What would you do first?",
            "Three things, in this order:\n\n1. **Keep the count.** Write `message_count` in the transaction that adds the message; the list then reads a column.\n2. **Index the order of the list**, for example `(workspace_id, last_message_at DESC, id DESC)`, so that a page is a range of the index.\n3. **Read only the columns that are shown.**\n\n```sql\nSELECT id, title, message_count, last_message_at\nFROM conversations\nWHERE workspace_id = $1 AND (last_message_at, id) < ($2, $3)\nORDER BY last_message_at DESC, id DESC\nLIMIT 21;\n```\n\nOne statement, whatever the number of rows.",
        ],
    ),
    (
        "Plan for the workshop on Thursday",
        26,
        false,
        &[
            "We have two hours with eight people from support. Goal: they should leave with three prompts they use every day. Make a plan.",
            "| time | what |\n|---|---|\n| 0:00 | Each names the task that eats most of the day |\n| 0:20 | One task together, live, with bad and better prompts |\n| 0:50 | Pairs: write a prompt for the other's task |\n| 1:20 | Try on yesterday's tickets, note what was wrong |\n| 1:45 | Vote for three, store them as commands |\n\nBring twenty real tickets without names in them.",
        ],
    ),
    (
        "Antwort auf eine Beschwerde",
        49,
        false,
        &[
            "Formuliere eine freundliche Antwort auf eine Beschwerde über eine verspätete Lieferung. Zwei Sätze.",
            "Vielen Dank für Ihre Nachricht, und bitte entschuldigen Sie, dass Ihre Lieferung später kommt als zugesagt. Sie ist unterwegs und trifft spätestens morgen bei Ihnen ein; die Versandkosten erstatten wir Ihnen.",
        ],
    ),
    (
        "Regex for invoice numbers",
        73,
        false,
        &[
            "A regular expression for invoice numbers like INV-2026-00042?",
            "`^INV-(20\\d{2})-(\\d{5})$`: the year in group 1, the number in group 2.",
        ],
    ),
];

const COLLEAGUES: &[(&str, &str, Role)] = &[
    ("Ada", "ada@example.com", Role::Admin),
    ("Ben", "ben@example.com", Role::Member),
    ("Chi", "chi@example.com", Role::Observer),
];

/// Makes what is not there yet; the id of the demo user.
pub async fn load(app: &App, seed: u64, loaded: &mut Loaded) -> Result<String, Problem> {
    let user_id = user(app, "Test User", EMAIL, loaded).await?;
    let now = app.clock.now();
    let mut batch = Batch::new();
    let new = NewWorkspace {
        id: WORKSPACE.to_owned(),
        slug: WORKSPACE.to_owned(),
        name: "Product team".to_owned(),
        description: "Everything about the product, shared by the team.".to_owned(),
        personal: false,
    };
    workspaces::push_create(&mut batch, &new, &user_id, now);
    match app.db.write(batch).await {
        // It is there: the demo was loaded before.
        Err(sql::Error::RowsAffected { .. } | sql::Error::Violation { .. }) => return Ok(user_id),
        other => other?,
    };
    loaded.workspaces += 1;
    for (name, email, role) in COLLEAGUES {
        let id = user(app, name, email, loaded).await?;
        workspaces::add_member(app, WORKSPACE, &id, *role).await?;
    }
    let mut batch = Batch::new();
    let mut words = Words::new(seed);
    for script in SCRIPTS {
        push(app, &mut batch, &user_id, script, &mut words, now);
        loaded.conversations += 1;
        loaded.messages += script.3.len() as u64;
    }
    loaded.memories += memories::push(app, &mut batch, &user_id, now);
    app.db.write(batch).await?;
    Ok(user_id)
}

async fn user(app: &App, name: &str, email: &str, loaded: &mut Loaded) -> Result<String, Problem> {
    match accounts::create_user(app, NewUser::parse(email, Some(name), PASSWORD, false)?).await {
        Ok(user) => {
            loaded.users += 1;
            Ok(user.id)
        }
        Err(problem) if problem.code == ErrorCode::AlreadyExists => accounts::id_of(app, email).await,
        Err(problem) => Err(problem),
    }
}

fn push(app: &App, batch: &mut Batch, user_id: &str, script: &Script, words: &mut Words, now: Time) {
    let (title, hours_ago, pinned, turns) = script;
    let end = now.micros() - (*hours_ago as i64) * 3_600_000_000;
    let begin = Time::from_micros(end - turns.len() as i64 * 45_000_000);
    let id = app.ids.make(Kind::Conversation, begin);
    let mut parent_id = String::new();
    let mut at = begin;
    let mut messages = Vec::with_capacity(turns.len());
    for (n, content) in turns.iter().enumerate() {
        at = at.plus(Duration::from_secs(20 + words.below(20)));
        let answers = n % 2 == 1;
        let role = if answers {
            MessageRole::Assistant
        } else {
            MessageRole::User
        };
        let message = Message {
            user_id: (!answers).then(|| user_id.to_owned()),
            content: (*content).to_owned(),
            model: answers.then(|| "local/qwen2.5-coder-0.5b".to_owned()),
            prompt_tokens: if answers { 60 } else { 0 },
            completion_tokens: if answers { content.len() as i64 / 4 } else { 0 },
            latency_ms: answers.then_some(6_400),
            first_token_ms: answers.then_some(700),
            ..Message::new(app.ids.make(Kind::Message, at), &id, &parent_id, role, at)
        };
        parent_id.clone_from(&message.id);
        messages.push(message);
    }
    let conversation = Conversation {
        title: (*title).to_owned(),
        title_source: TitleSource::User,
        head_id: Some(parent_id),
        pinned: *pinned,
        message_count: turns.len() as i64,
        last_message_at: at,
        updated_at: at,
        ..Conversation::new(id, WORKSPACE, user_id, begin)
    };
    batch.push(store::insert(&conversation));
    if *pinned {
        batch.push(store::update(&conversation, at));
    }
    let mut before = None;
    for (position, message) in messages.iter().enumerate() {
        batch.push(store::insert_message(message));
        passages::publish(batch, WORKSPACE, (message, position as i64), before);
        before = Some(message);
    }
}
