//! Every kind of value there and back, ordering, lists and what does not fit.

use serde_json::json;
use serde_json::value::RawValue;
use sql::{Error, FromRow, Json, Result, Row, Time, Value, both_databases, query};

use crate::support::{self, MIGRATIONS, add_users, user};

sql::statements! {
    INSERT_THING = "INSERT INTO things (id, words, number, ratio, done, data, at, doc, vector) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    GET_THING = "SELECT words, number, ratio, done, data, at, doc, vector FROM things WHERE id = $1";
    GET_AT = "SELECT at FROM things WHERE at <= $1 AND at >= $2";
    GET_DOC_FIELD = "SELECT doc ->> 'name' FROM things WHERE id = $1";
    IS_NULL = "SELECT id FROM things WHERE (CAST($1 AS TEXT) IS NULL OR words = $1)";
    OUT_OF_ORDER = "SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT)";
}

#[derive(Debug, PartialEq)]
struct Thing {
    words: Option<String>,
    number: Option<i64>,
    ratio: Option<f64>,
    done: Option<bool>,
    data: Option<Vec<u8>>,
    at: Option<Time>,
    doc: Option<serde_json::Value>,
    vector: Option<Vec<f32>>,
}

impl FromRow for Thing {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            words: row.get(0)?,
            number: row.get(1)?,
            ratio: row.get(2)?,
            done: row.get(3)?,
            data: row.get(4)?,
            at: row.get(5)?,
            doc: row.get(6)?,
            vector: row.get(7)?,
        })
    }
}

impl Thing {
    fn insert(&self, id: &str) -> sql::Query {
        query(&INSERT_THING)
            .bind(id)
            .bind(self.words.clone())
            .bind(self.number)
            .bind(self.ratio)
            .bind(self.done)
            .bind(self.data.clone())
            .bind(self.at)
            .bind(self.doc.as_ref())
            .bind(self.vector.clone())
    }
}

fn thing() -> Thing {
    Thing {
        words: Some("Grüße, 世界 🌍 '\"\\$1 {x}".to_owned()),
        number: Some(i64::MIN),
        ratio: Some(-0.1),
        done: Some(true),
        data: Some(vec![0, 255, 10, 0]),
        at: Some("2026-11-21T11:00:00.123456Z".parse().unwrap()),
        doc: Some(json!({"b": [1, 2.5, null, true], "a": {"ü": "\n"}, "name": "n"})),
        vector: Some(vec![0.0, -1.5, f32::MIN_POSITIVE, 1e30]),
    }
}

both_databases! {
    MIGRATIONS;

    async fn every_value_comes_back_as_it_was_written(db) {
        let nothing = Thing { words: None, number: None, ratio: None, done: None, data: None, at: None, doc: None, vector: None };
        let empty = Thing {
            words: Some(String::new()),
            number: Some(0),
            ratio: Some(0.0),
            done: Some(false),
            data: Some(Vec::new()),
            at: Some(Time::EPOCH),
            doc: Some(json!({})),
            vector: Some(Vec::new()),
        };
        let extreme = Thing {
            number: Some(i64::MAX),
            ratio: Some(f64::MAX),
            at: Some("0001-01-01T00:00:00.000001Z".parse().unwrap()),
            doc: Some(json!("only a text")),
            ..thing()
        };
        for (id, written) in [("t1", thing()), ("t2", nothing), ("t3", empty), ("t4", extreme)] {
            assert_eq!(written.insert(id).execute(&*db).await.unwrap(), 1);
            assert_eq!(query(&GET_THING).bind(id).one::<Thing>(&*db).await.unwrap(), written);
        }
    }

    async fn times_are_compared_to_the_microsecond(db) {
        let at = thing().at.unwrap();
        thing().insert("t1").execute(&*db).await.unwrap();
        let just_before = Time::from_micros(at.micros() - 1);
        assert_eq!(query(&GET_AT).bind(at).bind(at).all::<Time>(&*db).await.unwrap(), [at]);
        assert!(query(&GET_AT).bind(just_before).bind(Time::EPOCH).all::<Time>(&*db).await.unwrap().is_empty());
    }

    async fn json_is_read_as_a_type_as_raw_text_or_by_field(db) {
        #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        struct Doc { name: String, tags: Vec<String> }
        let doc = Doc { name: "n".to_owned(), tags: vec!["x".to_owned()] };
        let insert = query(&INSERT_THING).bind("t1").bind(Value::Null).bind(Value::Null).bind(Value::Null).bind(Value::Null);
        insert.bind(Value::Null).bind(Value::Null).bind(Json(&doc)).bind(Value::Null).execute(&*db).await.unwrap();
        assert_eq!(query(&GET_DOC_FIELD).bind("t1").one::<String>(&*db).await.unwrap(), "n");
        let row = query(&GET_THING).bind("t1").one::<DocOf<Json<Doc>>>(&*db).await.unwrap();
        assert_eq!(row.0.0, doc);
        let raw = query(&GET_THING).bind("t1").one::<DocOf<Box<RawValue>>>(&*db).await.unwrap();
        assert_eq!(serde_json::from_str::<Doc>(raw.0.get()).unwrap(), doc);
        let error = query(&GET_THING).bind("t1").one::<DocOf<Json<Vec<u8>>>>(&*db).await.unwrap_err();
        assert!(matches!(&error, Error::Decode { statement: "values.get_thing", column, .. } if column == "doc"), "{error}");
        assert!(!error.to_string().contains("tags"), "{error}");
    }

    async fn texts_are_sorted_by_their_bytes(db) {
        for (id, email) in [("a", "b"), ("b", "B"), ("c", "_"), ("d", "ä"), ("e", "a b"), ("f", "ab"), ("g", "a")] {
            query(&support::INSERT_USER).bind(id).bind(email).bind(id).bind(None::<i64>).execute(&*db).await.unwrap();
        }
        let emails = query(&support::LIST_BY_EMAIL).all::<String>(&*db).await.unwrap();
        assert_eq!(emails, ["B", "_", "a", "a b", "ab", "b", "ä"]);
    }

    async fn nulls_come_last_where_it_is_said(db) {
        for (id, age) in [("a", Some(1_i64)), ("b", None), ("c", Some(3)), ("d", None)] {
            query(&support::INSERT_USER).bind(id).bind(id).bind(id).bind(age).execute(&*db).await.unwrap();
        }
        assert_eq!(query(&support::LIST_BY_AGE).all::<String>(&*db).await.unwrap(), ["c", "a", "b", "d"]);
    }

    async fn lists_are_bound_as_one_value(db) {
        add_users(&db, 5).await;
        let ids_in = |ids: Vec<&'static str>| query(&support::IDS_IN).bind("u004@example.com").bind(ids).all::<String>(&*db);
        assert_eq!(ids_in(vec!["u001", "nobody", "u003", "u004"]).await.unwrap(), ["u001", "u003"]);
        assert!(ids_in(vec![]).await.unwrap().is_empty());
        assert_eq!(ids_in(vec!["u000'); --", "\"", "u000"]).await.unwrap(), ["u000"]);
        let others = query(&support::IDS_NOT_IN).bind(vec!["u000", "u001", "u002"]).all::<String>(&*db).await.unwrap();
        assert_eq!(others, ["u003", "u004"]);
    }

    async fn parameters_may_repeat_and_come_in_any_order(db) {
        let row = query(&OUT_OF_ORDER).bind("one").bind("two").one::<(String, String, String)>(&*db).await.unwrap();
        assert_eq!(row, ("two".to_owned(), "one".to_owned(), "two".to_owned()));
        thing().insert("t1").execute(&*db).await.unwrap();
        assert_eq!(query(&IS_NULL).bind(None::<String>).one::<String>(&*db).await.unwrap(), "t1");
        assert_eq!(query(&IS_NULL).bind("other").optional::<String>(&*db).await.unwrap(), None);
    }

    async fn missing_values_leave_what_is_there(db) {
        query(&support::INSERT_USER).bind("u").bind("e").bind("Ada").bind(36_i64).execute(&*db).await.unwrap();
        let patched = query(&support::PATCH_USER).bind("u").bind(None::<String>).bind(37_i64).one::<(String, i64)>(&*db).await;
        assert_eq!(patched.unwrap(), ("Ada".to_owned(), 37));
    }

    async fn what_does_not_fit_is_refused_with_its_place(db) {
        user("u1").execute(&*db).await.unwrap();
        let error = query(&support::GET_EMAIL).optional::<String>(&*db).await.unwrap_err();
        assert!(matches!(error, Error::Encode { statement: "support.get_email", parameter: 0, .. }), "{error}");
        let error = query(&support::GET_EMAIL).bind("a\0b").optional::<String>(&*db).await.unwrap_err();
        assert!(matches!(error, Error::Encode { parameter: 1, .. }), "{error}");
        let error = query(&support::GET_EMAIL).bind("u1").one::<i64>(&*db).await.unwrap_err();
        assert!(matches!(&error, Error::Decode { column, .. } if column == "email"), "{error}");
        let error = query(&support::GET_EMAIL).bind("u1").one::<(String, String)>(&*db).await.unwrap_err();
        assert!(matches!(&error, Error::Decode { column, .. } if column == "#1"), "{error}");
        let error = query(&support::BROKEN).bind("u1").optional::<String>(&*db).await.unwrap_err();
        assert!(matches!(error, Error::Database { statement: "support.broken", .. }), "{error}");
        assert_eq!(error.to_string(), "`support.broken` failed");
    }

    async fn one_row_is_one_row(db) {
        add_users(&db, 2).await;
        let error = query(&support::GET_EMAIL).bind("nobody").one::<String>(&*db).await.unwrap_err();
        assert!(matches!(error, Error::NotFound { statement: "support.get_email" }), "{error}");
        let error = query(&support::LIST_IDS).optional::<String>(&*db).await.unwrap_err();
        assert!(matches!(error, Error::TooManyRows { limit: 1, .. }), "{error}");
    }

    async fn a_list_without_a_limit_fails_before_it_fills_the_memory(db) {
        let most = query(&support::NUMBERS).bind(10_000_i64).all::<i64>(&*db).await.unwrap();
        assert_eq!(most.len(), 10_000);
        let error = query(&support::NUMBERS).bind(10_001_i64).all::<i64>(&*db).await.unwrap_err();
        assert!(matches!(error, Error::TooManyRows { limit: 10_000, .. }), "{error}");
        // The connection goes on.
        assert_eq!(query(&support::NUMBERS).bind(3_i64).all::<i64>(&*db).await.unwrap(), [1, 2, 3]);
    }
}

/// The seventh column of [`GET_THING`].
#[derive(Debug)]
struct DocOf<T>(T);

impl<T: sql::FromValue> FromRow for DocOf<T> {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.get(6).map(Self)
    }
}
