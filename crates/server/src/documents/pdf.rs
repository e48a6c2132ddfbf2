//! PDF: the text of each page. A page that can not be read is left out; when none can, the file is damaged.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::{Document as Pdf, OutputError, PlainTextOutput, output_doc_page};

use super::build::Builder;
use super::{Document, Form, Reason, Unreadable};

/// The text of a PDF, page by page.
pub fn read(bytes: &[u8]) -> Result<Document, Unreadable> {
    let mut pdf = Pdf::load_mem(bytes).map_err(|error| {
        // Its message can hold pieces of the file; the kind is enough.
        tracing::debug!(%error, "a PDF could not be opened");
        Unreadable::damaged("This PDF can not be opened; it is broken or not complete.")
    })?;
    if pdf.is_encrypted() && pdf.decrypt("").is_err() {
        return Err(Unreadable::new(
            Reason::Encrypted,
            "This PDF needs a password; save it without one.",
        ));
    }
    let mut builder = Builder::new(Form::Prose);
    builder.title = title(&pdf);
    let numbers: Vec<u32> = pdf.get_pages().into_keys().collect();
    let mut unread = 0;
    for number in &numbers {
        builder.page(*number);
        // The reader of fonts panics on what it does not know; the next page may be well.
        let read = catch_unwind(AssertUnwindSafe(|| page(&pdf, *number)));
        match read {
            Ok(Ok(text)) => tidy(&mut builder, &text)?,
            Ok(Err(_)) | Err(_) => unread += 1,
        }
    }
    if unread > 0 && unread == numbers.len() {
        return Err(Unreadable::damaged("No page of this PDF can be read."));
    }
    Ok(builder.finish())
}

fn page(pdf: &Pdf, number: u32) -> Result<String, OutputError> {
    let mut text = String::new();
    let mut output = PlainTextOutput::new(&mut text);
    output_doc_page(pdf, &mut output, number)?;
    Ok(text)
}

/// The lines of a page, each trimmed, with one empty line between paragraphs.
fn tidy(builder: &mut Builder, text: &str) -> Result<(), Unreadable> {
    for line in text.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            builder.paragraph()?;
        } else {
            builder.line(&line)?;
        }
    }
    builder.paragraph()
}

/// The title in the document's information, unless it is the name of a file or of a program.
fn title(pdf: &Pdf) -> Option<String> {
    let info = pdf.trailer.get(b"Info").ok()?;
    let info = match info.as_reference() {
        Ok(id) => pdf.get_object(id).ok()?,
        Err(_) => info,
    };
    let bytes = info.as_dict().ok()?.get(b"Title").ok()?.as_str().ok()?;
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE.decode(rest).0.into_owned(),
        bytes => std::str::from_utf8(bytes).map_or_else(
            |_| encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
            str::to_owned,
        ),
    };
    let text = text.trim();
    let named = text.starts_with("Microsoft ")
        || text
            .rsplit_once('.')
            .is_some_and(|(_, end)| end.len() <= 4 && !end.contains(' '));
    (!text.is_empty() && !named && !text.eq_ignore_ascii_case("untitled")).then(|| text.to_owned())
}
