//! Interactive transactions: what they see, how they end, what they refuse.

use std::time::{Duration, Instant};

use sql::{Error, both_databases, query};

use crate::support::{self, MIGRATIONS, add_users, count, user};

both_databases! {
    MIGRATIONS;

    async fn nobody_else_sees_what_is_not_committed(db) {
        let mut tx = db.begin().await.unwrap();
        user("u").execute(&mut tx).await.unwrap();
        assert_eq!(count(&mut tx).await.unwrap(), 1);
        assert_eq!(count(&*db).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(count(&*db).await.unwrap(), 1);
    }

    async fn dropping_or_rolling_back_leaves_nothing(db) {
        let mut tx = db.begin().await.unwrap();
        user("a").execute(&mut tx).await.unwrap();
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        assert_eq!(count(&mut tx).await.unwrap(), 0);
        user("b").execute(&mut tx).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(count(&*db).await.unwrap(), 0);
        user("c").execute(&*db).await.unwrap();
        assert_eq!(query(&support::LIST_IDS).all::<String>(&*db).await.unwrap(), ["c"]);
    }

    async fn after_a_failure_it_refuses_everything(db) {
        add_users(&db, 1).await;
        let mut tx = db.begin().await.unwrap();
        user("kept?").execute(&mut tx).await.unwrap();
        assert!(support::same_id("u000").execute(&mut tx).await.unwrap_err().is_unique("users_pkey"));
        assert!(matches!(count(&mut tx).await.unwrap_err(), Error::Aborted));
        assert!(matches!(user("x").execute(&mut tx).await.unwrap_err(), Error::Aborted));
        assert!(matches!(tx.commit().await.unwrap_err(), Error::Aborted));
        assert_eq!(count(&*db).await.unwrap(), 1);
        let mut tx = db.begin().await.unwrap();
        user("kept").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn finding_nothing_is_no_failure(db) {
        let mut tx = db.begin().await.unwrap();
        let missing = query(&support::GET_EMAIL).bind("nobody").one::<String>(&mut tx).await;
        assert!(matches!(missing.unwrap_err(), Error::NotFound { .. }));
        user("u").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&*db).await.unwrap(), 1);
    }

    async fn reading_before_writing_is_safe_from_others(db) {
        add_users(&db, 1).await;
        let adds = (0..20_i64).map(|_| {
            let db = db.db().clone();
            async move {
                let mut tx = db.begin().await.unwrap();
                let credit: i64 = query(&support::GET_CREDIT).bind("u000").one(&mut tx).await.unwrap();
                query(&support::ADD_CREDIT).bind("u000").bind(credit + 1 - credit).execute(&mut tx).await.unwrap();
                tx.commit().await.unwrap();
                credit
            }
        });
        let mut seen = futures_util::future::join_all(adds).await;
        seen.sort_unstable();
        assert_eq!(seen, (0..20).collect::<Vec<_>>());
    }

    async fn one_that_stays_open_is_rolled_back(db) {
        let mut tx = db.begin().await.unwrap();
        user("a").execute(&mut tx).await.unwrap();
        let started = Instant::now();
        // Waits for the transaction: on SQLite for the writer, on PostgreSQL for the same key.
        user("a").execute(&*db).await.unwrap();
        let waited = started.elapsed();
        assert!(waited > Duration::from_secs(4) && waited < Duration::from_secs(8), "{waited:?}");
        assert!(matches!(count(&mut tx).await.unwrap_err(), Error::Timeout { .. }));
        assert!(matches!(tx.commit().await.unwrap_err(), Error::Aborted));

        let mut tx = db.begin().await.unwrap();
        user("b").execute(&mut tx).await.unwrap();
        user("b").execute(&*db).await.unwrap();
        assert!(matches!(tx.commit().await.unwrap_err(), Error::Timeout { .. }));
        assert_eq!(query(&support::LIST_IDS).all::<String>(&*db).await.unwrap(), ["a", "b"]);
    }

    async fn a_statement_that_takes_too_long_is_interrupted(db) {
        let mut tx = db.begin().await.unwrap();
        user("a").execute(&mut tx).await.unwrap();
        let started = Instant::now();
        let error = query(&support::SLOW_COUNT).bind(i64::MAX).one::<i64>(&mut tx).await.unwrap_err();
        assert!(matches!(error, Error::Timeout { statement: "support.slow_count" }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(8));
        drop(tx);
        assert_eq!(count(&*db).await.unwrap(), 0);
    }

    async fn a_future_dropped_in_the_middle_leaves_no_open_transaction(db) {
        add_users(&db, 1).await;
        for _ in 0..20 {
            let mut tx = db.begin().await.unwrap();
            user("x").execute(&mut tx).await.unwrap();
            let add = query(&support::ADD_CREDIT).bind("u000").bind(1_i64);
            // Polled once, then forgotten; the answer seldom comes so soon.
            if futures_util::FutureExt::now_or_never(add.execute(&mut tx)).is_none() {
                assert!(matches!(tx.commit().await.unwrap_err(), Error::Aborted));
            }
        }
        assert_eq!(count(&*db).await.unwrap(), 1);
        assert_eq!(query(&support::GET_CREDIT).bind("u000").one::<i64>(&*db).await.unwrap(), 0);
    }
}
