//! Previews: what of a file can be shown at once, cut to what a page shows.

use futures_util::{StreamExt as _, TryStreamExt as _};
use schemars::JsonSchema;
use serde::Serialize;

use super::{File, ingest, storage_failed, store};
use crate::App;
use crate::blobs::BlobKey;
use crate::documents::Format;
use crate::http::problem::Problem;

/// How much of a text is shown.
const TEXT_BYTES: u64 = 256 << 10;
/// How much of the text of a document is shown.
const DOCUMENT_CHARS: usize = 200_000;
/// Rows and columns of a table that are shown.
const ROWS: usize = 200;
const COLUMNS: usize = 50;

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreviewKind {
    /// As plain text.
    Text,
    /// As Markdown.
    Markdown,
    /// As a picture: its content.
    Image,
    /// As a PDF: its content.
    Pdf,
    /// As a table.
    Table,
    /// Not at all.
    None,
    /// Not any more: its content is not in the storage.
    Missing,
}

/// What is shown of a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Preview {
    /// How it is shown.
    pub kind: PreviewKind,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its rows, the first with the names of the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Vec<String>>>,
    /// Whether there is more of it.
    pub truncated: bool,
}

/// Where the content of a file is.
pub async fn key_of(app: &App, file: &File) -> Result<BlobKey, Problem> {
    let key = store::blob_key(&app.db, &file.workspace_id, file.content_hash()?).await?;
    let key = key.ok_or_else(|| Problem::not_found("file", &file.id))?;
    key.parse().map_err(storage_failed)
}

/// The preview of a file.
pub async fn preview(app: &App, file: &File) -> Result<Preview, Problem> {
    let hash = file.content_hash()?;
    let bare = |kind| Preview {
        kind,
        text: None,
        rows: None,
        truncated: false,
    };
    let key = key_of(app, file).await?;
    let head = app.blobs.head(&key).await;
    if head.map_err(storage_failed)?.is_none() {
        tracing::error!(file = %file.id, "the content of a file is missing in the storage");
        return Ok(bare(PreviewKind::Missing));
    }
    if file.media_type.starts_with("image/") {
        return Ok(bare(PreviewKind::Image));
    }
    let kind = match Format::of(&file.media_type, &file.name) {
        None => return Ok(bare(PreviewKind::None)),
        Some(Format::Pdf) => return Ok(bare(PreviewKind::Pdf)),
        Some(Format::Docx) => {
            let document = ingest::text_of(app, file, hash).await;
            let document = document.map_err(|unreadable| Problem::conflict(unreadable.detail))?;
            let text: String = document.text.chars().take(DOCUMENT_CHARS).collect();
            return Ok(Preview {
                truncated: text.len() < document.text.len(),
                text: Some(text),
                ..bare(PreviewKind::Text)
            });
        }
        Some(Format::Markdown) => PreviewKind::Markdown,
        Some(Format::Csv) => PreviewKind::Table,
        Some(_) => PreviewKind::Text,
    };
    let (text, truncated) = beginning(app, file, &key).await?;
    if kind != PreviewKind::Table {
        return Ok(Preview {
            text: Some(text),
            truncated,
            ..bare(kind)
        });
    }
    let (rows, more) = crate::documents::rows(&text, ROWS, COLUMNS);
    Ok(Preview {
        rows: Some(rows),
        truncated: truncated || more,
        ..bare(kind)
    })
}

/// The first of a file's text, and whether there is more.
async fn beginning(app: &App, file: &File, key: &BlobKey) -> Result<(String, bool), Problem> {
    let size = file.size_bytes.max(0) as u64;
    let content = app
        .blobs
        .get_range(key, 0..size.min(TEXT_BYTES))
        .await
        .map_err(storage_failed)?;
    let mut bytes = Vec::new();
    let mut content = std::pin::pin!(content.into_stream());
    while let Some(piece) = content.next().await {
        bytes.extend_from_slice(&piece.map_err(storage_failed)?);
    }
    let truncated = size > TEXT_BYTES;
    // Cut at a line, so that no character is cut in two.
    if truncated && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
        bytes.truncate(end + 1);
    }
    Ok((crate::documents::decoded(&bytes), truncated))
}
