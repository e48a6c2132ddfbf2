//! Broken rules have the same names on both databases.

use sql::{Error, OnViolation, ViolationKind, both_databases, query};

use crate::support::{self, MIGRATIONS, add_users, note};

sql::statements! {
    INSERT_OWNED = "INSERT INTO things (id, owner_id) VALUES ($1, $2)";
}

#[derive(Debug)]
enum Fault {
    Taken,
    NoSuchUser,
    Negative,
    Other(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

both_databases! {
    MIGRATIONS;

    async fn a_unique_index_is_named(db) {
        add_users(&db, 2).await;
        let taken = |email: &'static str| query(&support::SET_EMAIL).bind("u001").bind(email).execute(&*db);
        let result = taken("u000@example.com").await.on_unique("users_email_key", || Fault::Taken);
        assert!(matches!(result.unwrap_err(), Fault::Taken));
        let other = taken("u000@example.com").await.on_unique("users_other_key", || Fault::Taken);
        assert!(matches!(other.unwrap_err(), Fault::Other(error) if error.is_unique("users_email_key")));
        assert_eq!(taken("free@example.com").await.on_unique("users_email_key", || Fault::Taken).unwrap(), 1);
    }

    async fn a_primary_key_is_named_after_its_table(db) {
        add_users(&db, 1).await;
        note("u000", "n", "t").execute(&*db).await.unwrap();
        assert!(note("u000", "n", "other").execute(&*db).await.unwrap_err().is_unique("notes_pkey"));
    }

    async fn an_index_over_an_expression_or_a_part_is_named(db) {
        query(&support::INSERT_USER).bind("a").bind("a").bind("Ada").bind(None::<i64>).execute(&*db).await.unwrap();
        let again = query(&support::INSERT_USER).bind("b").bind("b").bind("ADA").bind(None::<i64>).execute(&*db).await;
        assert!(again.unwrap_err().is_unique("users_lower_name_key"));
        for id in ["n1", "n2"] {
            note("a", id, "").execute(&*db).await.unwrap();
        }
        note("a", "n3", "t").execute(&*db).await.unwrap();
        assert!(note("a", "n4", "t").execute(&*db).await.unwrap_err().is_unique("notes_pinned_key"));
    }

    async fn the_other_rules_have_their_kinds(db) {
        let missing = note("nobody", "n", "t").execute(&*db).await.on_foreign_key(|| Fault::NoSuchUser);
        assert!(matches!(missing.unwrap_err(), Fault::NoSuchUser));
        let negative = query(&support::INSERT_USER).bind("a").bind("a").bind("a").bind(-1_i64).execute(&*db).await;
        let negative = negative.on_check("users_age_check", || Fault::Negative);
        assert!(matches!(negative.unwrap_err(), Fault::Negative));
        let nameless = query(&support::INSERT_USER).bind("a").bind(None::<String>).bind("a").bind(1_i64).execute(&*db).await;
        let error = nameless.unwrap_err();
        let violation = error.violation().unwrap();
        assert_eq!((violation.kind, violation.constraint.as_deref()), (ViolationKind::NotNull, Some("users.email")));
    }

    async fn what_is_still_needed_stays(db) {
        add_users(&db, 1).await;
        query(&INSERT_OWNED).bind("t").bind("u000").execute(&*db).await.unwrap();
        let needed = query(&support::DELETE_USER).bind("u000").execute(&*db).await;
        assert!(needed.unwrap_err().is_foreign_key());
    }

    async fn a_violation_tells_no_value(db) {
        add_users(&db, 1).await;
        let error = support::same_id("u000").execute(&*db).await.unwrap_err();
        assert_eq!(error.to_string(), "`support.insert_user` violates a Unique constraint (users_pkey)");
        assert!(std::error::Error::source(&error).is_none());
    }
}
