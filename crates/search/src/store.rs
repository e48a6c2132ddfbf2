//! All SQL of the index.

use serde::Serialize;
use sql::{Batch, Db, FromRow, Query, Result, Row, Time, Value, query};

use crate::index::Scope;
use crate::passage::{Kind, NewPassage, Owner, Place};

sql::statements! {
    /// Passages of an owner.
    pub(crate) INSERT = sqlite "INSERT INTO passages (workspace_id, kind, owner_id, parent_id, series, position, part, title, tags, text, context, place, at) \
        SELECT $1, $2, $3, $4, $5, $6, CAST(value->>'part' AS INTEGER), value->>'title', value->>'tags', value->>'text', value->>'context', \
            value->'place', $7 FROM json_each($8)"
        postgres "INSERT INTO passages (workspace_id, kind, owner_id, parent_id, series, position, part, title, tags, text, context, place, at) \
        SELECT $1, $2, $3, $4, $5, $6, CAST(value->>'part' AS BIGINT), value->>'title', value->>'tags', value->>'text', value->>'context', \
            value->'place', $7 FROM jsonb_array_elements(CAST($8 AS JSONB)) AS value";
    /// The passages of an owner wait for their vectors.
    pub(crate) ENQUEUE_OWNER = "INSERT INTO passage_queue (number, workspace_id, rank, taken_until) \
        SELECT number, workspace_id, $2, $3 FROM passages WHERE owner_id = $1";
    /// Everything that an owner has published.
    pub(crate) DELETE_OF = "DELETE FROM passages WHERE owner_id = $1";
    /// Everything that several owners have published.
    pub(crate) DELETE_OF_ALL = "DELETE FROM passages WHERE owner_id IN {$1}";
    /// Everything that is published below a parent.
    pub(crate) DELETE_BELOW = "DELETE FROM passages WHERE parent_id = $1";
    /// Another title and another parent of an owner.
    pub(crate) RETITLE = "UPDATE passages SET title = $2, parent_id = $3 WHERE owner_id = $1";
    /// Takes what has waited longest in the most urgent rank, for a while.
    pub(crate) CLAIM = "UPDATE passage_queue SET taken_until = $2 WHERE number IN (SELECT number FROM passage_queue \
        WHERE taken_until <= $1 ORDER BY rank, number LIMIT $3 {skip_locked}) RETURNING number";
    /// The texts of what was taken.
    pub(crate) CLAIMED = "SELECT number, workspace_id, kind, title, text FROM passages WHERE number IN {$1} ORDER BY number";
    /// Gives back what was taken.
    pub(crate) UNCLAIM = "UPDATE passage_queue SET taken_until = $2 WHERE number IN {$1}";
    /// Moves the epoch of a workspace on.
    pub(crate) NEXT_EPOCH = "INSERT INTO passage_epochs (workspace_id, epoch) VALUES ($1, 1) \
        ON CONFLICT (workspace_id) DO UPDATE SET epoch = passage_epochs.epoch + 1";
    /// A vector, at the workspace's epoch, if the passage is still there.
    pub(crate) INSERT_VECTOR = "INSERT INTO passage_vectors (number, model, workspace_id, epoch, vector) \
        SELECT p.number, $2, p.workspace_id, e.epoch, $3 FROM passages AS p \
        JOIN passage_epochs AS e ON e.workspace_id = p.workspace_id WHERE p.number = $1 ON CONFLICT (number, model) DO NOTHING";
    /// What has its vectors waits no longer.
    pub(crate) DEQUEUE = "DELETE FROM passage_queue WHERE number IN {$1}";
    /// Some passages that lack a vector of a model wait for it, from a number on.
    pub(crate) ENQUEUE_LACKING = "INSERT INTO passage_queue (number, workspace_id, rank, taken_until) \
        SELECT p.number, p.workspace_id, CASE p.kind WHEN 'file' THEN 1 WHEN 'message' THEN 2 ELSE 0 END, $3 FROM passages AS p \
        WHERE p.number > $2 AND p.number <= $4 AND NOT EXISTS (SELECT 1 FROM passage_vectors AS v WHERE v.number = p.number AND v.model = $1) \
        ON CONFLICT (number) DO NOTHING";
    /// The highest number there is.
    pub(crate) LAST = "SELECT number FROM passages ORDER BY number DESC LIMIT 1";
    /// The epochs of workspaces.
    pub(crate) EPOCHS = "SELECT workspace_id, epoch FROM passage_epochs WHERE workspace_id IN {$1}";
    /// Vectors of a workspace that are newer than an epoch, a page of them.
    pub(crate) VECTORS_SINCE = "SELECT v.number, v.epoch, p.kind, p.owner_id, p.series, p.position, p.part, length(p.text), v.vector \
        FROM passage_vectors AS v JOIN passages AS p ON p.number = v.number WHERE v.model = $1 AND v.workspace_id = $2 \
        AND v.epoch >= $3 AND (v.epoch > $3 OR v.number > $4) ORDER BY v.epoch, v.number LIMIT $5";
    /// The same of several workspaces, each since an epoch of its own. (SQLite keeps to the order of cross joins.)
    pub(crate) VECTORS_SINCE_OF_MANY = sqlite "SELECT v.number, v.epoch, p.kind, p.owner_id, p.series, p.position, p.part, length(p.text), v.vector, v.workspace_id \
            FROM json_each($2) AS t CROSS JOIN passage_vectors AS v CROSS JOIN passages AS p WHERE v.model = $1 AND v.workspace_id = t.value->>'workspace_id' \
            AND v.epoch >= CAST(t.value->>'epoch' AS INTEGER) \
            AND (v.epoch > CAST(t.value->>'epoch' AS INTEGER) OR v.number > CAST(t.value->>'number' AS INTEGER)) \
            AND p.number = v.number ORDER BY v.workspace_id, v.epoch, v.number LIMIT $3"
        postgres "SELECT v.number, v.epoch, p.kind, p.owner_id, p.series, p.position, p.part, length(p.text), v.vector, v.workspace_id \
            FROM jsonb_array_elements(CAST($2 AS JSONB)) AS t (value) CROSS JOIN passage_vectors AS v CROSS JOIN passages AS p WHERE v.model = $1 AND v.workspace_id = t.value->>'workspace_id' \
            AND v.epoch >= CAST(t.value->>'epoch' AS BIGINT) \
            AND (v.epoch > CAST(t.value->>'epoch' AS BIGINT) OR v.number > CAST(t.value->>'number' AS BIGINT)) \
            AND p.number = v.number ORDER BY v.workspace_id, v.epoch, v.number LIMIT $3";
    /// Vectors in full precision.
    pub(crate) VECTORS = "SELECT number, vector FROM passage_vectors WHERE model = $1 AND number IN {$2}";
    /// How many passages of the workspaces hold each of these words, no further than a bound. A word is a full-text query.
    pub(crate) FREQUENCIES = sqlite "SELECT (SELECT count(*) FROM (SELECT 1 FROM passage_words WHERE passage_words MATCH t.value LIMIT $3)) \
        FROM json_each($1) AS t WHERE $2 IS NOT NULL ORDER BY t.key"
        postgres "SELECT (SELECT count(*) FROM (SELECT 1 FROM passages AS p WHERE p.words @@ to_tsquery('english', t.value) \
        AND p.workspace_id = ANY($2) LIMIT $3) AS c) FROM unnest(CAST($1 AS TEXT[])) WITH ORDINALITY AS t (value, n) ORDER BY t.n";
    /// Of each of these words the newest passages that hold it, no more than a bound: how many, and the numbers of those that are
    /// of the workspaces. A word is a full-text query.
    pub(crate) NEWEST = sqlite "SELECT (SELECT count(*) || ' ' || coalesce(group_concat(CASE WHEN EXISTS (SELECT 1 FROM passages AS p \
        INDEXED BY passages_workspace_id_number_idx WHERE p.workspace_id IN {$2} AND p.number = w.number) THEN w.number END, ' '), '') \
        FROM (SELECT rowid AS number FROM passage_words WHERE passage_words MATCH t.value ORDER BY rowid DESC LIMIT $3) AS w) \
        FROM json_each($1) AS t ORDER BY t.key"
        postgres "SELECT (SELECT count(*) || ' ' || coalesce(string_agg(CAST(w.number AS TEXT), ' '), '') \
        FROM (SELECT p.number FROM passages AS p WHERE p.words @@ to_tsquery('english', t.value) \
        AND p.workspace_id = ANY($2) ORDER BY p.number DESC LIMIT $3) AS w) \
        FROM unnest(CAST($1 AS TEXT[])) WITH ORDINALITY AS t (value, n) ORDER BY t.n";
    /// The best passages by full text.
    pub(crate) CANDIDATES = sqlite "SELECT p.number, p.workspace_id, p.kind, p.owner_id, p.parent_id, p.series, p.position, p.part, p.title, p.tags, p.text, p.context, p.place, p.at \
        FROM passage_words AS f CROSS JOIN passages AS p ON p.number = f.rowid WHERE f.passage_words MATCH $1 \
        AND p.workspace_id IN {$2} AND ($3 = 0 OR p.kind IN {$4} OR p.owner_id IN {$5}) ORDER BY f.rank LIMIT $6"
        postgres "SELECT p.number, p.workspace_id, p.kind, p.owner_id, p.parent_id, p.series, p.position, p.part, p.title, p.tags, p.text, p.context, p.place, p.at \
        FROM passages AS p WHERE p.words @@ to_tsquery('english', $1) \
        AND p.workspace_id = ANY($2) AND ($3 = 0 OR p.kind = ANY($4) OR p.owner_id = ANY($5)) \
        ORDER BY ts_rank(p.words, to_tsquery('english', $1)) DESC, p.number LIMIT $6";
    /// Passages by number.
    pub(crate) BY_NUMBER = "SELECT p.number, p.workspace_id, p.kind, p.owner_id, p.parent_id, p.series, p.position, p.part, p.title, p.tags, p.text, p.context, p.place, p.at \
        FROM passages AS p WHERE p.number IN {$1} AND p.workspace_id IN {$2}";
    /// Which of these owners have published.
    pub(crate) PUBLISHED = "SELECT owner_id FROM passages WHERE owner_id IN {$1} AND part = 0";
    /// The passages of an owner around one of them.
    pub(crate) AROUND = "SELECT p.number, p.workspace_id, p.kind, p.owner_id, p.parent_id, p.series, p.position, p.part, p.title, p.tags, p.text, p.context, p.place, p.at \
        FROM passages AS p WHERE p.owner_id = $1 AND p.part >= $2 AND p.part <= $3 ORDER BY p.part";
    /// How many passages workspaces have, and how many of them wait.
    pub(crate) COVERAGE = "SELECT (SELECT count(*) FROM passages WHERE workspace_id IN {$1}), \
        (SELECT count(*) FROM passage_queue WHERE workspace_id IN {$1})";
    /// How many passages of workspaces wait.
    pub(crate) PENDING = "SELECT count(*) FROM passage_queue WHERE workspace_id IN {$1}";
    /// Whether anything waits, at all.
    pub(crate) WAITING = "SELECT count(*) FROM (SELECT 1 FROM passage_queue LIMIT $1) AS q";
    /// The workspaces that have vectors of a model.
    pub(crate) WORKSPACES = "SELECT workspace_id FROM passage_epochs WHERE workspace_id > $1 ORDER BY workspace_id LIMIT $2";
    /// How many passages workspaces have, no further than a bound.
    pub(crate) COUNT = "SELECT count(*) FROM (SELECT 1 FROM passages WHERE workspace_id IN {$1} LIMIT $2) AS p";
    /// Vectors of other models than the one that is used, some of them.
    pub(crate) DELETE_OTHER_MODELS = "DELETE FROM passage_vectors WHERE number > $2 AND number <= $3 AND model <> $1";
    /// The next model, by name, that vectors come from.
    pub(crate) NEXT_MODEL = "SELECT model FROM passage_vectors WHERE model > $1 ORDER BY model LIMIT 1";
}

/// A passage as it is stored.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Its number.
    pub number: i64,
    /// The workspace.
    pub workspace_id: String,
    /// What its owner is.
    pub kind: Kind,
    /// Its owner.
    pub owner_id: String,
    /// What its owner stands in.
    pub parent_id: Option<String>,
    /// The order it stands in with others, and its position there.
    pub series: Option<(String, i64)>,
    /// Which of its owner's passages it is, from 0.
    pub part: i64,
    /// The owner's title; may be empty.
    pub title: String,
    /// The owner's tags, one a line.
    pub tags: String,
    /// The text.
    pub text: String,
    /// What stands around it.
    pub context: String,
    /// Where it stands.
    pub place: Place,
    /// The time of what it is about.
    pub at: Time,
}

impl FromRow for Passage {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let sql::Json(place) = row.get(12)?;
        let series: Option<String> = row.get(5)?;
        Ok(Self {
            number: row.get(0)?,
            workspace_id: row.get(1)?,
            kind: row.get(2)?,
            owner_id: row.get(3)?,
            parent_id: row.get(4)?,
            series: series
                .map(|series| Ok::<_, sql::Error>((series, row.get(6)?)))
                .transpose()?,
            part: row.get(7)?,
            title: row.get(8)?,
            tags: row.get(9)?,
            text: row.get(10)?,
            context: row.get(11)?,
            place,
            at: row.get(13)?,
        })
    }
}

/// A vector as the index in memory takes it.
pub struct Stored {
    pub number: i64,
    pub epoch: i64,
    pub kind: Kind,
    pub owner_id: String,
    pub series: Option<(String, i64)>,
    pub part: i64,
    pub chars: i64,
    pub vector: Vec<f32>,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let series: Option<String> = row.get(4)?;
        Ok(Self {
            number: row.get(0)?,
            epoch: row.get(1)?,
            kind: row.get(2)?,
            owner_id: row.get(3)?,
            series: series
                .map(|series| Ok::<_, sql::Error>((series, row.get(5)?)))
                .transpose()?,
            part: row.get(6)?,
            chars: row.get(7)?,
            vector: row.get(8)?,
        })
    }
}

/// A vector, and the workspace it is of.
pub struct StoredIn {
    pub stored: Stored,
    pub workspace_id: String,
}

impl FromRow for StoredIn {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            stored: Stored::from_row(row)?,
            workspace_id: row.get(9)?,
        })
    }
}

/// A passage with its place among those of its owner, as the statement takes it.
#[derive(Serialize)]
pub struct Part {
    pub part: usize,
    #[serde(flatten)]
    pub passage: NewPassage,
}

pub fn insert(owner: &Owner<'_>, parts: Vec<Part>) -> Query {
    query(&INSERT)
        .bind(owner.workspace_id)
        .bind(owner.kind.as_str())
        .bind(owner.id)
        .bind(owner.parent_id.map(str::to_owned))
        .bind(owner.series.map(|(series, _)| series.to_owned()))
        .bind(owner.series.map_or(0, |(_, position)| position))
        .bind(owner.at)
        .bind(sql::Json(parts))
}

pub fn enqueue_owner(owner: &Owner<'_>) -> Query {
    query(&ENQUEUE_OWNER)
        .bind(owner.id)
        .bind(owner.kind.rank())
        .bind(Time::from_micros(0))
}

pub async fn published(db: &Db, owner_ids: Vec<String>) -> Result<Vec<(String,)>> {
    query(&PUBLISHED).bind(owner_ids).all(db).await
}

pub fn delete_of(owner_id: &str) -> Query {
    query(&DELETE_OF).bind(owner_id)
}

pub fn delete_of_all(owner_ids: Vec<String>) -> Query {
    query(&DELETE_OF_ALL).bind(owner_ids)
}

pub fn delete_below(parent_id: &str) -> Query {
    query(&DELETE_BELOW).bind(parent_id)
}

pub fn retitle(owner_id: &str, title: &str, parent_id: Option<&str>) -> Query {
    query(&RETITLE)
        .bind(owner_id)
        .bind(title)
        .bind(parent_id.map(str::to_owned))
}

/// Takes at most `limit` waiting passages until a time: number, workspace, kind, title, text.
pub async fn claim(
    db: &Db,
    now: Time,
    until: Time,
    limit: i64,
) -> Result<Vec<(i64, String, Kind, String, String)>> {
    let taken: Vec<(i64,)> = query(&CLAIM).bind(now).bind(until).bind(limit).all(db).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<i64> = taken.into_iter().map(|(number,)| number).collect();
    query(&CLAIMED).bind(numbers).all(db).await
}

pub async fn unclaim(db: &Db, numbers: Vec<i64>, now: Time) -> Result<u64> {
    query(&UNCLAIM).bind(numbers).bind(now).execute(db).await
}

/// Vectors of one workspace, at its next epoch, and the end of their waiting, in one batch.
pub fn vectors(model: &str, workspace_id: &str, vectors: Vec<(i64, Vec<f32>)>) -> Batch {
    let mut batch = Batch::from(query(&NEXT_EPOCH).bind(workspace_id));
    let numbers: Vec<i64> = vectors.iter().map(|(number, _)| *number).collect();
    batch.extend(
        vectors
            .into_iter()
            .map(|(number, vector)| query(&INSERT_VECTOR).bind(number).bind(model).bind(vector)),
    );
    batch.push(query(&DEQUEUE).bind(numbers));
    batch
}

pub async fn last(db: &Db) -> Result<i64> {
    Ok(query(&LAST)
        .optional::<(i64,)>(db)
        .await?
        .map_or(0, |(number,)| number))
}

/// Passages from one number (beyond it) to another that lack a vector of this model wait for it now.
pub async fn enqueue_lacking(db: &Db, model: &str, after: i64, to: i64) -> Result<u64> {
    let never = Time::from_micros(0);
    query(&ENQUEUE_LACKING)
        .bind(model)
        .bind(after)
        .bind(never)
        .bind(to)
        .execute(db)
        .await
}

pub async fn next_model(db: &Db, after: &str) -> Result<Option<String>> {
    Ok(query(&NEXT_MODEL)
        .bind(after)
        .optional::<(String,)>(db)
        .await?
        .map(|(model,)| model))
}

pub async fn delete_other_models(db: &Db, keep: &str, after: i64, to: i64) -> Result<u64> {
    query(&DELETE_OTHER_MODELS)
        .bind(keep)
        .bind(after)
        .bind(to)
        .execute(db)
        .await
}

pub async fn epochs(db: &Db, workspaces: &[String]) -> Result<Vec<(String, i64)>> {
    query(&EPOCHS).bind(workspaces.to_vec()).all(db).await
}

pub async fn vectors_since(
    db: &Db,
    (model, workspace_id): (&str, &str),
    (epoch, number): (i64, i64),
    limit: i64,
) -> Result<Vec<Stored>> {
    query(&VECTORS_SINCE)
        .bind(model)
        .bind(workspace_id)
        .bind(epoch)
        .bind(number)
        .bind(limit)
        .all(db)
        .await
}

/// The same of several workspaces, each from where its arena is: in the order of the workspaces' ids.
pub async fn vectors_since_of_many(
    db: &Db,
    model: &str,
    from: &[(&str, (i64, i64))],
    limit: i64,
) -> Result<Vec<StoredIn>> {
    let from: Vec<serde_json::Value> = from
        .iter()
        .map(|(workspace_id, (epoch, number))| {
            serde_json::json!({ "workspace_id": workspace_id, "epoch": epoch, "number": number })
        })
        .collect();
    query(&VECTORS_SINCE_OF_MANY)
        .bind(model)
        .bind(serde_json::Value::Array(from))
        .bind(limit)
        .all(db)
        .await
}

pub async fn full_vectors(db: &Db, model: &str, numbers: Vec<i64>) -> Result<Vec<(i64, Vec<f32>)>> {
    query(&VECTORS).bind(model).bind(numbers).all(db).await
}

/// The newest passages of a scope that hold a word.
#[derive(Debug, Clone, Default)]
pub struct Newest {
    /// Newest first.
    pub numbers: Vec<i64>,
    /// Whether there may be older ones.
    pub is_cut: bool,
}

/// How many passages in the scope hold each word, no further than a bound.
pub async fn frequencies(db: &Db, words: Vec<String>, scope: &Scope, bound: i64) -> Result<Vec<i64>> {
    query(&FREQUENCIES)
        .bind(words)
        .bind(scope.workspaces.clone())
        .bind(bound)
        .all(db)
        .await
}

/// The newest passages in the scope that hold each word: looked for among so many, and at most so many of them.
pub async fn newest(
    db: &Db,
    words: Vec<String>,
    scope: &Scope,
    (among, most): (i64, i64),
) -> Result<Vec<Newest>> {
    let rows: Vec<(String,)> = query(&NEWEST)
        .bind(words)
        .bind(scope.workspaces.clone())
        .bind(among)
        .all(db)
        .await?;
    let newest = |(row,): (String,)| {
        let mut numbers = row.split_whitespace().filter_map(|number| number.parse().ok());
        let seen: i64 = numbers.next().unwrap_or(0);
        let mut numbers: Vec<i64> = numbers.collect();
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        let is_cut = seen >= among;
        if is_cut {
            numbers.truncate(most as usize);
        }
        Newest { numbers, is_cut }
    };
    Ok(rows.into_iter().map(newest).collect())
}

/// The best passages by full text within the scope, best first.
pub async fn candidates(db: &Db, matching: String, scope: &Scope, limit: i64) -> Result<Vec<Passage>> {
    let (limited, kinds, owners) = scope.only.as_ref().map_or((0, Vec::new(), Vec::new()), |only| {
        let kinds = only.kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
        (1, kinds, only.owners.clone())
    });
    query(&CANDIDATES)
        .bind(matching)
        .bind(scope.workspaces.clone())
        .bind(limited)
        .bind(kinds)
        .bind(owners)
        .bind(limit)
        .all(db)
        .await
}

/// Passages by number, in no order, those of these workspaces alone.
pub async fn by_number(db: &Db, numbers: Vec<i64>, workspaces: &[String]) -> Result<Vec<Passage>> {
    query(&BY_NUMBER)
        .bind(numbers)
        .bind(Value::from(workspaces.to_vec()))
        .all(db)
        .await
}

pub async fn around(db: &Db, owner_id: &str, from: i64, to: i64) -> Result<Vec<Passage>> {
    query(&AROUND).bind(owner_id).bind(from).bind(to).all(db).await
}

/// How many passages workspaces have, and how many of them wait for a vector.
pub async fn coverage(db: &Db, workspaces: &[String]) -> Result<(i64, i64)> {
    query(&COVERAGE).bind(workspaces.to_vec()).one(db).await
}

/// How many passages of workspaces wait for a vector.
pub async fn pending(db: &Db, workspaces: &[String]) -> Result<i64> {
    Ok(query(&PENDING)
        .bind(workspaces.to_vec())
        .one::<(i64,)>(db)
        .await?
        .0)
}

/// How many passages wait, no further than a bound.
pub async fn waiting(db: &Db, bound: i64) -> Result<i64> {
    Ok(query(&WAITING).bind(bound).one::<(i64,)>(db).await?.0)
}

/// Workspaces that have vectors, those behind an id, in order.
pub async fn workspaces(db: &Db, after: &str, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = query(&WORKSPACES).bind(after).bind(limit).all(db).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many passages workspaces have, no further than a bound.
pub async fn count(db: &Db, workspaces: &[String], bound: i64) -> Result<i64> {
    let count: (i64,) = query(&COUNT)
        .bind(workspaces.to_vec())
        .bind(bound)
        .one(db)
        .await?;
    Ok(count.0)
}
