//! The messages that memories name as their sources: only what whoever names them can read.
//!
//! Asked when a caller writes a memory. One that was imported keeps what its file says, and one that is changed what it has:
//! its messages may be deleted by now.

use crate::App;
use crate::conversations;
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::memories::{Source, SourceKind};

/// Sources as a body names them.
pub struct Named<'a> {
    /// What stands before the name of their field.
    before: String,
    sources: &'a [Source],
    /// Those that the memory has already.
    kept: &'a [Source],
}

impl<'a> Named<'a> {
    /// The sources of a body, whose fields are named with what stands before them (`items[3].`).
    pub fn new(before: &str, sources: &'a [Source], kept: &'a [Source]) -> Self {
        let before = before.to_owned();
        Self {
            before,
            sources,
            kept,
        }
    }

    /// The new ones that are messages: what their field is called, the source, the id of the message.
    fn messages(&self) -> impl Iterator<Item = (String, &'a Source, &'a str)> {
        let sources = self.sources.iter().enumerate();
        sources.filter_map(|(n, source)| {
            let new = source.kind == SourceKind::Message && !self.kept.contains(source);
            let id = source.id.as_deref().filter(|_| new)?;
            Some((format!("{}sources[{n}]", self.before), source, id))
        })
    }
}

/// Notes which of the messages are not there, or not this user's to read. One statement, or none.
pub async fn check_messages(
    app: &App,
    user_id: &str,
    check: &mut Check,
    named: &[Named<'_>],
) -> Result<(), Problem> {
    let ids: Vec<String> = named
        .iter()
        .flat_map(Named::messages)
        .map(|(_, _, id)| id.to_owned())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let readable = conversations::readable(&app.db, user_id, ids).await?;
    for (field, source, id) in named.iter().flat_map(Named::messages) {
        match readable.get(id) {
            None => check.fail(&format!("{field}.id"), "is not a message that you can read"),
            Some(conversation)
                if source
                    .conversation_id
                    .as_ref()
                    .is_some_and(|of| of != conversation) =>
            {
                let field = format!("{field}.conversation_id");
                check.fail(&field, "is not the conversation of this message");
            }
            Some(_) => {}
        }
    }
    Ok(())
}
