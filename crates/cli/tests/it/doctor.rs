//! `stoa doctor` on installations that are new, in use, wrong, damaged.

use std::net::TcpListener;

use serde_json::Value;

use crate::stoa::{Home, Ran};

fn checks(ran: &Ran) -> Vec<(String, String, String)> {
    let checks: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    checks
        .iter()
        .map(|check| {
            (
                text(check, "check"),
                text(check, "status"),
                text(check, "detail") + &text(check, "advice"),
            )
        })
        .collect()
}

fn find<'a>(checks: &'a [(String, String, String)], name: &str) -> (&'a str, &'a str) {
    let found = checks
        .iter()
        .find(|(check, ..)| check == name)
        .unwrap_or_else(|| panic!("{name} in {checks:?}"));
    (&found.1, &found.2)
}

/// A port that nothing listens on, so that other programs on the machine do not matter.
fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string()
}

#[test]
fn a_new_installation_is_healthy_and_stays_untouched() {
    let home = Home::new();
    let ran = home.run_in(&[("PORT", &free_port())], &["doctor", "--json"]);
    let checks = checks(&ran);
    assert!(ran.ok, "{checks:?}");
    for name in [
        "configuration",
        "data folder",
        "free space",
        "key",
        "database",
        "cache",
        "storage",
        "port",
        "clock",
    ] {
        assert_ne!(find(&checks, name).0, "fail", "{checks:?}");
    }
    assert!(
        find(&checks, "database")
            .1
            .contains("will be made at the first start")
    );
    assert!(!home.data().exists(), "looking makes nothing");
    let text = home.run_in(&[("PORT", &free_port())], &["doctor"]).succeeded();
    assert!(text.contains("ok    database"), "{text}");
}

#[test]
fn an_installation_in_use_is_checked_in_full() {
    let home = Home::new();
    let serving = home.serve();
    let port = serving.address.rsplit_once(':').unwrap().1;
    let ran = home.run_in(&[("PORT", port)], &["doctor", "--json"]);
    let checks = checks(&ran);
    assert!(ran.ok, "{checks:?}");
    assert_eq!(
        find(&checks, "integrity"),
        ("ok", "every page and index is sound")
    );
    assert!(find(&checks, "migrations").1.starts_with("all "), "{checks:?}");
    assert!(
        find(&checks, "port").1.contains("stoa serve (process"),
        "{checks:?}"
    );
    assert_eq!(find(&checks, "key").0, "ok");
}

#[test]
fn what_is_wrong_is_a_failure_with_advice() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let closed = format!("redis://127.0.0.1:{}", free_port());
    let env = [
        ("PORT", port.as_str()),
        ("REDIS_URL", &closed),
        ("STORAGE", "/dev/null/files"),
        ("STOA_SECRET_KEY", ""),
    ];
    let ran = home.run_in(&env, &["doctor", "--json"]);
    let found = checks(&ran);
    assert!(!ran.ok, "{found:?}");
    assert_eq!(find(&found, "port").0, "fail");
    assert!(find(&found, "port").1.contains("--listen"));
    assert_eq!(find(&found, "cache").0, "warn", "Stoa runs without Redis");
    assert!(
        find(&found, "storage")
            .1
            .contains("/dev/null/files cannot be made"),
        "{found:?}"
    );
    let ran = home.run_in(&[("STOA_SERVER_LISEN", "x")], &["doctor", "--json"]);
    assert!(!ran.ok);
    assert_eq!(find(&checks(&ran), "configuration").0, "fail");
}

#[test]
fn a_damaged_database_is_noticed() {
    let home = Home::new();
    home.run(&["migrate"]).succeeded();
    let path = home.data().join("stoa.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len();
    // Everything after the first page, so that the file opens and its trees are broken.
    bytes[4096..end].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let ran = home.run_in(&[("PORT", &free_port())], &["doctor", "--json"]);
    assert!(!ran.ok, "{ran:?}");
    assert!(checks(&ran).iter().any(|(check, status, _)| status == "fail"
        && ["database", "migrations", "integrity"].contains(&check.as_str())));
}
