//! Pages of other sites: which of them may call /v1 from a browser, and nothing else.

use http::Method;
use serde_json::json;
use testkit::{Answer, Client, TestServer};

const APP: &str = "https://app.example.com";

async fn preflight(client: &Client, path: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization,content-type,x-stainless-os",
        ),
    ];
    client.send(Method::OPTIONS, path, None, &headers).await
}

#[tokio::test]
async fn a_page_of_a_site_that_is_listed_may_call_v1_with_a_key_and_nothing_else() {
    let server = TestServer::with(&[(
        "server.cors_origins",
        "https://app.example.com, http://localhost:5173",
    )])
    .await;
    let ada = server.register("ada").await;
    let anyone = server.anonymous();
    let allowed = preflight(&anyone, "/v1/chat/completions", APP).await.expect(204);
    assert_eq!(allowed.header("access-control-allow-origin"), APP);
    assert_eq!(allowed.header("access-control-allow-methods"), "GET, POST");
    assert_eq!(
        allowed.header("access-control-allow-headers"),
        "authorization,content-type,x-stainless-os"
    );
    assert_eq!(allowed.header("access-control-allow-credentials"), "");

    let body = json!({ "model": "mock/echo", "messages": [{ "role": "user", "content": "Hi" }] });
    let from = [("origin", APP)];
    let said = ada
        .send(Method::POST, "/v1/chat/completions", Some(body.clone()), &from)
        .await
        .expect(200);
    assert_eq!(said.header("access-control-allow-origin"), APP);
    assert_eq!(said.header("access-control-expose-headers"), "*");
    assert_eq!(said.header("access-control-allow-credentials"), "");
    let vary = |answer: &Answer| {
        answer
            .headers
            .get_all("vary")
            .iter()
            .any(|value| value == "Origin")
    };
    assert!(vary(&said));
    // A page has to be able to read why it is refused.
    let refused = anyone
        .send(Method::POST, "/v1/chat/completions", Some(body), &from)
        .await
        .expect(401);
    assert_eq!(refused.header("access-control-allow-origin"), APP);

    for (path, origin) in [
        ("/v1/chat/completions", "https://evil.example.com"),
        ("/v1/chat/completions", "https://app.example.com.evil.org"),
        ("/api/conversations", APP),
    ] {
        let refused = preflight(&anyone, path, origin).await;
        assert_eq!(refused.status.as_u16(), 405, "{path} {origin}");
        assert_eq!(
            refused.header("access-control-allow-origin"),
            "",
            "{path} {origin}"
        );
    }
    let other = ada.get_with("/api/models", &from).await.expect(200);
    assert_eq!(other.header("access-control-allow-origin"), "");
    // Without an origin it is no call of a page.
    let plain = ada.get("/v1/models").await.expect(200);
    assert!(plain.header("access-control-allow-origin").is_empty() && vary(&plain));
}

#[tokio::test]
async fn no_other_site_may_call_anything_unless_it_is_listed() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let refused = preflight(&ada, "/v1/chat/completions", APP).await.expect(405);
    assert_eq!(refused.header("access-control-allow-origin"), "");
    let listed = ada.get_with("/v1/models", &[("origin", APP)]).await.expect(200);
    assert_eq!(listed.header("access-control-allow-origin"), "");
}
