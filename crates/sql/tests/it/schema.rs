//! The live schema, plans, and the check of statements.

use futures_util::StreamExt;
use sql::testing::TestDb;
use sql::{Error, Index, Kind, both_databases, query};

use crate::support::{self, MIGRATIONS, add_users, count};

sql::statements! {
    UNTYPED = "SELECT id FROM users WHERE age > CAST($1 AS NUMERIC)";
    SKIPPED = "SELECT id FROM users WHERE age > $3 AND id = $1";
    UPPER = sqlite "SELECT upper(email) FROM users WHERE id = $1" postgres "SELECT UPPER(email) FROM users WHERE id = $1";
}

both_databases! {
    MIGRATIONS;

    async fn statements_are_checked_without_running(db) {
        for statement in support::STATEMENTS.iter().filter(|statement| statement.name() != "support.broken") {
            db.prepare_check(statement).await.unwrap();
        }
        assert!(matches!(db.prepare_check(&support::BROKEN).await.unwrap_err(), Error::Database { .. }));
        let error = db.prepare_check(&SKIPPED).await.unwrap_err();
        assert_eq!(error.to_string(), "`schema.skipped` cannot take its parameter $2: the text does not mention it");
        assert_eq!(count(&*db).await.unwrap(), 0);
    }

    async fn indexes_are_listed_by_table_and_name(db) {
        let indexes = db.indexes().await.unwrap();
        let index = |name: &str| indexes.iter().find(|index| index.name == name).unwrap().clone();
        let expected = Index {
            name: "users_age_id".to_owned(),
            table: "users".to_owned(),
            columns: vec!["age desc".to_owned(), "id".to_owned()],
            unique: false,
        };
        assert_eq!(index("users_age_id"), expected);
        assert_eq!(index("users_email_key").columns, ["email"]);
        assert!(index("users_email_key").unique);
        assert!(index("users_lower_name_key").columns[0].starts_with('('));
    }

    async fn plans_tell_which_index_is_used(db) {
        add_users(&db, 1).await;
        for statement in [&support::GET_EMAIL, &support::SET_EMAIL, &support::CLAIM, &support::IDS_IN] {
            let plan = db.explain(statement).await.unwrap();
            assert!(plan.contains("users"), "{plan}");
        }
        let plan = db.explain(&support::GET_EMAIL).await.unwrap();
        let expected = match db.kind() {
            Kind::Sqlite => "SEARCH users USING INDEX sqlite_autoindex_users_1 (id=?)",
            Kind::Postgres => "users_pkey",
        };
        assert!(plan.contains(expected), "{plan}");
        assert!(db.explain(&support::BROKEN).await.is_err());
        // The connection that failed is not used again.
        assert_eq!(query(&UPPER).bind("u000").one::<String>(&*db).await.unwrap(), "U000@EXAMPLE.COM");
    }

    async fn a_closed_database_says_so(db) {
        add_users(&db, 1).await;
        db.ping().await.unwrap();
        db.close().await;
        assert!(matches!(db.ping().await.unwrap_err(), Error::Unavailable { .. }));
        assert!(matches!(count(&*db).await.unwrap_err(), Error::Unavailable { .. }));
        assert!(matches!(support::user("x").execute(&*db).await.unwrap_err(), Error::Unavailable { .. }));
        assert!(matches!(db.begin().await.unwrap_err(), Error::Unavailable { .. }));
        let streamed: Vec<_> = query(&support::LIST_IDS).stream::<String>(&db).collect().await;
        assert!(matches!(streamed.as_slice(), [Err(Error::Unavailable { .. })]));
        db.close().await;
        let mut db = db;
        db.reopen().await;
        assert_eq!(count(&*db).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn types_that_are_not_ours_are_found_on_postgres() {
    let db = TestDb::postgres(MIGRATIONS).await;
    let error = db.prepare_check(&UNTYPED).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`schema.untyped` cannot take its parameter $1: its type numeric is none of ours: CAST it"
    );
}

#[tokio::test]
async fn the_schema_is_shown_as_sql_on_sqlite() {
    let db = TestDb::sqlite(MIGRATIONS).await;
    insta::assert_snapshot!(db.schema().await.unwrap());
}

#[tokio::test]
async fn the_schema_is_shown_as_sql_on_postgres() {
    let db = TestDb::postgres(MIGRATIONS).await;
    insta::assert_snapshot!(db.schema().await.unwrap());
}

#[tokio::test]
async fn a_copy_is_a_database_of_its_own() {
    let db = TestDb::sqlite(MIGRATIONS).await;
    add_users(&db, 100).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    db.backup_to(&path).await.unwrap();
    db.write(support::user("later").into()).await.unwrap();
    assert!(matches!(
        db.backup_to(&path).await.unwrap_err(),
        Error::Unavailable { .. }
    ));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let copy = sql::Db::open(&sql::DbConfig::sqlite(&path)).await.unwrap();
    assert_eq!(count(&copy).await.unwrap(), 100);
    assert_eq!(copy.schema().await.unwrap(), db.schema().await.unwrap());
    copy.close().await;
    // The log is in the file.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
