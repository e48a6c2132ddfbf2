//! A saved report says the same when it is read again, and its other forms leave nothing out.

use super::*;

pub(crate) fn sample() -> Report {
    let row = Row {
        case: "list 20".to_owned(),
        variant: "miss".to_owned(),
        clients: 16,
        messages: 10_000,
        throughput: Some(8_123.4),
        offered: Some(4_000.0),
        latency: Some(Summary {
            p50_us: 210.0,
            p99_us: 1_900.0,
            p999_us: 4_000.0,
            max_us: 5_000.0,
        }),
        requests: 12_000,
        errors: BTreeMap::from([("status 503".to_owned(), 3)]),
        statements: Some(2.0),
        bytes: Some(7_600),
        server_cpu_us: Some(91.0),
        client_cpu_us: Some(6.0),
        rss_bytes: Some(50_000_000),
        reference: Some("bare SQLite".to_owned()),
        ratio: Spread::of(&[0.8, 0.9, 0.7]),
        cpu_ratio: Spread::of(&[0.85]),
        client_bound: true,
        target: Some(Target::at_least("≥ 0.8", 0.8, 0.8)),
    };
    Report {
        schema: SCHEMA,
        version: "0.1.0".to_owned(),
        build: "release".to_owned(),
        made_at: "2026-01-02T03:04:05Z".to_owned(),
        command: "stoa bench --suite api".to_owned(),
        scale: "small".to_owned(),
        warnings: vec!["<busy> & loud".to_owned()],
        suites: vec![Suite {
            name: "api".to_owned(),
            seconds: 1.5,
            rows: vec![row],
            figures: vec![Figure::new("added p99", 0.4, "ms").at_most(1.0)],
            pairs: vec![Pair::times("1.1", "an index", "ms a list", 30.0, 0.5)],
            ..Suite::default()
        }],
        ..Report::default()
    }
}

#[test]
fn a_saved_report_is_read_as_it_was() {
    let report = sample();
    assert_eq!(Report::parse(&report.json().unwrap()).unwrap(), report);
}

#[test]
fn another_schema_is_refused() {
    let mut report = sample();
    report.schema = SCHEMA + 1;
    let error = Report::parse(&report.json().unwrap()).unwrap_err();
    assert!(error.to_string().contains("schema 2"), "{error}");
}

#[test]
fn every_form_shows_the_figures() {
    let report = sample();
    for form in [report.text(), report.html(), report.markdown()] {
        for shown in [
            "list 20",
            "bare SQLite",
            "8,123",
            "0.80",
            "an index",
            "60",
            "added p99",
            "503",
        ] {
            assert!(form.contains(shown), "{shown} is missing in {form}");
        }
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_escapes_text() {
    let page = sample().html();
    assert!(page.contains("&lt;busy&gt; &amp; loud"), "{page}");
    for word in ["http://", "https://", "<script", "@import", "url("] {
        let allowed = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!allowed.contains(word), "{word}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("<svg"));
}

#[test]
fn failed_requests_are_faults() {
    assert_eq!(sample().faults(), ["api: 3 requests failed: status 503"]);
}

#[test]
fn a_reference_that_the_client_holds_up_is_compared_by_its_cpu() {
    let mut row = sample().suites[0].rows[0].clone();
    row.cpu_ratio = Spread::of(&[0.5]);
    assert_eq!(row.telling_ratio(), Some(0.5));
    row.client_bound = false;
    assert_eq!(row.telling_ratio(), Some(0.8));
}

#[test]
fn a_spread_is_median_least_and_greatest() {
    let spread = Spread::of(&[3.0, 1.0, f64::NAN, 2.0, 10.0]).unwrap();
    assert_eq!((spread.median, spread.low, spread.high), (2.5, 1.0, 10.0));
    assert_eq!(Spread::of(&[]), None);
}
