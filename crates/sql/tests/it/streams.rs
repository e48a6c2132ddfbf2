//! Large results row by row.

use std::pin::pin;
use std::task::Poll;

use futures_util::{Stream, StreamExt, TryStreamExt};
use sql::{Db, Error, both_databases, query};

use crate::support::{self, MIGRATIONS, add_users, count, user};

both_databases! {
    MIGRATIONS;

    async fn every_row_comes_in_order(db) {
        let mut rows = pin!(numbers(&db, 50_000));
        let mut expected = 1;
        while let Some(number) = rows.try_next().await.unwrap() {
            assert_eq!(number, expected);
            expected += 1;
        }
        assert_eq!(expected, 50_001);
        let none: Vec<i64> = numbers(&db, 0).skip(1).try_collect().await.unwrap();
        assert!(none.is_empty());
    }

    async fn an_endless_result_is_read_as_far_as_wanted(db) {
        for _ in 0..10 {
            let mut rows = pin!(numbers(&db, i64::MAX));
            for expected in 1..=300 {
                assert_eq!(rows.try_next().await.unwrap(), Some(expected));
            }
        }
        // Nothing of it is left behind.
        add_users(&db, 1).await;
        assert_eq!(count(&*db).await.unwrap(), 1);
    }

    async fn a_stream_shows_one_moment(db) {
        add_users(&db, 500).await;
        let mut rows = Box::pin(query(&support::LIST_IDS).stream::<String>(&db));
        assert_eq!(rows.next().await.unwrap().unwrap(), "u000");
        user("u999").execute(&*db).await.unwrap();
        assert_eq!(rows.count().await, 499);
        assert_eq!(count(&*db).await.unwrap(), 501);
    }

    async fn a_failure_ends_it(db) {
        add_users(&db, 200).await;
        let rows: Vec<_> = query(&support::LIST_IDS).stream::<i64>(&db).collect().await;
        assert!(matches!(rows.as_slice(), [Err(Error::Decode { .. })]), "{rows:?}");
        let rows: Vec<_> = query(&support::BROKEN).bind("x").stream::<i64>(&db).collect().await;
        assert!(matches!(rows.as_slice(), [Err(Error::Database { .. })]), "{rows:?}");
        let rows: Vec<_> = query(&support::BROKEN).stream::<i64>(&db).collect().await;
        assert!(matches!(rows.as_slice(), [Err(Error::Encode { .. })]), "{rows:?}");
    }

    async fn a_stream_too_many_waits_for_its_turn(db) {
        let mut running = Vec::new();
        for _ in 0..8 {
            let mut rows = Box::pin(numbers(&db, i64::MAX));
            assert_eq!(rows.try_next().await.unwrap(), Some(1));
            running.push(rows);
        }
        let mut ninth = pin!(numbers(&db, 3));
        assert!(matches!(futures_util::poll!(ninth.next()), Poll::Pending));
        assert_eq!(query(&support::NUMBERS).bind(1_i64).all::<i64>(&*db).await.unwrap(), [1]);
        drop(running.pop());
        assert_eq!(ninth.try_next().await.unwrap(), Some(1));
    }
}

fn numbers(db: &Db, last: i64) -> impl Stream<Item = sql::Result<i64>> + Send + use<> {
    query(&support::NUMBERS).bind(last).stream(db)
}
