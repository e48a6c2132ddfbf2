//! A batch as a file: streamed some rows at a time, or as a PDF, made as a whole.

use axum::response::Response;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::App;
use crate::batches::{Batch, Row, file, grid, show};
use crate::http::download;
use crate::http::problem::Problem;
use crate::print::Print;

/// Rows that are read at once: answers may be long.
const ROWS_AT_ONCE: i64 = 20;

/// A format of an exported batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BatchFormat")]
pub enum Format {
    /// A table, for spreadsheets: a row a line.
    Csv,
    /// Everything, for programs.
    Json,
    /// For people.
    #[serde(alias = "md")]
    Markdown,
    /// A page that needs nothing else.
    Html,
    /// For paper and for reading elsewhere.
    Pdf,
}

/// The batch as a file.
pub async fn exported(app: &App, batch: Batch, format: Format) -> Result<Response, Problem> {
    if format == Format::Pdf {
        return as_pdf(app, batch).await;
    }
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
        Format::Markdown | Format::Pdf => ("text/markdown; charset=utf-8", "md"),
        Format::Html => ("text/html; charset=utf-8", "html"),
    };
    let head = match format {
        Format::Csv => file::csv_head(&batch),
        Format::Markdown | Format::Pdf => file::markdown_head(&batch),
        Format::Html => file::html_head(&batch),
        Format::Json => file::json_head(&json!(show(app, batch.clone()).await?)),
    };
    let end = match format {
        Format::Csv | Format::Markdown | Format::Pdf => "",
        Format::Html => file::HTML_END,
        Format::Json => file::JSON_END,
    };
    let name = format!("{}.{ending}", batch.id);
    let rows = rows(app.clone(), batch.id.clone()).map(move |row| {
        let row = row?;
        Ok::<_, sql::Error>(match format {
            Format::Csv => file::csv_row(&batch, &row),
            Format::Markdown | Format::Pdf => file::markdown_row(&batch, &row),
            Format::Html => file::html_row(&batch, &row),
            Format::Json => {
                let comma = if row.position == 0 { "" } else { ",\n" };
                format!("{comma}{}", json!(row))
            }
        })
    });
    let whole = stream::once(async move { Ok(head) })
        .chain(rows)
        .chain(stream::once(async move { Ok(end.to_owned()) }));
    Ok(download::file(whole, kind, &name))
}

/// A batch on pages.
async fn as_pdf(app: &App, batch: Batch) -> Result<Response, Problem> {
    let mut print = Print::begin(&batch.name, batch.created_at).await?;
    file::print_head(&batch, &mut print)?;
    let mut rows = std::pin::pin!(rows(app.clone(), batch.id.clone()));
    while let Some(row) = rows.try_next().await? {
        file::print_row(&batch, &row, &mut print)?;
    }
    let written = print.finish().await?;
    let whole = stream::once(async move { Ok(written) });
    Ok(download::file(
        whole,
        "application/pdf",
        &format!("{}.pdf", batch.id),
    ))
}

/// All rows of a batch, whole.
fn rows(app: App, id: String) -> impl Stream<Item = sql::Result<Row>> + Send {
    let pages = stream::try_unfold(Some(0), move |from| {
        let (app, id) = (app.clone(), id.clone());
        async move {
            let Some(from) = from else {
                return Ok::<_, sql::Error>(None);
            };
            let rows = grid::store::whole(&app.db, &id, from, ROWS_AT_ONCE).await?;
            let next = (rows.len() as i64 == ROWS_AT_ONCE).then_some(from + ROWS_AT_ONCE);
            Ok(Some((stream::iter(rows.into_iter().map(Ok)), next)))
        }
    });
    pages.try_flatten()
}
