//! Batches: all or nothing, expectations, and who shares a commit.

use sql::testing::TestDb;
use sql::{Batch, Error, Kind, Migration, Written, both_databases, query};

use crate::support::{self, MIGRATIONS, add_users, count, note, user};

both_databases! {
    MIGRATIONS;

    async fn a_batch_reports_the_rows_of_each_statement(db) {
        add_users(&db, 3).await;
        let mut batch = Batch::new();
        batch.push(user("new"));
        batch.push(query(&support::ADD_CREDIT).bind("nobody").bind(1_i64));
        batch.push(query(&support::INSERT_USER_RETURNING).bind("r").bind("r"));
        batch.push(query(&support::LIST_IDS));
        assert_eq!(db.write(batch).await.unwrap(), Written { rows: vec![1, 0, 1, 5] });
        assert_eq!(db.write(Batch::new()).await.unwrap(), Written::default());
    }

    async fn a_failing_statement_takes_the_batch_with_it(db) {
        add_users(&db, 1).await;
        let mut batch = Batch::new();
        batch.push(user("before"));
        batch.push(support::same_id("u000"));
        batch.push(user("after"));
        let error = db.write(batch).await.unwrap_err();
        assert!(error.is_unique("users_pkey"), "{error}");
        assert_eq!(count(&*db).await.unwrap(), 1);
        // The connection goes on.
        db.write(user("next").into()).await.unwrap();
        assert_eq!(count(&*db).await.unwrap(), 2);
    }

    async fn a_value_that_does_not_fit_stops_the_batch_before_it_begins(db) {
        let mut batch = Batch::new();
        batch.push(user("before"));
        batch.push(query(&support::GET_EMAIL));
        assert!(matches!(db.write(batch).await.unwrap_err(), Error::Encode { .. }));
        assert_eq!(count(&*db).await.unwrap(), 0);
    }

    async fn an_expectation_that_is_not_met_rolls_back(db) {
        add_users(&db, 1).await;
        let mut batch = Batch::new();
        batch.push(user("before"));
        batch.push_expecting(1, query(&support::ADD_CREDIT).bind("nobody").bind(1_i64));
        let error = db.write(batch).await.unwrap_err();
        assert!(matches!(error, Error::RowsAffected { statement: "support.add_credit", expected: 1, got: 0 }), "{error}");
        assert_eq!(count(&*db).await.unwrap(), 1);

        let mut batch = Batch::new();
        batch.push_expecting(1, query(&support::ADD_CREDIT).bind("u000").bind(5_i64));
        batch.push_expecting(0, query(&support::DELETE_USER).bind("nobody"));
        assert_eq!(db.write(batch).await.unwrap().rows, [1, 0]);

        // One statement alone may be expected to do something, too.
        let mut batch = Batch::new();
        batch.push_expecting(0, query(&support::ADD_CREDIT).bind("u000").bind(5_i64));
        assert!(matches!(db.write(batch).await.unwrap_err(), Error::RowsAffected { expected: 0, got: 1, .. }));
        assert_eq!(query(&support::GET_CREDIT).bind("u000").one::<i64>(&*db).await.unwrap(), 5);
    }

    async fn a_later_statement_sees_the_earlier_ones(db) {
        let mut batch = Batch::from(user("u"));
        batch.append([note("u", "n1", "a"), note("u", "n2", "b")].into_iter().collect());
        batch.push(query(&support::DELETE_USER).bind("u"));
        batch.push(query(&support::COUNT_NOTES));
        assert_eq!(db.write(batch).await.unwrap().rows, [1, 1, 1, 1, 1]);
        assert_eq!(query(&support::COUNT_NOTES).one::<i64>(&*db).await.unwrap(), 0);
    }

    async fn writers_at_once_fail_and_succeed_each_for_itself(db) {
        let writes = (0..200_u32).map(|number| {
            let db = db.db().clone();
            async move {
                let id = format!("u{number:03}");
                let mut batch = Batch::from(user(&id));
                // Every fifth breaks a rule after it has already written.
                batch.push(note(if number % 5 == 0 { "nobody" } else { &id }, "n", "t"));
                db.write(batch).await
            }
        });
        let results = futures_util::future::join_all(writes).await;
        for (number, result) in results.iter().enumerate() {
            match result {
                Ok(_) => assert_ne!(number % 5, 0),
                Err(error) => assert!(number % 5 == 0 && error.is_foreign_key(), "{number}: {error}"),
            }
        }
        assert_eq!(count(&*db).await.unwrap(), 160);
        assert_eq!(query(&support::COUNT_NOTES).one::<i64>(&*db).await.unwrap(), 160);
    }

    async fn claims_at_once_never_share_a_row(db) {
        add_users(&db, 40).await;
        let claims = (0..8).map(|_| {
            let db = db.db().clone();
            async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = query(&support::CLAIM).bind(3_i64).all::<String>(&db).await.unwrap();
                    if claimed.is_empty() {
                        return mine;
                    }
                    mine.extend(claimed);
                }
            }
        });
        let mut all = futures_util::future::join_all(claims).await.concat();
        all.sort();
        let expected: Vec<String> = (0..40).map(|number| format!("u{number:03}")).collect();
        assert_eq!(all, expected);
    }
}

/// References that are checked at the commit: there the whole group fails, though only one is at fault.
const DEFERRED: &[Migration] = &[Migration {
    name: "0001_parts",
    text: "
CREATE TABLE wholes (id {id} NOT NULL PRIMARY KEY) {strict};
CREATE TABLE parts (
    id {id} NOT NULL PRIMARY KEY,
    whole_id {id} NOT NULL CONSTRAINT parts_whole_id_fk REFERENCES wholes (id) DEFERRABLE INITIALLY DEFERRED
) {strict};",
}];

sql::statements! {
    INSERT_WHOLE = "INSERT INTO wholes (id) VALUES ($1)";
    INSERT_PART = "INSERT INTO parts (id, whole_id) VALUES ($1, $2)";
    COUNT_PARTS = "SELECT COUNT(*) FROM parts";
}

both_databases! {
    DEFERRED;

    async fn a_fault_that_shows_at_the_commit_is_told_to_whom_it_belongs(db) {
        let tx = db.begin().await.unwrap();
        let writes: Vec<_> = (0..20_u32)
            .map(|number| {
                let db = db.db().clone();
                let whole = if number == 7 { "nothing" } else { "whole" };
                let part = query(&INSERT_PART).bind(format!("p{number}")).bind(format!("{whole}{number}"));
                let batch = [part, query(&INSERT_WHOLE).bind(format!("whole{number}"))].into_iter().collect();
                tokio::spawn(async move { db.write(batch).await })
            })
            .collect();
        // On SQLite they wait for the transaction to end, and so become one group.
        while db.kind() == Kind::Sqlite && db.stats().writer_queue < 20 {
            tokio::task::yield_now().await;
        }
        tx.rollback().await.unwrap();
        for (number, write) in writes.into_iter().enumerate() {
            let result = write.await.unwrap();
            assert_eq!(result.is_err(), number == 7, "{number}: {result:?}");
            assert!(result.is_ok() || result.is_err_and(|error| error.is_foreign_key()));
        }
        assert_eq!(query(&COUNT_PARTS).one::<i64>(&*db).await.unwrap(), 19);
    }
}

#[tokio::test]
async fn waiting_writes_share_a_commit_on_sqlite() {
    let db = TestDb::sqlite(MIGRATIONS).await;
    // The transaction holds the writer until all are queued.
    let mut tx = db.begin().await.unwrap();
    user("first").execute(&mut tx).await.unwrap();
    let writes: Vec<_> = (0..300)
        .map(|number| {
            let db = db.db().clone();
            tokio::spawn(async move { db.write(user(&format!("u{number}")).into()).await })
        })
        .collect();
    while db.stats().writer_queue < 300 {
        tokio::task::yield_now().await;
    }
    tx.commit().await.unwrap();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    let groups = db.stats().group_commits;
    assert_eq!((groups.count, groups.jobs, groups.largest), (2, 300, 256));
    assert_eq!(groups.histogram, [0, 0, 0, 0, 0, 0, 1, 0, 1]);
    assert_eq!(count(&*db).await.unwrap(), 301);
}
