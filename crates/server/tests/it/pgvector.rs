//! Vectors of large workspaces in PostgreSQL's own index: the same hits as from memory, within the same limits.

use std::collections::HashSet;

use search::{Hit, Index, Kind, Mode, NewPassage, Only, Owner, Question, Scope};
use serde_json::json;
use sql::{Batch, Time, query};
use testkit::{Client, TestServer};

use crate::retrieval::embedded;

const MODEL: &str = "a/model";
const DIMENSIONS: usize = 24;

sql::statements! {
    /// What the index holds of a model.
    COPIES = "SELECT count(*) FROM passage_embeddings WHERE model = $1";
    /// The indexes of workspaces that there are.
    NEAR_INDEXES = "SELECT count(*) FROM pg_indexes WHERE tablename = 'passage_embeddings' AND indexname LIKE '%_near_%'";
    /// Copies need not be of passages that there are.
    UNBOUND = "ALTER TABLE passage_embeddings DROP CONSTRAINT passage_embeddings_number_model_fkey";
    /// Copies of many vectors, half of them of one workspace: a tenth memories, a few files.
    MANY = "INSERT INTO passage_embeddings (number, model, workspace_id, kind, owner_id, series, position, part, embedding) \
        SELECT n, $1, CASE n % 2 WHEN 0 THEN 'ws_large' ELSE 'ws_' || n % 7 END, CASE WHEN n % 10 = 0 THEN 'memory' WHEN n % 500 = 2 \
        THEN 'file' ELSE 'message' END, 'own_' || n, 's' || n / 24, n % 24, 0, CAST(CAST((SELECT array_agg(sin(n * i * i)) \
        FROM generate_series(1, 24) AS i) AS vector) AS halfvec) FROM generate_series(1, 8000) AS n";
    /// The index of a workspace.
    INDEX = "SELECT passage_index('ws_large', $1, 24)";
    /// What the planner goes by.
    ANALYSE = "ANALYZE passage_embeddings";
    /// The function that looks for what is near, with all its settings, made one that says how it would.
    PLANNER = r"DO $make$ DECLARE made TEXT := pg_get_functiondef('passage_near'::regproc); BEGIN
        made := replace(replace(made, '.passage_near(', '.passage_plan('), ' STABLE', ' VOLATILE');
        made := replace(made, 'TABLE(near_number bigint, distance double precision)', 'TABLE(line text)');
        EXECUTE replace(made, 'RETURN QUERY EXECUTE chosen', 'RETURN QUERY EXECUTE ''EXPLAIN '' || chosen');
        END $make$";
    /// How it would, line by line: all, or only some kinds and owners; fewer than so many are compared one by one.
    PLAN = "SELECT line FROM passage_plan('ws_large', $1, $2, 100, CASE WHEN $3 = 0 THEN NULL ELSE CAST($4 AS TEXT[]) END, $5, 300)";
}

/// Numbers that look like chance and are always the same.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    fn vector(&mut self) -> Vec<f32> {
        search::normalised((0..DIMENSIONS).map(|_| self.next()).collect())
    }
}

async fn workspace_of(client: &Client) -> String {
    let workspaces = client.get("/api/workspaces").await.expect(200).data();
    workspaces[0]["id"].as_str().unwrap().to_owned()
}

/// Publishes conversations of twelve messages each, and some memories; those of a conversation are about the same.
async fn publish(server: &TestServer, workspace_id: &str, conversations: std::ops::Range<usize>) {
    let mut batch = Batch::new();
    for conversation in conversations {
        let id = format!("conv_{workspace_id}_{conversation}");
        for position in 0..12 {
            let (kind, series) = match position {
                0 => (Kind::Memory, None),
                _ => (Kind::Message, Some((id.as_str(), position))),
            };
            let owner = Owner {
                workspace_id,
                kind,
                id: &format!("own_{workspace_id}_{conversation}_{position}"),
                parent_id: None,
                series,
                at: Time::from_micros(0),
            };
            let passage = NewPassage {
                text: format!("topic{conversation} line {position}"),
                ..NewPassage::default()
            };
            search::publish(&mut batch, &owner, vec![passage]);
        }
    }
    server.app().db.write(batch).await.unwrap();
}

/// Gives what waits vectors: around one of their conversation.
async fn embed(server: &TestServer, model: &str) {
    let index = Index::new(server.app().db.clone());
    loop {
        let claimed = index.claim(server.app().clock.now(), 500).await.unwrap();
        if claimed.is_empty() {
            return;
        }
        let vectors = claimed
            .into_iter()
            .map(|claimed| {
                let topic = claimed.text.split(' ').next().unwrap();
                let seed = topic.bytes().fold(7, |seed: u64, byte| {
                    seed.wrapping_mul(31).wrapping_add(u64::from(byte))
                });
                let (of_topic, mut own) = (Chance(seed).vector(), Chance(claimed.number as u64));
                let vector = of_topic.iter().map(|number| number + 0.25 * own.next()).collect();
                (claimed, vector)
            })
            .collect();
        index.store(model, vectors).await.unwrap();
    }
}

fn within(workspace_id: &str) -> Scope {
    Scope {
        workspaces: vec![workspace_id.to_owned()],
        only: None,
    }
}

async fn ask(index: &Index, vector: &[f32], scope: &Scope, mode: Mode) -> Vec<Hit> {
    let question = Question {
        text: "line of topic3",
        vector: Some((MODEL, vector)),
        scope,
        mode,
        k: 10,
    };
    let (hits, how) = index.search(&question).await.unwrap();
    assert_eq!(how, mode);
    hits
}

/// A node that lets the database compare the vectors of workspaces with more than so many.
async fn node(server: &TestServer, from: usize, exact_until: usize) -> Index {
    let index = Index::new(server.app().db.clone()).exact_until(exact_until);
    index.look_for_pgvector(from).await.unwrap().unwrap();
    index.serve(Some(MODEL));
    index
}

#[tokio::test]
async fn the_database_finds_what_an_arena_finds() {
    let server = TestServer::on_pgvector(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let workspace = workspace_of(&ada).await;
    publish(&server, &workspace, 0..80).await;
    embed(&server, MODEL).await;
    let memory = Index::new(server.app().db.clone());
    memory.serve(Some(MODEL));
    let scope = within(&workspace);
    let of_kind = Scope {
        only: Some(Only {
            kinds: vec![Kind::Memory],
            owners: vec![format!("own_{workspace}_3_7")],
        }),
        ..scope.clone()
    };
    // All compared one by one, and by an index of the workspace.
    for exact_until in [usize::MAX, 0] {
        let outside = node(&server, 100, exact_until).await;
        outside.warm().await.unwrap();
        outside.move_out().await.unwrap();
        assert_eq!(outside.outside_of(&scope.workspaces), 1);
        assert_eq!(outside.in_memory().0, 0);
        for scope in [&scope, &of_kind] {
            for mode in [Mode::Vector, Mode::Hybrid] {
                let (mut wanted, mut found) = (0, 0);
                let mut chance = Chance(5);
                for _ in 0..10 {
                    let vector = chance.vector();
                    let mut best: Vec<HashSet<i64>> = Vec::new();
                    for index in [&memory, &outside] {
                        let hits = ask(index, &vector, scope, mode).await;
                        best.push(hits.iter().map(|hit| hit.passage.number).collect());
                    }
                    wanted += best[0].len();
                    found += best[0].intersection(&best[1]).count();
                }
                assert_eq!(wanted, 100);
                let recall = f64::from(found as u32) / f64::from(wanted as u32);
                assert!(recall >= 0.97, "{recall} {mode:?} {exact_until} {:?}", scope.only);
            }
        }
    }
    let indexes: i64 = query(&NEAR_INDEXES).one(&server.app().db).await.unwrap();
    assert_eq!(indexes, 1, "the workspace has an index of its own");
}

#[tokio::test]
async fn what_is_written_and_deleted_is_so_in_the_copy_at_once_on_every_node() {
    let server = TestServer::on_pgvector(&[("search.model", "none")]).await;
    let (ada, eve) = (server.register("ada").await, server.register("eve").await);
    let (hers, his) = (workspace_of(&ada).await, workspace_of(&eve).await);
    publish(&server, &hers, 0..5).await;
    publish(&server, &his, 0..5).await;
    embed(&server, MODEL).await;
    let one = node(&server, 0, 0).await;
    one.warm().await.unwrap();
    assert_eq!(one.move_out().await.unwrap(), 2);
    assert_eq!(one.move_out().await.unwrap(), 0);
    // A node that starts finds the copies, and reads no vector into its memory.
    let other = node(&server, 0, 0).await;
    other.warm().await.unwrap();
    assert_eq!(other.outside_of(&[hers.clone(), his.clone()]), 2);
    assert_eq!(other.in_memory().0, 0);
    let scope = within(&hers);
    let vector = Chance(3).vector();
    for index in [&one, &other] {
        // Those of eve are as near, and none of them is seen.
        let hits = ask(index, &vector, &scope, Mode::Vector).await;
        assert_eq!(hits.len(), 10);
        assert!(hits.iter().all(|hit| hit.passage.workspace_id == hers));
    }
    // What one node writes the others find at once.
    publish(&server, &hers, 5..6).await;
    embed(&server, MODEL).await;
    let number = ask(&one, &vector, &scope, Mode::Hybrid).await[0].passage.number;
    for index in [&one, &other] {
        let all = Scope {
            only: Some(Only {
                kinds: Vec::new(),
                owners: (0..12).map(|n| format!("own_{hers}_5_{n}")).collect(),
            }),
            ..scope.clone()
        };
        assert_eq!(ask(index, &vector, &all, Mode::Vector).await.len(), 10);
    }
    // What is deleted is found by nobody.
    let mut batch = Batch::new();
    let gone = one.passage(number, &scope.workspaces).await.unwrap().unwrap();
    search::withdraw(&mut batch, &gone.owner_id);
    server.app().db.write(batch).await.unwrap();
    for index in [&one, &other] {
        let hits = ask(index, &vector, &scope, Mode::Hybrid).await;
        assert!(hits.iter().all(|hit| hit.passage.number != number));
    }
    let copies: i64 = query(&COPIES).bind(MODEL).one(&server.app().db).await.unwrap();
    assert_eq!(copies, 11 * 12 - 1);
}

#[tokio::test]
async fn what_another_model_made_leaves_the_copy_with_its_vectors() {
    let server = TestServer::on_pgvector(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let workspace = workspace_of(&ada).await;
    publish(&server, &workspace, 0..3).await;
    embed(&server, "old/model").await;
    let index = Index::new(server.app().db.clone()).exact_until(0);
    index.look_for_pgvector(0).await.unwrap().unwrap();
    index.serve(Some("old/model"));
    index.warm().await.unwrap();
    assert_eq!(index.move_out().await.unwrap(), 1);
    index.enqueue_lacking(MODEL).await.unwrap();
    embed(&server, MODEL).await;
    index.serve(Some(MODEL));
    index.warm().await.unwrap();
    assert_eq!(index.move_out().await.unwrap(), 1);
    index.remove_other_models(MODEL).await.unwrap();
    let db = &server.app().db;
    for (model, count) in [("old/model", 0), (MODEL, 36)] {
        let copies: i64 = query(&COPIES).bind(model).one(db).await.unwrap();
        assert_eq!(copies, count, "{model}");
    }
    let indexes: i64 = query(&NEAR_INDEXES).one(db).await.unwrap();
    assert_eq!(indexes, 1, "that of the old model is dropped");
    let hits = ask(&index, &Chance(3).vector(), &within(&workspace), Mode::Vector).await;
    assert_eq!(hits.len(), 10);
}

#[tokio::test]
async fn every_statement_of_it_is_prepared() {
    let server = TestServer::on_pgvector(&[("search.model", "none")]).await;
    let db = &server.app().db;
    Index::new(db.clone())
        .look_for_pgvector(9)
        .await
        .unwrap()
        .unwrap();
    for statement in search::pgvector_statements() {
        db.prepare_check(statement).await.unwrap();
    }
}

#[tokio::test]
async fn without_the_extension_all_vectors_are_in_memory() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let workspace = workspace_of(&ada).await;
    publish(&server, &workspace, 0..2).await;
    embed(&server, MODEL).await;
    let index = Index::new(server.app().db.clone());
    let why = index.look_for_pgvector(0).await.unwrap().unwrap_err();
    assert!(why.contains("SQLite") || why.contains("pgvector"), "{why}");
    index.serve(Some(MODEL));
    index.warm().await.unwrap();
    assert_eq!(index.move_out().await.unwrap(), 0);
    let scope = within(&workspace);
    assert_eq!(index.in_memory().0, 24);
    assert_eq!(
        ask(&index, &Chance(3).vector(), &scope, Mode::Vector).await.len(),
        10
    );
}

#[tokio::test]
async fn a_server_says_where_vectors_are_compared() {
    let server = TestServer::on_pgvector(&[("search.vectors_in_memory", "0")]).await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    ada.say(&one, "The lighthouse keeper painted the railing green.")
        .await;
    embedded(&ada).await;
    let found = async || {
        let body = json!({ "query": "Who painted the railing?", "mode": "vector" });
        ada.post("/api/search", body).await.expect(200).data()["hits"].clone()
    };
    let before = found().await;
    server.app().search.index.move_out().await.unwrap();
    let status = ada.get("/api/search/status").await.expect(200).data();
    assert_eq!(
        (&status["in_database"], &status["vectors"]),
        (&json!(1), &json!(0)),
        "{status}"
    );
    assert_eq!(found().await, before);
}

/// What the planner makes of the query that the search sends, with these kinds and owners if it is limited.
async fn plan(server: &TestServer, limited: i64, kinds: &[&str], owners: &[&str]) -> String {
    let texts = |of: &[&str]| of.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    let asked = format!("{:?}", Chance(9).vector());
    let bound = query(&PLAN).bind(MODEL).bind(asked).bind(limited);
    let lines: Vec<(String,)> = bound
        .bind(texts(kinds))
        .bind(texts(owners))
        .all(&server.app().db)
        .await
        .unwrap();
    lines.into_iter().map(|(line,)| line + "\n").collect()
}

/// The index of the workspace is used for all, and for kinds of which there are many; a few are compared one by one, found by
/// what they are. Also before the database has counted what is in the table.
#[tokio::test]
async fn the_planner_takes_the_index_of_the_workspace() {
    let server = TestServer::on_pgvector(&[("search.model", "none")]).await;
    let db = &server.app().db;
    node(&server, 0, 0).await;
    query(&UNBOUND).execute(db).await.unwrap();
    query(&MANY).bind(MODEL).execute(db).await.unwrap();
    query(&INDEX).bind(MODEL).one::<i64>(db).await.unwrap();
    query(&PLANNER).execute(db).await.unwrap();
    let near = "Index Scan using passage_embeddings_near_";
    for is_counted in [false, true] {
        if is_counted {
            query(&ANALYSE).execute(db).await.unwrap();
        }
        for (limited, kinds) in [
            (0, vec![]),
            (1, vec!["message"]),
            (1, vec!["memory", "message"]),
            (1, vec!["memory"]),
        ] {
            let plan = plan(&server, limited, &kinds, &[]).await;
            assert_eq!(plan.matches(near).count(), 1, "{kinds:?} {is_counted}\n{plan}");
            assert!(!plan.contains("Sort"), "{kinds:?} {is_counted}\n{plan}");
        }
        for (kinds, owners) in [(vec!["file"], vec![]), (vec![], vec!["own_4", "own_6"])] {
            let plan = plan(&server, 1, &kinds, &owners).await;
            assert!(!plan.contains(near), "{kinds:?} {is_counted}\n{plan}");
            assert!(plan.contains("Sort"), "{kinds:?} {is_counted}\n{plan}");
        }
        let both = plan(&server, 1, &["message"], &["own_10"]).await;
        assert_eq!(
            (both.matches(near).count(), both.matches("Sort Key").count()),
            (1, 1),
            "{both}"
        );
    }
}
