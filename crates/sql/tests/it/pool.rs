//! What only PostgreSQL can do to us.

use std::time::Duration;

use sql::testing::TestDb;
use sql::{Db, DbConfig, Error, KindConfig, Time, query};

use crate::support::{self, MIGRATIONS, add_users, count, user};

sql::statements! {
    END_OTHERS = sqlite "SELECT 1" postgres "SELECT COUNT(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) AS ended";
    ZONE = sqlite "SELECT $1" postgres "SELECT CAST(CAST($1 AS TIMESTAMPTZ) AS TEXT)";
    TAKE = "UPDATE users SET credit = credit + 1 WHERE id = $1";
}

fn changed(db: &TestDb, change: impl Fn(&mut String, &mut usize, &mut Duration)) -> DbConfig {
    let mut config = db.config().clone();
    if let KindConfig::Postgres {
        url,
        pool_max,
        statement_timeout,
        ..
    } = &mut config.kind
    {
        change(url, pool_max, statement_timeout);
    }
    config
}

#[tokio::test]
async fn reads_survive_the_loss_of_every_connection() {
    let db = TestDb::postgres(MIGRATIONS).await;
    add_users(&db, 1).await;
    let other = Db::open(db.config()).await.unwrap();
    for _ in 0..20 {
        let reads = (0..12).map(|_| count(&*db));
        futures_util::future::try_join_all(reads).await.unwrap();
        query(&END_OTHERS).one::<i64>(&other).await.unwrap();
        assert_eq!(count(&*db).await.unwrap(), 1);
        futures_util::future::try_join_all((0..12).map(|_| count(&*db)))
            .await
            .unwrap();
        query(&END_OTHERS).one::<i64>(&other).await.unwrap();
        db.begin().await.unwrap().commit().await.unwrap();
    }
    user("later").execute(&*db).await.unwrap();
    other.close().await;
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended() {
    let db = TestDb::postgres(MIGRATIONS).await;
    let config = changed(&db, |_, _, timeout| *timeout = Duration::from_millis(200));
    let short = Db::open(&config).await.unwrap();
    let error = query(&support::SLOW_COUNT)
        .bind(i64::MAX)
        .one::<i64>(&short)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Timeout {
                statement: "support.slow_count"
            }
        ),
        "{error}"
    );
    assert_eq!(count(&short).await.unwrap(), 0);
    short.close().await;
}

#[tokio::test]
async fn when_every_connection_is_in_use_the_caller_is_told() {
    let db = TestDb::postgres(MIGRATIONS).await;
    let config = changed(&db, |_, most, _| *most = 1);
    let small = Db::open(&config).await.unwrap();
    // Without a watchdog in the way: the caller's patience and the transaction's time are both five seconds.
    let stream = Box::pin(query(&support::NUMBERS).bind(i64::MAX).stream::<i64>(&small));
    let mut stream = stream;
    futures_util::StreamExt::next(&mut stream).await.unwrap().unwrap();
    assert_eq!(small.stats().in_use, 1);
    assert!(matches!(count(&small).await.unwrap_err(), Error::Busy(_)));
    drop(stream);
    assert_eq!(count(&small).await.unwrap(), 0);
    small.close().await;
}

#[tokio::test]
async fn an_abandoned_statement_does_not_block_the_next_caller() {
    let db = TestDb::postgres(MIGRATIONS).await;
    let config = changed(&db, |_, most, _| *most = 1);
    let small = Db::open(&config).await.unwrap();
    let endless = query(&support::SLOW_COUNT).bind(i64::MAX).one::<i64>(&small);
    assert!(
        tokio::time::timeout(Duration::from_millis(100), endless)
            .await
            .is_err()
    );
    assert_eq!(count(&small).await.unwrap(), 0);
    small.close().await;
}

#[tokio::test]
async fn the_zone_of_the_server_does_not_matter() {
    let db = TestDb::postgres(MIGRATIONS).await;
    let config = changed(&db, |url, _, _| {
        *url = format!("{url}?options=-c%20TimeZone%3DAsia%2FTokyo");
    });
    let tokyo = Db::open(&config).await.unwrap();
    let text = query(&ZONE)
        .bind(Time::EPOCH)
        .one::<String>(&tokyo)
        .await
        .unwrap();
    assert_eq!(text, "1970-01-01 00:00:00+00");
    tokyo.close().await;
}

#[tokio::test]
async fn encryption_is_used_only_when_it_is_asked_for() {
    let db = TestDb::postgres(MIGRATIONS).await;
    let plain = Db::open(&changed(&db, |url, _, _| *url += "?sslmode=disable"))
        .await
        .unwrap();
    plain.ping().await.unwrap();
    plain.close().await;
    // The test server has no certificate that anybody vouches for.
    let error = Db::open(&changed(&db, |url, _, _| *url += "?sslmode=require"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn batches_that_lock_each_other_out_are_tried_again() {
    let db = TestDb::postgres(MIGRATIONS).await;
    add_users(&db, 2).await;
    let writes = (0..6).map(|number| {
        let db = db.db().clone();
        let (first, second) = if number % 2 == 0 {
            ("u000", "u001")
        } else {
            ("u001", "u000")
        };
        async move {
            db.write(
                [query(&TAKE).bind(first), query(&TAKE).bind(second)]
                    .into_iter()
                    .collect(),
            )
            .await
        }
    });
    futures_util::future::try_join_all(writes).await.unwrap();
    for id in ["u000", "u001"] {
        assert_eq!(
            query(&support::GET_CREDIT)
                .bind(id)
                .one::<i64>(&*db)
                .await
                .unwrap(),
            6
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_as_the_reason() {
    let config = DbConfig::postgres("postgres://nobody@127.0.0.1:1/nothing");
    let error = Db::open(&config).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}
