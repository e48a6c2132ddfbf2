//! `stoa bench` from end to end: it generates, serves, compares, measures and saves. What it measures in so short a time on a
//! debug build means nothing; that every figure is there and every answer was right is what is tested.

use serde_json::Value;

use crate::stoa::Home;

/// Far less than a real measurement takes.
const SHORT: [&str; 8] = [
    "bench",
    "--short",
    "--messages",
    "200",
    "--seconds",
    "0.1",
    "--rounds",
    "1",
];

fn saved(home: &Home, name: &str) -> Value {
    let text = std::fs::read_to_string(home.path().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_api_is_measured_beside_bare_handlers_and_compared_with_a_baseline() {
    let home = Home::new();
    let keep = home.path().join("kept");
    let keep = keep.to_str().unwrap();
    let mut args = SHORT.to_vec();
    args.extend(["--suite", "api", "--keep", keep, "--json", "report.json"]);
    args.extend(["--html", "report.html", "--write-baseline", "baseline.json"]);
    let out = home.run(&args).succeeded();
    for word in [
        "get conversation",
        "list 20",
        "create conversation",
        "send message",
        "bare SQLite",
    ] {
        assert!(out.contains(word), "{word} is missing in {out}");
    }
    let report = saved(&home, "report.json");
    let rows = report["suites"][0]["rows"].as_array().unwrap();
    for row in rows {
        assert!(row["requests"].as_u64().unwrap() > 0, "{row}");
        assert!(row["latency"]["p99_us"].as_f64().unwrap() > 0.0, "{row}");
        assert!(row["server_cpu_us"].as_f64().unwrap() > 0.0, "{row}");
        assert_eq!(row["errors"], serde_json::json!({}), "{row}");
    }
    let miss = |case: &str| {
        let found = rows
            .iter()
            .find(|row| row["case"] == case && row["variant"] == "miss");
        found.unwrap_or_else(|| panic!("{case} is missing")).clone()
    };
    assert_eq!(miss("list 20")["reference"], "bare SQLite");
    assert!(miss("list 20")["ratio"]["median"].as_f64().unwrap() > 0.0);
    let footprint = &report["footprint"];
    assert!(footprint["idle_rss_bytes"].as_u64().unwrap() > 1_000_000);
    assert!(footprint["ready_ms"].as_f64().unwrap() > 0.0);
    let page = std::fs::read_to_string(home.path().join("report.html")).unwrap();
    assert!(page.contains("<svg"), "the page has charts");

    let table = home.run(&["bench", "--table", "report.json"]).succeeded();
    assert!(table.contains("| list 20 |"), "{table}");

    // A baseline that nothing can reach: the comparison has to see it.
    let mut baseline = saved(&home, "baseline.json");
    for (_, ratio) in baseline["ratios"].as_object_mut().unwrap() {
        ratio["median"] = serde_json::json!(1_000.0);
    }
    std::fs::write(home.path().join("baseline.json"), baseline.to_string()).unwrap();
    let mut args = SHORT.to_vec();
    args.extend(["--suite", "api", "--keep", keep, "--baseline", "baseline.json"]);
    let ran = home.run(&args);
    assert!(ran.out.contains("REGRESSION"), "{ran:?}");
    let said = ran.failed();
    assert!(said.contains("regression: api / list 20 / miss"), "{said}");
    assert!(
        !said.contains("generating"),
        "the kept database is used again: {said}"
    );
}

#[test]
fn people_the_gateway_streams_and_optimisations_are_measured() {
    let home = Home::new();
    let mut args = SHORT.to_vec();
    args.extend([
        "--suite",
        "users,gateway,streams,before-after",
        "--json",
        "report.json",
    ]);
    let out = home.run(&args).succeeded();
    let report = saved(&home, "report.json");
    let suites = report["suites"].as_array().unwrap();
    assert_eq!(suites.len(), 4, "{out}");
    let figures = |suite: usize| suites[suite]["figures"].as_array().unwrap().clone();
    let named = |suite: usize, part: &str| -> f64 {
        let figures = figures(suite);
        let found = figures
            .iter()
            .find(|figure| figure["name"].as_str().unwrap().contains(part));
        found.unwrap_or_else(|| panic!("{part} is missing in {out}"))["value"]
            .as_f64()
            .unwrap()
    };
    assert!(named(1, "plain, small: directly p50") > 0.0);
    for case in ["directly", "gateway", "replies"] {
        assert!(
            named(2, &format!("{case}: tokens lost or doubled")) < 0.5,
            "{out}"
        );
        assert!(named(2, &format!("{case}: tokens read")) >= 2_000.0, "{out}");
    }
    let pairs = suites[3]["pairs"].as_array().unwrap();
    assert!(pairs.len() >= 14, "{out}");
    for pair in pairs {
        let factor = pair["factor"].as_f64().unwrap();
        assert!(factor.is_finite() && factor > 0.0, "{pair}");
    }
}

/// As many passages as are written into the files of the index.
#[test]
fn a_search_is_measured_with_its_memory_its_start_and_its_recall() {
    let home = Home::new();
    let mut args = SHORT.to_vec();
    args[3] = "5000";
    args.extend([
        "--suite",
        "search",
        "--json",
        "report.json",
        "--html",
        "report.html",
    ]);
    let out = home.run(&args).succeeded();
    let report = saved(&home, "report.json");
    let suite = &report["suites"][0];
    assert_eq!(suite["failed"], Value::Null, "{out}");
    let rows = suite["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 6, "{out}");
    for row in rows {
        assert!(row["requests"].as_u64().unwrap() > 0, "{row}");
        assert!(row["latency"]["p99_us"].as_f64().unwrap() > 0.0, "{row}");
        assert_eq!(row["errors"], serde_json::json!({}), "{row}");
    }
    assert_eq!(rows[0]["case"], "search, hybrid");
    assert_eq!(rows[0]["target"]["text"], "p99 ≤ 25 ms");
    let named = |name: &str| -> f64 {
        let figures = suite["figures"].as_array().unwrap();
        let found = figures
            .iter()
            .find(|figure| figure["name"].as_str().unwrap().starts_with(name));
        found.unwrap_or_else(|| panic!("{name} is missing in {out}"))["value"]
            .as_f64()
            .unwrap()
    };
    for name in [
        "published, with their full text",
        "vectors stored",
        "the index is in memory again, from the database",
        "the index is in memory again, from its files",
        "memory of a million vectors",
        "written and embedded by the server",
    ] {
        assert!(named(name) > 0.0, "{name}");
    }
    assert!(named("vectors in memory") >= 5_500.0, "{out}");
    // With so few all candidates pass, or nearly.
    assert!(named("recall@10") >= 0.97, "{out}");
    assert!(out.contains("search, vector"), "{out}");
}

#[test]
fn what_can_not_be_measured_is_said_and_fails() {
    let home = Home::new();
    let text = home.run(&["bench", "--suite", "speed"]).failed();
    assert!(
        text.contains("there is no suite speed; there are api, users"),
        "{text}"
    );
    let text = home
        .run(&["bench", "--suite", "api", "--url", "http://127.0.0.1:1"])
        .failed();
    assert!(
        text.contains("api: ") && text.contains("/api/auth/login"),
        "{text}"
    );
    std::fs::write(home.path().join("other.json"), "{}").unwrap();
    let text = home.run(&["bench", "--table", "other.json"]).failed();
    assert!(text.contains("other.json is no report"), "{text}");
}
