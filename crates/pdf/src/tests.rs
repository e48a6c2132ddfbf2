//! Documents as a whole: what an independent reader finds in them, and that no text is too much for them.

use proptest::prelude::*;

use crate::{Document, Info, Moment};

fn info(title: &str) -> Info {
    Info {
        title: title.to_owned(),
        language: "en".to_owned(),
        creator: "Stoa".to_owned(),
        created: Moment {
            year: 2026,
            month: 5,
            day: 4,
            hour: 3,
            minute: 2,
            second: 1,
        },
    }
}

fn written(markdown: &str) -> Vec<u8> {
    let mut document = Document::new(info("A title"));
    document.heading(1, "You");
    document.markdown(markdown);
    document.finish()
}

fn read(pdf: &[u8]) -> String {
    let text = pdf_extract::extract_text_from_mem(pdf).expect("a PDF");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pages(pdf: &[u8]) -> usize {
    pdf_extract::Document::load_mem(pdf)
        .expect("a PDF")
        .get_pages()
        .len()
}

#[test]
fn a_reader_finds_the_text_in_all_its_scripts() {
    let text = read(&written(
        "Grüße, **Straße**, _naïve façade_, ***both***\n\nΚαλημέρα κόσμε, Съешь ещё этих булок\n\n`let x = \"→\";`\n\nA AV Α А",
    ));
    for part in [
        "A title",
        "You",
        "Grüße, Straße, naïve façade, both",
        "Καλημέρα κόσμε, Съешь ещё этих булок",
        "let x = \"→\";",
        // Latin, Greek and Cyrillic letters that look the same stay what they are.
        "A AV Α А",
        "1 / 1",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn every_kind_of_block_is_read_again() {
    let markdown = "# Head\n\n1. one\n2. two\n   - in\n\n- [x] done\n\n> quoted\n\n---\n\n```rust\nfn main() {\n\tok();\n}\n```\n\n\
        | a | b |\n|---|--:|\n| left | right<br>below |\n\n![a cat](cat.png) $x^2$ \\(y\\) <b>bold</b> ~~gone~~ [home](https://a.example)\n\n\
        $$\n\\sum_i\n$$\n";
    let pdf = written(markdown);
    let text = read(&pdf);
    for part in [
        "Head",
        "1. one",
        "2. two",
        "in",
        "done",
        "quoted",
        "fn main() {",
        "ok();",
        "left",
        "right",
        "below",
        "[a cat]",
        "$x^2$",
        "\\(y\\)",
        "<b>bold</b>",
        "gone",
        "home",
        "\\sum_i",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let raw = String::from_utf8_lossy(&pdf);
    assert!(
        raw.contains("/URI(https://a.example)") && raw.contains("/Lang(en)") && raw.contains("/Outlines"),
        "{raw}"
    );
    assert!(
        raw.contains("/Title(A title)") && raw.contains("D:20260504030201"),
        "{raw}"
    );
}

#[test]
fn a_long_text_takes_more_pages_and_loses_nothing() {
    let words: Vec<String> = (0..4_000).map(|number| format!("w{number}")).collect();
    let long = written(&words.join(" "));
    assert!(pages(&long) > 5);
    let text = read(&long);
    for word in &words {
        assert!(text.contains(word.as_str()), "{word}");
    }
    let code = format!("```\n{}```\n", "line of code\n".repeat(300));
    let code = written(&code);
    assert!(pages(&code) > 3);
    assert_eq!(read(&code).matches("line of code").count(), 300);
}

#[test]
fn a_table_wraps_and_its_head_comes_again() {
    let row = format!(
        "| {} | {} |\n",
        "many words in a cell ".repeat(12),
        "x".repeat(80)
    );
    let pdf = written(&format!("| Name | Value |\n|---|---|\n{}", row.repeat(40)));
    assert!(pages(&pdf) > 2);
    assert!(read(&pdf).matches("Name").count() > 2);
    let wide = format!(
        "|{}\n|{}\n|{}\n",
        "h|".repeat(40),
        "-|".repeat(40),
        "cell|".repeat(40)
    );
    assert_eq!(read(&written(&wide)).matches("cell").count(), 40);
}

#[test]
fn the_same_text_gives_the_same_bytes() {
    let text = "# One\n\n*two* `three` 四 😀\n";
    assert_eq!(written(text), written(text));
}

#[test]
fn hostile_texts_give_a_file() {
    let deep = 3_000;
    let texts = [
        ">".repeat(deep) + " deep",
        "- ".repeat(deep) + "deep",
        "*".repeat(20_000),
        "[".repeat(20_000),
        "`".repeat(9_999),
        format!(
            "|{}\n|{}\n{}",
            "a|".repeat(200),
            "-|".repeat(200),
            "|b\n".repeat(200)
        ),
        "\u{202e}שלום\u{0}\u{feff} العربية 漢字 हिन्दी \u{10ffff}".repeat(200),
        "1".repeat(40_000),
        "<".repeat(5_000) + "script>",
        "http://".repeat(2_000),
        "\u{300}".repeat(40_000),
        "  \n".repeat(20_000),
        "# \n\n#".repeat(5_000),
        "```\n\t\t".to_owned() + &"\t".repeat(10_000),
        "18446744073709551615. x\n999999999. y\n1. z".to_owned(),
    ];
    for text in texts {
        let mut document = Document::new(info(&text));
        document.heading(1, &text);
        document.panel(&text);
        document.note(&text);
        document.markdown(&text);
        assert!(pages(&document.finish()) > 0);
    }
    assert_eq!(pages(&written("")), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_text_is_too_odd(text in r"([ -~]|\PC|[\n\t>`*_#|\[\]()~$\\<&-]){0,200}") {
        prop_assert!(pages(&written(&text)) > 0);
    }
}
