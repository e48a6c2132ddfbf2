//! A file of Markdown as a PDF, to look at: `cargo run -p pdf --example look -- text.md > text.pdf`.

use std::io::{self, Write as _};
use std::{env, fs};

fn main() -> io::Result<()> {
    let path = env::args().nth(1).unwrap_or_else(|| "README.md".to_owned());
    let text = fs::read_to_string(&path)?;
    let mut document = pdf::Document::new(pdf::Info {
        title: path,
        language: "en".to_owned(),
        creator: "Stoa".to_owned(),
        created: pdf::Moment {
            year: 2000,
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
        },
    });
    document.heading(1, "A question");
    document.panel("What is in this file?\nAll of it, *please*.");
    document.heading(2, "An answer");
    document.markdown(&text);
    document.note("A note about it");
    io::stdout().write_all(&document.finish())
}
