//! Each format is read with its headings and pages, what is broken says why, and nothing is lost in splitting.

use std::io::{Cursor, Write as _};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;

fn reads(bytes: impl AsRef<[u8]>, name: &str) -> Document {
    let document = read(bytes.as_ref(), "", name).unwrap_or_else(|error| panic!("{name}: {error}"));
    check(&document);
    document
}

fn refuses(bytes: impl AsRef<[u8]>, name: &str) -> Reason {
    read(bytes.as_ref(), "", name).unwrap_err().reason
}

/// Invariants of every document and its passages.
fn check(document: &Document) {
    let chars = document.text.chars().count();
    assert_eq!(document.sections.first().map(|first| first.start), Some(0));
    assert_eq!(document.sections.last().map(|last| last.end), Some(chars));
    for pair in document.sections.windows(2) {
        assert_eq!(pair[0].end, pair[1].start);
    }
    let passages = split(document);
    let mut covered = 0;
    for passage in &passages {
        assert_eq!(passage.text, document.slice(passage.start, passage.end));
        assert!(!passage.text.trim().is_empty());
        assert!(
            passage.start >= covered || passage.end > covered,
            "a passage says something new"
        );
        let gap = document.slice(covered.min(passage.start), passage.start);
        assert!(gap.trim().is_empty(), "{gap:?} is in no passage");
        covered = passage.end;
        let words = passage.text.split_whitespace().count();
        assert!(words <= 400, "{words} words");
    }
    assert!(document.slice(covered, chars).trim().is_empty());
}

fn headings(document: &Document) -> Vec<String> {
    document
        .sections
        .iter()
        .map(|section| section.path.join("/"))
        .collect()
}

#[test]
fn markdown_keeps_its_text_and_knows_its_headings() {
    let text = "---\ntitle: \"The plan\"\n---\nBefore.\n\n# One\n\nText.\n\n```sh\n# no heading\n```\n\n## Two ##\nMore.\n\nThree\n-----\n\n- a\n---\n\n# Four\n";
    let document = reads(text, "a.md");
    assert_eq!(document.text, text);
    assert_eq!(document.title.as_deref(), Some("The plan"));
    assert_eq!(headings(&document), ["", "One", "One/Two", "One/Three", "Four"]);
    let two = &document.sections[2];
    assert_eq!(document.slice(two.start, two.end), "## Two ##\nMore.\n\n");
}

#[test]
fn html_is_its_words_without_scripts_and_navigation() {
    let text = "<html><head><title> A &amp; B </title><style>p { color: red }</style></head><body><nav>Home About</nav>
        <h1>Top</h1><p>One <b>two</b>\n three&nbsp;&lt;4&gt;</p><script>if (a < b) { alert('<p>') }</script>
        <h2>Below</h2><ul><li>x<li>y</ul><table><tr><th>n</th><th>m</th></tr><tr><td>1</td><td>2</td></tr></table><pre>a\n  b</pre></body>";
    let document = reads(text, "a.html");
    assert_eq!(document.title.as_deref(), Some("A & B"));
    assert_eq!(
        document.text,
        "Top\n\nOne two three <4>\n\nBelow\n\n- x\n- y\n\nn | m\n1 | 2\n\na\n  b\n\n"
    );
    assert_eq!(headings(&document), ["Top", "Top/Below"]);
    let latin = b"<meta charset=\"iso-8859-1\"><p>\xfcber</p>";
    assert_eq!(reads(latin, "b.htm").text.trim(), "\u{fc}ber");
}

#[test]
fn rows_and_items_are_sections_that_name_their_columns() {
    let document = reads("Name;City\nAda;London\n\"Bo; B\";\n", "a.csv");
    assert_eq!(document.text, "Name: Ada\nCity: London\n\nName: Bo; B\n\n");
    assert_eq!(document.sections.len(), 2);
    let document = reads(
        r#"[{"a": {"b": 1, "c": ["x", "y"]}, "n": null}, "word", [{"d": true}]]"#,
        "a.json",
    );
    assert_eq!(document.text, "a.b: 1\na.c: x, y\n\nword\n\n0.d: true\n\n");
    assert_eq!(document.sections.len(), 3);
    assert_eq!(reads("{\"a\": 1}\n{\"a\": 2}\n", "a.jsonl").sections.len(), 2);
    assert_eq!(refuses("{\"a\": 1", "a.json"), Reason::Damaged);
    // Small rows share a passage.
    let rows: Vec<String> = (0..100).map(|n| format!("{n},value {n}\n")).collect();
    let rows = rows.concat();
    let document = reads(format!("n,v\n{rows}"), "b.csv");
    assert!((2..=10).contains(&split(&document).len()));
}

fn docx(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn docx_has_headings_tables_and_pages() {
    let styles = r#"<w:styles><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
        <w:style w:styleId="Own"><w:name w:val="Chapter"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>"#;
    let body = r#"<w:document><w:body>
        <w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>First</w:t></w:r></w:p>
        <w:p><w:r><w:t xml:space="preserve">Salt </w:t></w:r><w:del><w:r><w:t>gone</w:t></w:r></w:del><w:r><w:t>&amp; pepper&#33;</w:t><w:br w:type="page"/></w:r></w:p>
        <w:p><w:pPr><w:pStyle w:val="Own"/></w:pPr><w:r><w:t>Second</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
        </w:body></w:document>"#;
    let file = docx(&[("word/document.xml", body), ("word/styles.xml", styles)]);
    let document = reads(&file, "a.docx");
    assert_eq!(document.text, "First\n\nSalt & pepper!\n\nSecond\n\na | b\n\n");
    assert_eq!(headings(&document), ["First", "First/Second"]);
    assert_eq!(
        (document.pages, document.title.as_deref()),
        (Some(2), Some("First"))
    );
    assert_eq!(document.page_at(document.sections[1].start), Some(2));
    assert_eq!(document.page_at(0), Some(1));
    assert_eq!(refuses(&file[..file.len() / 2], "a.docx"), Reason::Damaged);
    assert_eq!(refuses("no archive", "a.docx"), Reason::Damaged);
    assert_eq!(refuses(docx(&[("other.xml", "")]), "a.docx"), Reason::Damaged);
}

/// A PDF of pages with one line each; no text for a page that is a picture.
fn pdf(pages: &[&str]) -> Vec<u8> {
    use pdf_extract::{Dictionary, Object, Stream, StringFormat};
    let mut file = pdf_extract::Document::with_version("1.5");
    let name = |name: &str| Object::Name(name.as_bytes().to_vec());
    let dict = |pairs: Vec<(&str, Object)>| {
        let mut dict = Dictionary::new();
        for (key, value) in pairs {
            dict.set(key, value);
        }
        dict
    };
    let root = file.new_object_id();
    let font = file.add_object(dict(vec![
        ("Type", name("Font")),
        ("Subtype", name("Type1")),
        ("BaseFont", name("Helvetica")),
    ]));
    let fonts = dict(vec![("F1", Object::Reference(font))]);
    let resources = file.add_object(dict(vec![("Font", Object::Dictionary(fonts))]));
    let kids: Vec<Object> = pages
        .iter()
        .map(|text| {
            let content = format!("BT /F1 12 Tf 50 700 Td ({text}) Tj ET");
            let content = file.add_object(Stream::new(Dictionary::new(), content.into_bytes()));
            let page = dict(vec![
                ("Type", name("Page")),
                ("Parent", Object::Reference(root)),
                ("Contents", Object::Reference(content)),
            ]);
            Object::Reference(file.add_object(page))
        })
        .collect();
    let tree = dict(vec![
        ("Type", name("Pages")),
        ("Count", Object::Integer(pages.len() as i64)),
        ("Kids", Object::Array(kids)),
        ("Resources", Object::Reference(resources)),
        (
            "MediaBox",
            Object::Array(vec![0.into(), 0.into(), 595.into(), 842.into()]),
        ),
    ]);
    file.objects.insert(root, Object::Dictionary(tree));
    let catalog = file.add_object(dict(vec![
        ("Type", name("Catalog")),
        ("Pages", Object::Reference(root)),
    ]));
    let title = Object::String(b"A report".to_vec(), StringFormat::Literal);
    let info = file.add_object(dict(vec![("Title", title)]));
    file.trailer.set("Root", catalog);
    file.trailer.set("Info", info);
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn pdf_is_read_page_by_page() {
    let file = pdf(&["The first page.", "The second page."]);
    let document = reads(&file, "a.pdf");
    assert_eq!(
        (document.pages, document.title.as_deref()),
        (Some(2), Some("A report"))
    );
    let second = document.text.find("The second page.").unwrap();
    assert_eq!(document.page_at(second), Some(2));
    assert_eq!(document.page_at(0), Some(1));
    assert_eq!(refuses(pdf(&["", ""]), "scan.pdf"), Reason::NoText);
    assert_eq!(refuses("%PDF-1.5 no more than this", "a.pdf"), Reason::Damaged);
    assert_eq!(refuses(&file[..file.len() / 2], "a.pdf"), Reason::Damaged);
}

#[test]
fn what_is_no_text_is_refused_with_its_reason() {
    assert_eq!(refuses([0, 1, 2], "a.txt"), Reason::Damaged);
    assert_eq!(refuses("x", "a.exe"), Reason::Unsupported);
    assert_eq!(refuses("x", "picture"), Reason::Unsupported);
    assert_eq!(refuses(" \n", "a.txt"), Reason::NoText);
    assert_eq!(
        Format::of("text/plain; charset=utf-8", "notes"),
        Some(Format::Text)
    );
    assert_eq!(Format::of("", "src/Makefile"), Some(Format::Code));
    assert_eq!(reads([0xff, 0xfe, b'h', 0, b'i', 0], "a.txt").text, "hi");
    assert_eq!(reads([b'a', 0xe4], "a.txt").text, "a\u{e4}");
}

#[test]
fn passages_end_at_paragraphs_and_repeat_a_little() {
    let sentence = "Ten words make up every one of these short sentences. ";
    let paragraph = format!("{}\n\n", sentence.repeat(5).trim());
    let document = reads(format!("# A\n\n{}# B\n\nShort.\n", paragraph.repeat(10)), "a.md");
    let passages = split(&document);
    assert_eq!(passages.len(), 5, "{passages:#?}");
    for pair in passages[..4].windows(2) {
        assert!(pair[1].start < pair[0].end, "the seam is in both");
        assert!(pair[0].text.ends_with("sentences."));
    }
    assert_eq!(passages[0].heading().as_deref(), Some("A"));
    assert_eq!(passages[4].heading().as_deref(), Some("B"));
    // A questionnaire of many tiny sections does not become as many passages.
    let tiny: Vec<String> = (0..40)
        .map(|n| format!("## Question {n}\n\nThe answer is {n}.\n\n"))
        .collect();
    let tiny = tiny.concat();
    let passages = split(&reads(format!("# All\n\n{tiny}"), "b.md"));
    assert!(passages.len() < 10);
    assert_eq!(passages[1].heading().as_deref(), Some("All"));
}

#[tokio::test]
async fn a_thread_reads_within_its_time() {
    let content = |text: String| stream::iter([Ok(Bytes::from(text))]);
    let parser = Parser::new(None);
    let document = parser
        .parse(content("# A".into()), "text/markdown", "a")
        .await
        .unwrap();
    assert_eq!(document.title.as_deref(), Some("A"));
    let never = stream::pending::<std::io::Result<Bytes>>();
    let late = parser
        .within(Duration::from_millis(20))
        .parse(never, "", "a.txt")
        .await;
    assert_eq!(late.unwrap_err().reason, Reason::Timeout);
}

proptest! {
    /// Whatever the text, every word is in some passage, and offsets are characters.
    #[test]
    fn nothing_is_lost_in_splitting(text in "([a-zä。 .!?#\n-]|[字]{1,3}|  |\n\n# |word ){0,900}") {
        for name in ["a.md", "a.txt", "a.rs"] {
            if let Ok(document) = read(text.as_bytes(), "", name) {
                check(&document);
            }
        }
    }

    /// Whatever the bytes, no reader panics.
    #[test]
    fn rubbish_is_refused_and_not_feared(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for name in ["a.md", "a.html", "a.csv", "a.json", "a.docx", "a.pdf"] {
            let _ = read(&bytes, "", name);
        }
    }
}
