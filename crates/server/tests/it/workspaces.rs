//! Workspaces through HTTP: ids and slugs, roles, members, invitations, If-Match.

use serde_json::json;
use testkit::TestServer;

#[tokio::test]
async fn a_workspace_may_be_created_with_an_id_and_is_found_by_id_and_slug() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let made = ada
        .post(
            "/api/workspaces",
            json!({ "name": "Team", "id": "workspace-123" }),
        )
        .await
        .expect(201)
        .data();
    assert_eq!(
        (made["id"].as_str(), made["slug"].as_str()),
        (Some("workspace-123"), Some("workspace-123"))
    );
    ada.post("/api/workspaces", json!({ "name": "Other", "slug": "other" }))
        .await
        .expect(201);
    let by_slug = ada.get("/api/workspaces/other").await.expect(200).data();
    assert_eq!(
        ada.get(&format!("/api/workspaces/{}", by_slug["id"].as_str().unwrap()))
            .await
            .expect(200)
            .data(),
        by_slug
    );
    for taken in [
        json!({ "name": "X", "id": "workspace-123" }),
        json!({ "name": "X", "slug": "workspace-123" }),
        json!({ "name": "X", "id": "other" }),
    ] {
        ada.post("/api/workspaces", taken).await.expect(409);
    }
    ada.post("/api/workspaces", json!({ "name": "X", "slug": "no spaces" }))
        .await
        .expect(422);
    let bob = server.register("bob").await;
    bob.get("/api/workspaces/workspace-123").await.expect(404);
}

#[tokio::test]
async fn lists_are_paged_counted_searched_and_cut_to_fields() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for name in ["Beta", "alpha", "Gamma"] {
        ada.post("/api/workspaces", json!({ "name": name }))
            .await
            .expect(201);
    }
    let page = ada
        .get("/api/workspaces?limit=2&count=true")
        .await
        .expect(200)
        .json();
    assert_eq!(
        page["page"],
        json!({ "limit": 2, "offset": 0, "has_more": true, "total": 4 })
    );
    let rest = ada
        .get("/api/workspaces?limit=2&offset=2")
        .await
        .expect(200)
        .json();
    let names: Vec<&str> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .chain(rest["data"].as_array().unwrap())
        .map(|w| w["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ada", "alpha", "Beta", "Gamma"]);
    assert_eq!(
        ada.get("/api/workspaces?q=AM&fields=name")
            .await
            .expect(200)
            .json()["data"],
        json!([{ "name": "Gamma" }])
    );
    for wrong in ["limit=0", "limit=101", "limit=x", "offset=100001", "after=???"] {
        let status = ada.get(&format!("/api/workspaces?{wrong}")).await.status.as_u16();
        assert!(
            status == 400 || status == 422 || wrong.starts_with("after"),
            "{wrong}: {status}"
        );
    }
}

#[tokio::test]
async fn roles_decide_and_a_workspace_can_be_handed_over() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (bob, obi) = (server.register("bob").await, server.register("obi").await);
    ada.post("/api/workspaces", json!({ "name": "Team", "id": "team" }))
        .await
        .expect(201);
    server.join(&ada, "team", &bob, "admin").await;
    server.join(&ada, "team", &obi, "observer").await;
    obi.patch("/api/workspaces/team", json!({ "name": "Mine" }))
        .await
        .expect(403);
    bob.patch("/api/workspaces/team", json!({ "name": "Better" }))
        .await
        .expect(200);
    bob.delete("/api/workspaces/team").await.expect(403);
    let member = |id: &str| format!("/api/workspaces/team/members/{id}");
    bob.patch(&member(&ada.user_id), json!({ "role": "member" }))
        .await
        .expect(409);
    bob.patch(&member(&obi.user_id), json!({ "role": "owner" }))
        .await
        .expect(403);
    ada.patch(&member(&bob.user_id), json!({ "role": "owner" }))
        .await
        .expect(204);
    assert_eq!(ada.get("/api/workspaces/team").await.data()["role"], "admin");
    bob.delete(&member(&bob.user_id)).await.expect(409);
    obi.delete(&member(&ada.user_id)).await.expect(403);
    obi.delete(&member(&obi.user_id)).await.expect(204);
    obi.get("/api/workspaces/team").await.expect(404);
    let roles = bob.get("/api/workspaces/team/members").await.expect(200).json();
    assert_eq!(
        roles["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["role"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["admin", "owner"]
    );
    bob.delete("/api/workspaces/team").await.expect(204);
    ada.get("/api/workspaces/team").await.expect(404);
}

#[tokio::test]
async fn invitations_are_accepted_declined_and_taken_back() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (bob, eve) = (server.register("bob").await, server.register("eve").await);
    let path = format!("/api/workspaces/{}/invitations", ada.workspace);
    let made = ada
        .post(&path, json!({ "email": "bob@example.com", "role": "member" }))
        .await
        .expect(201)
        .data();
    assert!(made["token"].as_str().unwrap().starts_with("stoa_i_"));
    let mine = bob.get("/api/invitations").await.expect(200).json();
    assert_eq!(mine["data"][0]["id"], made["id"]);
    assert_eq!(mine["data"][0].get("token"), None);
    let id = made["id"].as_str().unwrap();
    eve.post(&format!("/api/invitations/{id}/accept"), json!({}))
        .await
        .expect(404);
    bob.post(&format!("/api/invitations/{id}/decline"), json!({}))
        .await
        .expect(204);
    bob.post(&format!("/api/invitations/{id}/accept"), json!({}))
        .await
        .expect(404);
    // The link works for whoever holds it.
    let made = ada
        .post(
            &path,
            json!({ "email": "eve.other@example.com", "role": "observer" }),
        )
        .await
        .expect(201)
        .data();
    eve.post(
        &format!("/api/invitations/{}/accept", made["token"].as_str().unwrap()),
        json!({}),
    )
    .await
    .expect(200);
    assert_eq!(
        eve.get(&format!("/api/workspaces/{}", ada.workspace))
            .await
            .expect(200)
            .data()["role"],
        "observer"
    );
    let made = ada
        .post(&path, json!({ "email": "bob@example.com", "role": "member" }))
        .await
        .expect(201)
        .data();
    ada.delete(&format!("{path}/{}", made["id"].as_str().unwrap()))
        .await
        .expect(204);
    assert_eq!(bob.get("/api/invitations").await.json()["data"], json!([]));
    ada.post(&path, json!({ "email": "eve@example.com", "role": "member" }))
        .await
        .expect(409);
    ada.post(&path, json!({ "email": "x@example.com", "role": "owner" }))
        .await
        .expect(422);
}

#[tokio::test]
async fn an_invitation_shows_itself_to_whoever_has_its_link() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (bob, eve) = (server.register("bob").await, server.register("eve").await);
    let path = format!("/api/workspaces/{}/invitations", ada.workspace);
    let made = ada
        .post(&path, json!({ "email": "bob@example.com", "role": "member" }))
        .await
        .expect(201)
        .data();
    let by_token = format!("/api/invitations/{}", made["token"].as_str().unwrap());
    let by_id = format!("/api/invitations/{}", made["id"].as_str().unwrap());
    let seen = server.anonymous().get(&by_token).await.expect(200).data();
    assert_eq!(
        seen,
        json!({
            "id": made["id"], "workspace_name": "ada", "email": "bob@example.com", "role": "member",
            "invited_by": "ada", "expires_at": made["expires_at"],
        })
    );
    // A credential that has expired does not close the page of the link.
    let expired = ada.with_token(Some("stoa_s_of-yesterday"));
    assert_eq!(expired.get(&by_token).await.expect(200).data(), seen);
    assert_eq!(bob.get(&by_id).await.expect(200).data(), seen);
    for stranger in [&server.anonymous(), &eve, &ada] {
        stranger.get(&by_id).await.expect(404);
    }
    bob.post(&format!("{by_id}/decline"), json!({})).await.expect(204);
    let gone = server.anonymous().get(&by_token).await.expect(404);
    assert!(!gone.text().contains("stoa_i_"), "{}", gone.text());
}

#[tokio::test]
async fn a_change_to_an_old_version_is_refused() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = format!("/api/workspaces/{}", ada.workspace);
    let tag = ada.get(&path).await.expect(200).header("etag").to_owned();
    let change = |name: &str| Some(json!({ "name": name }));
    ada.send(http::Method::PATCH, &path, change("One"), &[("if-match", &tag)])
        .await
        .expect(200);
    let refused = ada
        .send(http::Method::PATCH, &path, change("Two"), &[("if-match", &tag)])
        .await
        .expect(412);
    assert_eq!(refused.json()["code"], "precondition_failed");
    assert_eq!(ada.get(&path).await.data()["name"], "One");
}
