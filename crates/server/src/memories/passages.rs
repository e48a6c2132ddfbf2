//! What search finds of a memory: its text in passages, written in the same batch as the memory. What waits in the inbox or
//! was rejected is not found.

use std::fmt::Write as _;

use search::{Kind, NewPassage, Owner};
use sql::{Batch, Db};

use crate::memories::{Memory, MemoryEntry, Status, store};

/// The most sources whose names help to find a memory.
const SOURCES_NAMED: usize = 5;

/// Adds to a batch what makes this memory findable as it is now, with this text.
pub fn publish(batch: &mut Batch, entry: &MemoryEntry, text: &str) {
    if entry.status != Status::Active {
        search::withdraw(batch, &entry.id);
        return;
    }
    let owner = Owner {
        workspace_id: &entry.workspace_id,
        kind: Kind::Memory,
        id: &entry.id,
        parent_id: None,
        series: entry.series.as_deref().zip(entry.position),
        at: entry.valid_from.unwrap_or(entry.created_at),
    };
    search::publish(batch, &owner, passages(entry, text));
}

/// The next memories that are known behind one, of all workspaces.
pub async fn all_after(db: &Db, id: &str, limit: u32) -> sql::Result<Vec<Memory>> {
    store::all_after(db, id, limit).await
}

/// The same as [`publish`], for a memory that was read before: the batch fails when it has changed meanwhile.
pub fn publish_again(batch: &mut Batch, memory: &Memory) {
    batch.push_expecting(1, store::hold(&memory.entry));
    publish(batch, &memory.entry, &memory.content);
}

/// Adds to a batch what makes it found no more.
pub fn withdraw(batch: &mut Batch, id: &str) {
    search::withdraw(batch, id);
}

/// The passages of a memory: each with the title and the tags, and beside it the day that it is about and where it is from.
fn passages(entry: &MemoryEntry, text: &str) -> Vec<NewPassage> {
    let like = NewPassage {
        title: entry.title.clone(),
        tags: search::tags_of(&entry.tags),
        context: context(entry),
        ..NewPassage::default()
    };
    search::passages(text, &like)
}

fn context(entry: &MemoryEntry) -> String {
    let at = entry.valid_from.unwrap_or(entry.created_at).to_string();
    let mut context: String = at.chars().take_while(|letter| *letter != 'T').collect();
    if let Some(series) = &entry.series {
        // Writing to a String does not fail.
        let _ = write!(context, " {series}");
    }
    for name in entry
        .sources
        .iter()
        .filter_map(|source| source.name.as_deref())
        .take(SOURCES_NAMED)
    {
        let _ = write!(context, " {name}");
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memories::{Source, SourceKind};
    use sql::Time;

    fn entry() -> MemoryEntry {
        MemoryEntry {
            id: "mem_1".into(),
            workspace_id: "ws_1".into(),
            user_id: "usr_1".into(),
            title: "The printer".into(),
            snippet: String::new(),
            tags: vec!["office".into(), "hardware".into()],
            status: Status::Active,
            sources: vec![Source {
                kind: SourceKind::Url,
                id: None,
                conversation_id: None,
                url: Some("https://example.com".into()),
                name: Some("The wiki".into()),
            }],
            series: Some("rooms".into()),
            position: Some(1),
            valid_from: Some(Time::from_micros(1_767_225_600_000_000)),
            valid_until: None,
            version: 1,
            last_used_at: None,
            created_at: Time::from_micros(0),
            updated_at: Time::from_micros(0),
        }
    }

    #[test]
    fn a_short_memory_is_one_passage_with_title_tags_and_what_it_is_about() {
        let passages = passages(&entry(), "Größe: A4.");
        assert_eq!(passages.len(), 1);
        assert_eq!(passages[0].text, "Größe: A4.");
        assert_eq!(passages[0].tags, "office\nhardware");
        assert_eq!(passages[0].context, "2026-01-01 rooms The wiki");
        assert_eq!(
            (passages[0].place.start, passages[0].place.end),
            (Some(0), Some(10))
        );
    }

    #[test]
    fn the_passages_of_a_long_memory_are_its_text_between_their_characters() {
        let text = "Schöne Wörter stehen hier. ".repeat(300);
        let passages = passages(&entry(), &text);
        assert!(passages.len() > 3, "{}", passages.len());
        for passage in &passages {
            let (start, end) = (passage.place.start.unwrap(), passage.place.end.unwrap());
            let between: String = text
                .chars()
                .skip(start as usize)
                .take((end - start) as usize)
                .collect();
            assert_eq!(between, passage.text);
        }
    }

    #[test]
    fn what_is_proposed_publishes_nothing() {
        let mut batch = Batch::new();
        let proposed = MemoryEntry {
            status: Status::Proposed,
            ..entry()
        };
        publish(&mut batch, &proposed, "text");
        // Only what takes passages away.
        assert_eq!(batch.len(), 1);
        publish(&mut batch, &entry(), "text");
        assert!(batch.len() > 3);
    }
}
