//! Every route as every kind of caller, against what the route declares. A new route is in the table by being a route.

use http::Method;
use serde_json::json;
use server::http::route::{Access, RouteSpec};
use server::http::router;
use server::workspaces::Role;
use testkit::{Client, TestServer};

/// Who may call without logging in, spelled out: a new public route has to be added here on purpose.
const PUBLIC: &[&str] = &[
    "GET /api/anonymous-mock-mode-status",
    "GET /api/auth/status",
    "GET /api/invitations/{invitation}",
    "GET /api/rate-limit-status",
    "POST /api/auth/login",
    "POST /api/auth/register",
    "GET /docs",
    "GET /docs/docs.css",
    "GET /docs/docs.js",
    "GET /docs/errors",
    "GET /health",
    "GET /openapi.json",
    "GET /ready",
];

/// Models and agents are named by their providers.
const MODELS: [(&str, &str); 3] = [
    ("{*model}", "mock/echo"),
    ("{model}", "echo"),
    ("{agent}", "travel"),
];

struct Fixture {
    anonymous: Client,
    root: Client,
    stranger: Client,
    by_role: Vec<(Role, Client)>,
    names: Vec<(&'static str, String)>,
}

/// The id of what is made there.
async fn made(client: &Client, path: &str, body: serde_json::Value) -> String {
    let made = client.post(path, body).await.expect(201).data();
    made["id"].as_str().unwrap().to_owned()
}

async fn preset(owner: &Client) -> String {
    let preset = json!({ "name": "Two", "models": ["mock/echo", "mock/lorem"] });
    made(owner, "/api/workspaces/team/presets", preset).await
}

async fn route(owner: &Client) -> String {
    let route = json!({ "name": "main", "targets": [{ "model": "mock/echo" }] });
    made(owner, "/api/workspaces/team/routes", route).await
}

async fn batch(owner: &Client) -> String {
    let batch = json!({ "prompts": ["One?"], "models": ["mock/echo"] });
    let begun = owner
        .post("/api/workspaces/team/batches", batch)
        .await
        .expect(202);
    begun.data()["id"].as_str().unwrap().to_owned()
}

/// One of each role below the owner's.
async fn members(server: &TestServer, owner: &Client) -> Vec<(Role, Client)> {
    let mut by_role = Vec::new();
    for (role, name) in [
        (Role::Observer, "observer"),
        (Role::Member, "member"),
        (Role::Admin, "admin"),
    ] {
        let client = server.register(name).await;
        server.join(owner, "team", &client, name).await;
        by_role.push((role, client));
    }
    by_role
}

async fn fixture(server: &TestServer) -> Fixture {
    let root = server.register("root").await;
    let owner = server.register("owner").await;
    owner
        .post("/api/workspaces", json!({ "name": "Team", "id": "team" }))
        .await
        .expect(201);
    let mut by_role = members(server, &owner).await;
    let conversation = made(
        &owner,
        "/api/workspaces/team/conversations",
        json!({ "model": "mock/echo" }),
    )
    .await;
    let reply = owner.say(&conversation, "hello").await;
    let memory = json!({ "content": "A thing to know." });
    let memory = made(&owner, "/api/workspaces/team/memories", memory).await;
    let connection = json!({ "scope": "workspace", "workspace": "team", "kind": "openai", "slug": "up", "base_url": "https://api.example.com/v1" });
    let connection = made(&owner, "/api/connections", connection).await;
    let folder = json!({ "name": "Papers" });
    let file = made(&owner, "/api/workspaces/team/folders", folder).await;
    let upload = json!({ "name": "a.bin", "size_bytes": 1 });
    let upload = made(&owner, "/api/workspaces/team/uploads", upload).await;
    let budget =
        json!({ "scope": "workspace", "subject": "team", "period": "month", "limit_micros": 1_000_000 });
    let budget = made(&owner, "/api/budgets", budget).await;
    let text = |field: &str| reply[field].as_str().unwrap().to_owned();
    let mut names = vec![
        ("{workspace}", "team".to_owned()),
        ("{passage}", "1".to_owned()),
        ("{budget}", budget),
        ("{conversation}", conversation),
        ("{memory}", memory),
        ("{version}", "1".to_owned()),
        ("{file}", file),
        ("{upload}", upload),
        ("{preset}", preset(&owner).await),
        ("{route}", route(&owner).await),
        ("{tag}", "code".to_owned()),
        ("{batch}", batch(&owner).await),
        ("{position}", "0".to_owned()),
        ("{lane}", "0".to_owned()),
        ("{message}", text("id")),
        ("{run}", text("run_id")),
        ("{user}", "usr_nobody".to_owned()),
        ("{invitation}", "inv_nothing".to_owned()),
        ("{session}", "ses_nothing".to_owned()),
        ("{key}", "key_nothing".to_owned()),
        ("{connection}", connection),
        ("{alert}", "alr_nothing".to_owned()),
        ("{price}", "prc_nothing".to_owned()),
        ("{namespace}", "templates".to_owned()),
        ("{statement}", "accounts.find_caller".to_owned()),
        ("{request}", "req_of_this_test".to_owned()),
    ];
    names.extend(MODELS.map(|(name, model)| (name, model.to_owned())));
    by_role.push((Role::Owner, owner));
    Fixture {
        anonymous: server.anonymous(),
        root,
        stranger: server.register("stranger").await,
        by_role,
        names,
    }
}

impl Fixture {
    fn path(&self, spec: &RouteSpec) -> String {
        let mut path = spec.path.to_owned();
        for (name, value) in &self.names {
            path = path.replace(name, value);
        }
        assert!(!path.contains('{'), "give {path} an example in this test");
        path
    }

    async fn status(&self, client: &Client, spec: &RouteSpec) -> u16 {
        let body = (spec.method != Method::GET).then(|| json!({}));
        // The answer's body is left alone: a stream may have no end.
        client
            .open(spec.method.clone(), &self.path(spec), body, &[])
            .await
            .status()
            .as_u16()
    }
}

/// Whom the route must turn away, and with what.
fn turned_away(fixture: &Fixture, access: Access) -> Vec<(&str, &Client, u16)> {
    let mut away = vec![("anonymous", &fixture.anonymous, 401)];
    match access {
        Access::Public => away.clear(),
        Access::SignedIn | Access::Visitor => {}
        Access::SystemAdmin => away.push(("stranger", &fixture.stranger, 403)),
        Access::Workspace(least) => {
            away.push(("stranger", &fixture.stranger, 404));
            // Administrating the installation does not open other people's workspaces.
            away.push(("root", &fixture.root, 404));
            away.extend(
                fixture
                    .by_role
                    .iter()
                    .filter(|(role, _)| *role < least)
                    .map(|(role, client)| (role.as_str(), client, 403)),
            );
        }
    }
    away
}

/// One who must get through.
fn let_in(fixture: &Fixture, access: Access) -> &Client {
    match access {
        Access::Public => &fixture.anonymous,
        Access::SignedIn | Access::Visitor => &fixture.stranger,
        Access::SystemAdmin => &fixture.root,
        Access::Workspace(least) => &fixture.by_role.iter().find(|(role, _)| *role == least).unwrap().1,
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_declares_and_nobody_else() {
    let server = TestServer::new().await;
    let fixture = fixture(&server).await;
    let routes = router::routes();
    let mut wrong = Vec::new();
    for spec in routes.specs() {
        for (who, client, expected) in turned_away(&fixture, spec.access) {
            let status = fixture.status(client, spec).await;
            if status != expected {
                wrong.push(format!(
                    "{} {} as {who}: {status}, not {expected}",
                    spec.method, spec.path
                ));
            }
        }
    }
    // Those who get through come last, for they change and delete things; logging out ends the caller itself.
    let mut specs: Vec<&RouteSpec> = routes.specs().collect();
    specs.sort_by_key(|spec| {
        (
            spec.id == "log_out",
            spec.method == Method::DELETE,
            spec.path.len(),
        )
    });
    for spec in specs {
        let status = fixture.status(let_in(&fixture, spec.access), spec).await;
        let login = spec.id == "log_in";
        if matches!(status, 401 | 403) && !login || status >= 500 {
            wrong.push(format!("{} {} let nobody in: {status}", spec.method, spec.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_public_by_accident() {
    let routes = router::routes();
    let mut public: Vec<String> = routes
        .specs()
        .filter(|spec| spec.access == Access::Public)
        .map(|spec| format!("{} {}", spec.method, spec.path))
        .collect();
    public.sort();
    let mut declared: Vec<&str> = PUBLIC.to_vec();
    declared.sort_unstable();
    assert_eq!(public, declared);
}

#[test]
fn static_paths_are_not_shadowed_by_parameters() {
    let routes = router::routes();
    let paths: Vec<&str> = routes.specs().map(|spec| spec.path).collect();
    for path in &paths {
        assert!(path.starts_with('/') && !path.ends_with('/'), "{path}");
    }
    // axum prefers the static segment; two routes of one method and path would not even build.
    let mut seen: Vec<String> = routes
        .specs()
        .map(|spec| format!("{} {}", spec.method, spec.path))
        .collect();
    seen.sort();
    let before = seen.len();
    seen.dedup();
    assert_eq!(seen.len(), before);
}
