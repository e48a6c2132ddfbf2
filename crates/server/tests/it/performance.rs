//! The profiler through HTTP: what is counted, what a request's parts are, who may look, and what is never shown.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use server::cache::Outcome;
use server::http::router;
use server::performance::{self, Observation, Performance};
use sql::{Meter, SystemClock};
use testkit::{Client, PASSWORD, TestServer};
use tower::ServiceExt;

use crate::upstream::eventually;

/// A server on which hashing a password is slow, and reading a row is not.
async fn server() -> (TestServer, Client) {
    let server = TestServer::with(&[("log.slow_request", "4ms")]).await;
    let root = server.register("root").await;
    (server, root)
}

async fn overview(root: &Client) -> Value {
    root.get("/performance").await.expect(200).data()
}

fn named<'a>(list: &'a Value, field: &str, name: &str) -> &'a Value {
    let list = list.as_array().expect("a list");
    let found = list.iter().find(|entry| entry[field] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list:?}"))
}

fn number(of: &Value, field: &str) -> u64 {
    of[field].as_u64().unwrap_or_else(|| panic!("{field} of {of}"))
}

#[tokio::test]
async fn requests_are_counted_by_their_route_as_soon_as_they_are_answered() {
    let (_server, root) = server().await;
    let before = overview(&root).await;
    for _ in 0..3 {
        root.get("/api/workspaces").await.expect(200);
    }
    root.with_token(Some("nonsense"))
        .get("/api/workspaces")
        .await
        .expect(401);
    root.get("/api/nowhere").await.expect(404);
    let shown = overview(&root).await;
    let route = named(&shown["routes"], "id", "list_workspaces");
    assert_eq!(
        (&route["count"], &route["refused"], &route["errors"]),
        (&json!(4), &json!(1), &json!(0))
    );
    assert_eq!(route["method"], "GET");
    assert_eq!(route["path"], "/api/workspaces");
    let specs = router::specs();
    let spec = specs.iter().find(|spec| spec.id == "list_workspaces").unwrap();
    let budget = number(route, "statements_max");
    assert_eq!(budget, u64::from(spec.statements_max));
    assert!(
        (1..=budget).contains(&number(route, "statements_most")),
        "{route}"
    );
    assert!(
        route["statements_mean"].as_f64().unwrap() <= budget as f64,
        "{route}"
    );
    assert_eq!(route["over_budget"], 0);
    assert!(
        route["bytes"].as_u64().unwrap() > 0 && route["p99_ms"].as_f64().unwrap() > 0.0,
        "{route}"
    );
    let unrouted = named(&shown["routes"], "id", "get_page");
    assert_eq!((&unrouted["count"], &unrouted["refused"]), (&json!(1), &json!(1)));
    let more = |field: &str| number(&shown["requests"], field) - number(&before["requests"], field);
    // The four, the path without a route, and the first look.
    assert_eq!((more("count"), more("refused"), more("errors")), (6, 2, 0));
    assert_eq!(shown["last_minute"]["count"], shown["requests"]["count"]);
}

#[test]
fn percentiles_are_those_of_the_durations_that_were_observed() {
    let performance = Performance::new(router::specs(), Duration::from_secs(1), Arc::new(SystemClock));
    let specs = router::specs();
    let spec = specs.iter().find(|spec| spec.id == "list_workspaces").unwrap();
    let request_id: Arc<str> = Arc::from("req_1");
    for ms in 1..=100 {
        performance.observe(&Observation {
            route: performance.route(spec),
            method: &Method::GET,
            path: "/api/workspaces",
            request_id: &request_id,
            status: StatusCode::OK,
            took: Duration::from_millis(ms),
            bytes: Some(1_000),
            meter: None,
            trace: None,
            cache: if ms % 4 == 0 { Outcome::Miss } else { Outcome::Hit },
        });
    }
    let totals = performance.totals();
    for (share, expected) in [(0.5, 50.0), (0.95, 95.0), (0.99, 99.0), (1.0, 100.0)] {
        let ms = totals.times.quantile(share).as_secs_f64() * 1e3;
        assert!((ms - expected).abs() / expected < 0.02, "{share}: {ms}");
    }
    assert_eq!(
        (totals.count(), totals.bytes, totals.hit_rate()),
        (100, 100_000, Some(0.75))
    );
    // Nothing of an answer out of the cache is kept, unless it was slow.
    assert!(performance.requests().is_empty());
}

#[tokio::test]
async fn a_slow_request_is_there_with_its_statements_and_their_plans() {
    let (_server, root) = server().await;
    let login = json!({ "email": "root@example.com", "password": PASSWORD });
    let headers = [("x-request-id", "a-slow-login")];
    root.send(Method::POST, "/api/auth/login", Some(login), &headers)
        .await
        .expect(200);
    let slow = root
        .get("/api/performance/requests?slow=true")
        .await
        .expect(200)
        .data();
    let request = named(&slow, "id", "a-slow-login");
    assert_eq!(
        (&request["kept"], &request["status"]),
        (&json!("slow"), &json!(200))
    );
    assert_eq!(
        (&request["route"], &request["path"]),
        (&json!("log_in"), &json!("/api/auth/login"))
    );
    let shown = root
        .get("/api/performance/requests/a-slow-login")
        .await
        .expect(200)
        .data();
    let spans = shown["spans"].as_array().unwrap();
    let statements: Vec<&Value> = spans.iter().filter(|span| span["kind"] == "statement").collect();
    assert_eq!(statements.len() as u64, shown["statements"].as_u64().unwrap());
    assert!(!statements.is_empty());
    let plan = named(&shown["plans"], "name", "accounts.find_login");
    assert!(plan["text"].as_str().unwrap().contains("users"), "{plan}");
    let quick = root
        .get("/api/performance/requests?slow=true&route=list_workspaces")
        .await
        .expect(200)
        .data();
    assert_eq!(quick, json!([]));
    root.get("/api/performance/requests/nothing").await.expect(404);
}

#[tokio::test]
async fn the_parts_of_a_request_lie_within_it_and_do_not_take_longer_than_it() {
    let (_server, root) = server().await;
    let conversation = root.conversation("mock/echo").await;
    root.say(&conversation, "one two three").await;
    let path = format!("/api/conversations/{conversation}");
    let headers = [("x-request-id", "one-change")];
    root.send(
        Method::PATCH,
        &path,
        Some(json!({ "title": "Counting" })),
        &headers,
    )
    .await
    .expect(200);
    let shown = root
        .get("/api/performance/requests/one-change")
        .await
        .expect(200)
        .data();
    let took = shown["took_micros"].as_u64().unwrap();
    let spans = shown["spans"].as_array().unwrap();
    let kinds: Vec<&str> = spans.iter().map(|span| span["kind"].as_str().unwrap()).collect();
    let [first, inner, between @ .., written, packed] = kinds.as_slice() else {
        panic!("{shown}")
    };
    assert_eq!(
        [*first, *inner, *written, *packed],
        ["auth", "statement", "serialise", "encode"]
    );
    assert!(
        !between.is_empty() && between.iter().all(|kind| *kind == "statement"),
        "{shown}"
    );
    for span in spans {
        // Each offset and each duration is cut to whole microseconds.
        assert!(
            number(span, "offset_micros") + number(span, "micros") <= took + 2,
            "{span} of {took}"
        );
    }
    // The first statement is within auth; the others follow each other.
    let auth_end = number(&spans[0], "offset_micros") + number(&spans[0], "micros");
    let first_end = number(&spans[1], "offset_micros") + number(&spans[1], "micros");
    assert!(first_end <= auth_end + 2, "{shown}");
    let later = spans[2..].iter().map(|span| number(span, "micros"));
    let one_after_another = number(&spans[0], "micros") + later.sum::<u64>();
    assert!(one_after_another <= took + spans.len() as u64, "{shown}");
    for statement in &spans[1..spans.len() - 2] {
        let parts = number(statement, "wait_micros") + number(statement, "work_micros");
        assert!(parts <= number(statement, "micros"), "{statement}");
        assert_eq!(statement["failed"], false);
    }
}

#[tokio::test]
async fn a_request_that_hangs_is_shown_while_it_does() {
    let (_server, root) = server().await;
    let hanging = root.clone();
    let call = tokio::spawn(async move {
        let body = json!({ "model": "mock/silent", "messages": [{ "role": "user", "content": "anybody?" }] });
        let headers = [("x-request-id", "it-hangs")];
        hanging
            .send(Method::POST, "/v1/chat/completions", Some(body), &headers)
            .await
    });
    let path = "/api/performance/requests?running=true";
    let shown = eventually(&root, path, |answer| answer.text().contains("it-hangs"))
        .await
        .data();
    let request = named(&shown, "id", "it-hangs");
    assert_eq!(
        (&request["kept"], &request["status"]),
        (&json!("running"), &Value::Null)
    );
    let parts = root
        .get("/api/performance/requests/it-hangs")
        .await
        .expect(200)
        .data();
    assert_eq!(parts["spans"][0]["kind"], "auth", "{parts}");
    call.abort();
    eventually(&root, path, |answer| !answer.text().contains("it-hangs")).await;
}

#[tokio::test]
async fn statements_are_counted_by_name_and_explained() {
    let (_server, root) = server().await;
    let counted = async || {
        let statements = root.get("/api/performance/statements").await.expect(200).data();
        named(&statements, "name", "workspaces.list").clone()
    };
    root.get("/api/workspaces").await.expect(200);
    let before = counted().await;
    for _ in 0..4 {
        root.get("/api/workspaces").await.expect(200);
    }
    let list = counted().await;
    let more = |field: &str| number(&list, field) - number(&before, field);
    assert_eq!((more("count"), more("errors"), more("rows")), (4, 0, 4));
    assert_eq!((&list["reads"], &list["rows_most"]), (&json!(true), &json!(1)));
    assert!(list["p99_ms"].as_f64() >= list["p50_ms"].as_f64(), "{list}");
    let shown = root
        .get("/api/performance/statements/workspaces.list")
        .await
        .expect(200)
        .data();
    assert!(shown["text"].as_str().unwrap().starts_with("SELECT"), "{shown}");
    let plan = shown["plan"]["text"].as_str().unwrap();
    assert!(plan.contains("SEARCH") || plan.contains("Scan"), "{shown}");
    assert_eq!(shown["plan"]["hints"], json!([]));
    root.get("/api/performance/statements/nothing.here")
        .await
        .expect(404);
}

#[tokio::test]
async fn what_opens_something_is_in_no_answer() {
    let (_server, root) = server().await;
    let secret = "the launch is on the ninth";
    let conversation = root.conversation("mock/echo").await;
    root.say(&conversation, secret).await;
    let key = root
        .post("/api/auth/keys", json!({ "name": "ci", "scopes": ["read"] }))
        .await
        .expect(201)
        .data();
    let (key_id, token) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
    root.delete(&format!("/api/auth/keys/{key_id}")).await.expect(204);
    let login = json!({ "email": "root@example.com", "password": PASSWORD });
    let session = root.post("/api/auth/login", login).await.expect(200).data();
    let mut shown = root.get("/performance").await.expect(200).text();
    let requests = root.get("/api/performance/requests").await.expect(200);
    shown.push_str(&requests.text());
    let list = requests.data();
    assert!(list.as_array().unwrap().len() >= 6, "{list}");
    assert_eq!(
        named(&list, "route", "revoke_key")["path"],
        "/api/auth/keys/{key}"
    );
    for request in list.as_array().unwrap() {
        let path = format!("/api/performance/requests/{}", request["id"].as_str().unwrap());
        shown.push_str(&root.get(&path).await.expect(200).text());
    }
    for hidden in [
        secret,
        key_id,
        token,
        PASSWORD,
        session["token"].as_str().unwrap(),
        "root@example.com",
    ] {
        assert!(!shown.contains(hidden), "{hidden} is shown");
    }
}

#[tokio::test]
async fn models_are_measured_whoever_calls_them() {
    let (_server, root) = server().await;
    let conversation = root.conversation("mock/echo").await;
    root.say(&conversation, "one two three").await;
    let call = |model: &str| json!({ "model": model, "messages": [{ "role": "user", "content": "four" }] });
    root.post("/v1/chat/completions", call("mock/echo"))
        .await
        .expect(200);
    let mut failing = call("mock/fail");
    failing["mock"] = json!({ "status": 400, "message": "no" });
    root.post("/v1/chat/completions", failing).await.expect(400);
    let models = overview(&root).await["models"].clone();
    let echo = named(&models, "model", "mock/echo");
    assert_eq!((&echo["calls"], &echo["errors"]), (&json!(2), &json!(0)));
    assert!(echo["completion_tokens"].as_u64().unwrap() >= 4, "{echo}");
    assert!(
        echo["ttft_p95_ms"].as_f64().unwrap() <= echo["max_ms"].as_f64().unwrap(),
        "{echo}"
    );
    let fail = named(&models, "model", "mock/fail");
    assert_eq!((&fail["calls"], &fail["errors"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn the_browsers_own_tools_see_where_the_time_went() {
    let (_server, root) = server().await;
    let plain = root.get("/api/workspaces").await.expect(200);
    let names: Vec<&str> = plain
        .header("server-timing")
        .split(", ")
        .filter_map(|part| part.split(';').next())
        .collect();
    assert!(
        names.starts_with(&["auth"]) || names.starts_with(&["cache", "auth"]),
        "{names:?}"
    );
    assert!(names.ends_with(&["db", "total"]), "{names:?}");
    let body = json!({ "model": "mock/echo", "messages": [{ "role": "user", "content": "hello" }] });
    let called = root.post("/v1/chat/completions", body).await.expect(200);
    let timing = called.header("server-timing");
    assert!(
        timing.contains("model;dur=") && timing.contains("auth;dur="),
        "{timing}"
    );
}

#[tokio::test]
async fn an_open_stream_is_counted_until_its_reader_leaves() {
    let (_server, root) = server().await;
    let stream = root.open(Method::GET, "/api/changes", None, &[]).await;
    assert_eq!(stream.status(), 200);
    assert_eq!(overview(&root).await["streams"], 1);
    drop(stream);
    assert_eq!(overview(&root).await["streams"], 0);
}

#[tokio::test]
async fn the_series_hold_what_the_sampler_saw() {
    let (server, root) = server().await;
    for _ in 0..10 {
        root.get("/api/workspaces").await.expect(200);
    }
    performance::sample(server.app()).await;
    let path =
        "/api/performance/series?names=requests_per_second,p99_ms,rss_bytes,hit_rate&seconds=600&points=10";
    let shown = root.get(path).await.expect(200).data();
    let known = |name: &str| {
        let values = named(&shown["series"], "name", name)["values"]
            .as_array()
            .unwrap()
            .clone();
        assert_eq!(values.len(), shown["times"].as_array().unwrap().len());
        values.iter().rev().find_map(Value::as_f64)
    };
    assert!(known("requests_per_second").unwrap() > 0.0);
    assert!(known("p99_ms").unwrap() > 0.0);
    assert!(!cfg!(target_os = "linux") || known("rss_bytes").unwrap() > 1e6);
    let unknown = root
        .get("/api/performance/series?names=nothing")
        .await
        .expect(422);
    assert!(unknown.text().contains("p99_ms"), "{}", unknown.text());
}

async fn from(server: &TestServer, peer: &str, header: Option<(&str, &str)>) -> u16 {
    let mut request = Request::get("/performance");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let address: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    let router = router::build(server.app());
    router.oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_same_machine_may_look_only_when_it_is_configured_and_never_through_a_proxy() {
    let closed = TestServer::new().await;
    assert_eq!(from(&closed, "127.0.0.1:5000", None).await, 401);
    let open = TestServer::with(&[("performance.open_on_loopback", "true")]).await;
    for (peer, header, expected) in [
        ("127.0.0.1:5000", None, 200),
        ("[::1]:5000", None, 200),
        ("192.168.1.5:5000", None, 401),
        ("192.168.1.5:5000", Some(("x-forwarded-for", "127.0.0.1")), 401),
        ("192.168.1.5:5000", Some(("forwarded", "for=127.0.0.1")), 401),
        ("127.0.0.1:5000", Some(("x-forwarded-for", "203.0.113.9")), 401),
        ("127.0.0.1:5000", Some(("x-real-ip", "127.0.0.1")), 401),
    ] {
        assert_eq!(from(&open, peer, header).await, expected, "{peer} {header:?}");
    }
}

#[tokio::test]
async fn only_administrators_look() {
    let (server, root) = server().await;
    let ada = server.register("ada").await;
    for path in [
        "/performance",
        "/api/performance/routes",
        "/api/performance/requests",
        "/api/performance/series",
    ] {
        server.anonymous().get(path).await.expect(401);
        ada.get(path).await.expect(403);
        root.get(path).await.expect(200);
    }
}

#[tokio::test]
async fn the_database_shows_its_ways_and_its_size() {
    let (server, root) = server().await;
    root.conversation("mock/echo").await;
    let database = overview(&root).await["database"].clone();
    assert!(database["file_bytes"].as_u64().unwrap() > 10_000, "{database}");
    assert!(
        database["open_max"].as_u64() >= database["in_use"].as_u64(),
        "{database}"
    );
    assert!(database["writes"].as_u64().unwrap() > 0 && database["reads"].as_u64().unwrap() > 0);
    if server.app().db.kind() == sql::Kind::Sqlite {
        let commits = &database["group_commits"];
        let counted: u64 = commits["histogram"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_u64().unwrap())
            .sum();
        assert_eq!(Some(counted), commits["count"].as_u64());
        assert!(database["wal_bytes"].as_u64().unwrap() > 0, "{database}");
    }
}

#[tokio::test]
async fn a_meters_offsets_count_from_its_birth() {
    let (server, _root) = server().await;
    let meter = Meter::new();
    meter
        .scope(async {
            server.app().engine.stats().await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            server.app().engine.stats().await.unwrap();
        })
        .await;
    let records = meter.records();
    let [first, second] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert!(
        second.offset_micros >= first.offset_micros + 20_000,
        "{records:?}"
    );
    let whole = |record: &sql::Record| record.wait_micros + record.micros + record.after_micros;
    assert!(u128::from(whole(first) + whole(second)) <= meter.born().elapsed().as_micros());
}
