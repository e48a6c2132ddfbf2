//! Migrations are applied once, in order, by one of many, and never changed.

use sql::testing::TestDb;
use sql::{Error, FixedClock, Migration, Time, both_databases, migrate, pending, query};

use crate::support::{self, MIGRATIONS, add_users, count};

sql::statements! {
    LIST_MIGRATIONS = "SELECT name, applied_at FROM migrations ORDER BY name";
    // The product never asks for all columns; here it shows a result that changes its shape.
    ALL_OF_USER = "SELECT * FROM users WHERE id = $1";
}

const ADD_COLUMN: Migration = Migration {
    name: "0003_nickname",
    text: "ALTER TABLE users ADD COLUMN nickname {text};",
};

fn clock() -> FixedClock {
    FixedClock::new(Time::from_secs(1_795_258_800))
}

fn with(last: Migration) -> Vec<Migration> {
    [MIGRATIONS, &[last]].concat()
}

both_databases! {
    &[];

    async fn each_is_applied_once(db) {
        assert_eq!(pending(&db, MIGRATIONS).await.unwrap(), ["0001_accounts", "0002_things"]);
        assert_eq!(migrate(&db, &MIGRATIONS[..1], &clock()).await.unwrap(), ["0001_accounts"]);
        assert_eq!(pending(&db, MIGRATIONS).await.unwrap(), ["0002_things"]);
        assert_eq!(migrate(&db, MIGRATIONS, &clock()).await.unwrap(), ["0002_things"]);
        assert!(migrate(&db, MIGRATIONS, &clock()).await.unwrap().is_empty());
        assert!(pending(&db, MIGRATIONS).await.unwrap().is_empty());
        let applied = query(&LIST_MIGRATIONS).all::<(String, Time)>(&*db).await.unwrap();
        assert_eq!(applied[1], ("0002_things".to_owned(), Time::from_secs(1_795_258_800)));
    }

    async fn a_changed_one_is_refused_by_name(db) {
        migrate(&db, MIGRATIONS, &clock()).await.unwrap();
        let changed = [MIGRATIONS[0], Migration { text: "CREATE TABLE other (id {id});", ..MIGRATIONS[1] }];
        for error in [migrate(&db, &changed, &clock()).await.unwrap_err(), pending(&db, &changed).await.unwrap_err()] {
            assert_eq!(error.to_string(), "migration `0002_things`: it was changed after it had been applied");
        }
        let older = migrate(&db, &MIGRATIONS[..1], &clock()).await.unwrap_err();
        assert!(older.to_string().contains("`0002_things`"), "{older}");
    }

    async fn a_failing_one_leaves_nothing_of_itself(db) {
        migrate(&db, MIGRATIONS, &clock()).await.unwrap();
        let text = "CREATE TABLE half (id {id} NOT NULL);\nINSERT INTO nowhere VALUES (1);";
        let broken = with(Migration { name: "0003_broken", text });
        let error = migrate(&db, &broken, &clock()).await.unwrap_err();
        assert!(matches!(&error, Error::Migration { name, .. } if name == "0003_broken"), "{error}");
        assert_eq!(pending(&db, &broken).await.unwrap(), ["0003_broken"]);
        assert!(!db.schema().await.unwrap().contains("half"));
        // It can be repaired, because it was never applied.
        let repaired = with(Migration { name: "0003_broken", text: "CREATE TABLE half (id {id} NOT NULL) {strict};" });
        assert_eq!(migrate(&db, &repaired, &clock()).await.unwrap(), ["0003_broken"]);
    }

    async fn many_at_once_do_it_once(db) {
        let mut others = Vec::new();
        for _ in 0..4 {
            others.push(sql::Db::open(db.config()).await.unwrap());
        }
        let all = others.iter().map(|other| async { migrate(other, MIGRATIONS, &clock()).await.unwrap() });
        let mut applied = futures_util::future::join_all(all).await.concat();
        applied.sort();
        assert_eq!(applied, ["0001_accounts", "0002_things"]);
        for other in others {
            other.close().await;
        }
    }

    async fn kept_statements_survive_a_change_of_the_schema(db) {
        migrate(&db, MIGRATIONS, &clock()).await.unwrap();
        let other = sql::Db::open(db.config()).await.unwrap();
        add_users(&db, 2).await;
        assert_eq!(count(&other).await.unwrap(), 2);
        assert_eq!(query(&ALL_OF_USER).bind("u000").one::<Wide>(&other).await.unwrap().0, 5);
        migrate(&db, &with(ADD_COLUMN), &clock()).await.unwrap();
        for _ in 0..5 {
            assert_eq!(query(&ALL_OF_USER).bind("u000").one::<Wide>(&other).await.unwrap().0, 6);
            assert_eq!(query(&ALL_OF_USER).bind("u000").one::<Wide>(&*db).await.unwrap().0, 6);
        }
        other.close().await;
    }
}

/// How many columns the row has.
struct Wide(usize);

impl sql::FromRow for Wide {
    fn from_row(row: &sql::Row<'_>) -> sql::Result<Self> {
        Ok(Self(row.len()))
    }
}

/// Rebuilding a table is the only way to change it on SQLite; what refers to it must survive.
#[tokio::test]
async fn a_table_is_rebuilt_with_its_references_on_sqlite() {
    let db = TestDb::sqlite(MIGRATIONS).await;
    add_users(&db, 2).await;
    support::note("u000", "n", "t").execute(&*db).await.unwrap();
    let text = "
CREATE TABLE users_new (id {id} NOT NULL PRIMARY KEY, email {text} NOT NULL, name {text}, age {int}, credit {int} NOT NULL) {strict};
INSERT INTO users_new SELECT id, email, name, age, credit FROM users;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;";
    migrate(
        &db,
        &with(Migration {
            name: "0003_rebuild",
            text,
        }),
        &clock(),
    )
    .await
    .unwrap();
    assert_eq!(query(&support::COUNT_NOTES).one::<i64>(&*db).await.unwrap(), 1);
    // References are enforced again.
    assert!(
        support::note("nobody", "n", "t")
            .execute(&*db)
            .await
            .unwrap_err()
            .is_foreign_key()
    );
}

#[tokio::test]
async fn a_migration_that_breaks_references_is_refused_on_sqlite() {
    let db = TestDb::sqlite(MIGRATIONS).await;
    add_users(&db, 1).await;
    support::note("u000", "n", "t").execute(&*db).await.unwrap();
    let broken = with(Migration {
        name: "0003_broken",
        text: "DELETE FROM users;",
    });
    let error = migrate(&db, &broken, &clock()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("rows of `notes` refer to rows that are not there"),
        "{error}"
    );
    assert_eq!(count(&*db).await.unwrap(), 1);
}
