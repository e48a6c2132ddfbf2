//! The schema and the statements that the tests share.

use sql::{Db, Migration, Query, Result, Run, query};

/// Two tables that refer to each other, and one with every type.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_accounts",
        text: "
CREATE TABLE users (
    id {id} NOT NULL PRIMARY KEY,
    email {text} NOT NULL,
    name {text},
    age {int} CONSTRAINT users_age_check CHECK (age >= 0),
    credit {int} NOT NULL DEFAULT 0
) {strict};
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE UNIQUE INDEX users_lower_name_key ON users (LOWER(name));
CREATE INDEX users_age_id ON users (age DESC, id);

CREATE TABLE notes (
    user_id {id} NOT NULL CONSTRAINT notes_user_id_fk REFERENCES users (id) ON DELETE CASCADE,
    id {id} NOT NULL,
    title {text} NOT NULL,
    pinned {bool} NOT NULL,
    PRIMARY KEY (user_id, id)
) {clustered};
CREATE UNIQUE INDEX notes_pinned_key ON notes (user_id, title) WHERE title <> '';
",
    },
    Migration {
        name: "0002_things",
        text: "
CREATE TABLE things (
    id {id} NOT NULL PRIMARY KEY,
    words {text},
    number {int},
    ratio {real},
    done {bool},
    data {bytes},
    at {time},
    doc {json},
    vector {vector},
    owner_id {id} CONSTRAINT things_owner_id_fk REFERENCES users (id) ON DELETE RESTRICT
) {strict};
",
    },
];

sql::statements! {
    pub(crate) INSERT_USER = "INSERT INTO users (id, email, name, age) VALUES ($1, $2, $3, $4)";
    pub(crate) INSERT_USER_RETURNING = "INSERT INTO users (id, email) VALUES ($1, $2) RETURNING id, credit";
    pub(crate) GET_EMAIL = "SELECT email FROM users WHERE id = $1";
    pub(crate) COUNT_USERS = "SELECT COUNT(*) FROM users";
    pub(crate) LIST_IDS = "SELECT id FROM users ORDER BY id";
    pub(crate) LIST_BY_EMAIL = "SELECT email FROM users ORDER BY email";
    pub(crate) LIST_BY_AGE = "SELECT id FROM users ORDER BY age DESC NULLS LAST, id";
    pub(crate) IDS_IN = "SELECT id FROM users WHERE id IN {$2} AND email <> $1 ORDER BY id";
    pub(crate) IDS_NOT_IN = "SELECT id FROM users WHERE id NOT IN {$1} ORDER BY id";
    pub(crate) SET_EMAIL = "UPDATE users SET email = $2 WHERE id = $1";
    pub(crate) ADD_CREDIT = "UPDATE users SET credit = credit + $2 WHERE id = $1";
    pub(crate) GET_CREDIT = "SELECT credit FROM users WHERE id = $1 {for_update}";
    pub(crate) CLAIM = "UPDATE users SET credit = 1 WHERE id IN (SELECT id FROM users WHERE credit = 0 ORDER BY id LIMIT $1 {skip_locked}) RETURNING id";
    pub(crate) DELETE_USER = "DELETE FROM users WHERE id = $1";
    pub(crate) INSERT_NOTE = "INSERT INTO notes (user_id, id, title, pinned) VALUES ($1, $2, $3, $4)";
    pub(crate) COUNT_NOTES = "SELECT COUNT(*) FROM notes";
    pub(crate) PATCH_USER = "UPDATE users SET name = COALESCE($2, name), age = COALESCE($3, age) WHERE id = $1 RETURNING name, age";
    pub(crate) NUMBERS = "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n";
    pub(crate) SLOW_COUNT = sqlite "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT CAST(SUM(i) AS BIGINT) FROM n" postgres "SELECT CAST(1 AS BIGINT) FROM pg_sleep(CAST($1 AS DOUBLE PRECISION))";
    pub(crate) BROKEN = "SELECT nothing FROM nowhere WHERE id = $1";
}

/// A user without anything special.
pub(crate) fn user(id: &str) -> Query {
    query(&INSERT_USER)
        .bind(id)
        .bind(format!("{id}@example.com"))
        .bind(None::<&str>)
        .bind(None::<i64>)
}

/// Another user with an id that is taken.
pub(crate) fn same_id(id: &str) -> Query {
    query(&INSERT_USER)
        .bind(id)
        .bind("somebody@example.com")
        .bind(None::<&str>)
        .bind(None::<i64>)
}

/// Users `u000`, `u001`, …
pub(crate) async fn add_users(db: &Db, number: usize) {
    db.write((0..number).map(|number| user(&format!("u{number:03}"))).collect())
        .await
        .unwrap();
}

/// How many users there are.
pub(crate) async fn count(run: impl Run) -> Result<i64> {
    query(&COUNT_USERS).one(run).await
}

/// A note of a user's.
pub(crate) fn note(user: &str, id: &str, title: &str) -> Query {
    query(&INSERT_NOTE).bind(user).bind(id).bind(title).bind(false)
}
