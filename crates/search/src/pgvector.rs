//! The vectors of large workspaces in the database itself, where PostgreSQL has the extension pgvector (0.8 or newer).
//!
//! An arena takes some 870 bytes of every node's memory for each vector. A workspace that has more than a bound is copied into
//! a table of half-precision vectors instead, with an HNSW index of its own: whoever may not read the workspace never touches
//! its index, and no filter comes afterwards. What that finds is looked at again like what an arena finds, with the passages
//! beside it, as a small arena made for the question; so both ways rank alike.
//!
//! The copy is kept as an arena is: what it lacks are the vectors of later epochs, and a question that finds it behind copies
//! them first. Until it is complete the arena answers. What is deleted, or belongs to a model that is not used any more,
//! goes with the row of `passage_vectors` that it refers to. Table and functions are made here and not by a migration,
//! because the extension may be installed later than Stoa.

use std::sync::Arc;

use parking_lot::Mutex;
use sql::{Batch, Db, FromRow, Kind, Result, query};

use crate::arena::{Arena, Found, Row};
use crate::index::Scope;
use crate::store::{self, Stored};

/// Passages whose own vectors are nearest, before those beside them count.
const NEAREST: i64 = 100;
/// Of the four passages on either side that are read with each, two are candidates too; the others count for those.
const BESIDE: i64 = 2;
/// Up to so many vectors are compared one by one; more have an index.
const EXACT_UNTIL: i64 = 10_000;
/// Vectors that are copied in one transaction.
const PAGE: i64 = 500;

/// What is read of each passage, with how far it stands from what was found.
macro_rules! rows_around {
    ($found:literal, $reach:literal) => {
        concat!(
            $found,
            ", around AS (SELECT a.number, min(a.step) AS step FROM found JOIN passage_embeddings AS e \
             ON e.number = found.number AND e.model = $1 CROSS JOIN LATERAL (SELECT e.number, CAST(0 AS BIGINT) AS step \
             UNION ALL SELECT b.number, row_number() OVER (ORDER BY b.position DESC, b.part DESC) FROM (SELECT o.number, o.position, o.part \
             FROM passage_embeddings AS o WHERE o.workspace_id = e.workspace_id AND o.model = e.model AND o.series = e.series \
             AND (o.position, o.part) < (e.position, e.part) ORDER BY o.position DESC, o.part DESC LIMIT ",
            $reach,
            ") AS b UNION ALL SELECT b.number, row_number() OVER (ORDER BY b.position, b.part) FROM (SELECT o.number, o.position, o.part \
             FROM passage_embeddings AS o WHERE o.workspace_id = e.workspace_id AND o.model = e.model AND o.series = e.series \
             AND (o.position, o.part) > (e.position, e.part) ORDER BY o.position, o.part LIMIT ",
            $reach,
            ") AS b) AS a GROUP BY a.number) \
             SELECT v.number, v.epoch, p.kind, p.owner_id, p.series, p.position, p.part, length(p.text), v.vector, around.step \
             FROM around JOIN passage_vectors AS v ON v.number = around.number AND v.model = $1 \
             JOIN passages AS p ON p.number = v.number"
        )
    };
}

// Of PostgreSQL alone: they are not among the statements that run on both databases.
sql::statements! {
    /// The version of the extension that is there, or could be made.
    VERSION = "SELECT COALESCE((SELECT extversion FROM pg_extension WHERE extname = 'vector'), \
        (SELECT CAST(default_version AS TEXT) FROM pg_available_extensions WHERE name = 'vector'), '')";
    /// Makes what is needed, once, whoever begins at the same time.
    SET_UP = r#"DO $setup$ BEGIN
        PERFORM set_config('client_min_messages', 'warning', true);
        PERFORM pg_advisory_xact_lock(7598251002);
        CREATE EXTENSION IF NOT EXISTS vector;
        CREATE TABLE IF NOT EXISTS passage_embeddings (
            number BIGINT NOT NULL, model TEXT COLLATE "C" NOT NULL, workspace_id TEXT COLLATE "C" NOT NULL, kind TEXT NOT NULL,
            owner_id TEXT COLLATE "C" NOT NULL, series TEXT COLLATE "C", position BIGINT NOT NULL, part BIGINT NOT NULL,
            embedding halfvec NOT NULL, PRIMARY KEY (number, model),
            FOREIGN KEY (number, model) REFERENCES passage_vectors (number, model) ON DELETE CASCADE);
        CREATE INDEX IF NOT EXISTS passage_embeddings_place_idx
            ON passage_embeddings (workspace_id, model, series, position, part);
        CREATE INDEX IF NOT EXISTS passage_embeddings_kind_idx ON passage_embeddings (workspace_id, model, kind);
        CREATE INDEX IF NOT EXISTS passage_embeddings_owner_id_idx ON passage_embeddings (owner_id);
        CREATE TABLE IF NOT EXISTS passage_embedding_stands (
            workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE, model TEXT COLLATE "C" NOT NULL,
            epoch BIGINT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (workspace_id, model));
        CREATE OR REPLACE FUNCTION passage_index(of_workspace TEXT, of_model TEXT, dimensions BIGINT) RETURNS BIGINT
        LANGUAGE plpgsql AS $make$ BEGIN
            EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON passage_embeddings USING hnsw ((embedding::halfvec(%s)) halfvec_cosine_ops) '
                'WHERE workspace_id = %L AND model = %L AND vector_dims(embedding) = %s',
                'passage_embeddings_near_' || md5(of_workspace || ' ' || of_model), dimensions, of_workspace, of_model, dimensions);
            RETURN dimensions;
        END $make$;
        CREATE OR REPLACE FUNCTION passage_near(of_workspace TEXT, of_model TEXT, question TEXT, many BIGINT, kinds TEXT[],
            owners TEXT[], few BIGINT) RETURNS TABLE (near_number BIGINT, distance DOUBLE PRECISION)
        LANGUAGE plpgsql STABLE SET hnsw.ef_search = 200 SET hnsw.iterative_scan = 'strict_order' AS $near$
        DECLARE
            asked halfvec := question::halfvec;
            -- As literals: so the index of this workspace is the one that is used.
            here TEXT := format('FROM passage_embeddings WHERE workspace_id = %L AND model = %L AND vector_dims(embedding) = %s',
                of_workspace, of_model, vector_dims(asked));
            chosen TEXT := 'SELECT number, (embedding <=> $1)::double precision ' || here;
            by_index TEXT := format(' ORDER BY embedding::halfvec(%s) <=> $1 LIMIT %s', vector_dims(asked), many);
            -- No index has this order.
            one_by_one TEXT := format(' ORDER BY (embedding <=> $1) + 0 LIMIT %s', many);
            there BIGINT;
        BEGIN
            IF kinds IS NULL THEN
                RETURN QUERY EXECUTE chosen || by_index USING asked;
                RETURN;
            END IF;
            EXECUTE format('SELECT count(*) FROM (SELECT 1 %s AND kind = ANY($1) LIMIT %s) AS c', here, few + 1) INTO there USING kinds;
            IF there > few THEN
                RETURN QUERY EXECUTE chosen || ' AND kind = ANY($2)' || by_index USING asked, kinds;
            ELSIF there > 0 THEN
                RETURN QUERY EXECUTE chosen || ' AND kind = ANY($2)' || one_by_one USING asked, kinds;
            END IF;
            IF cardinality(owners) > 0 THEN
                RETURN QUERY EXECUTE chosen || ' AND owner_id = ANY($2)' || one_by_one USING asked, owners;
            END IF;
        END $near$;
        CREATE OR REPLACE FUNCTION passage_tidy(used_model TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $tidy$
        DECLARE
            name TEXT;
            dropped BIGINT := 0;
        BEGIN
            DELETE FROM passage_embedding_stands WHERE model <> used_model;
            FOR name IN SELECT i.indexname FROM pg_indexes AS i WHERE i.schemaname = current_schema()
                AND i.tablename = 'passage_embeddings' AND i.indexname LIKE 'passage\_embeddings\_near\_%' AND i.indexname NOT IN
                (SELECT 'passage_embeddings_near_' || md5(s.workspace_id || ' ' || s.model) FROM passage_embedding_stands AS s)
            LOOP
                EXECUTE format('DROP INDEX IF EXISTS %I', name);
                dropped := dropped + 1;
            END LOOP;
            RETURN dropped;
        END $tidy$;
    END $setup$"#;
    /// Makes the index of a workspace.
    MAKE_INDEX = "SELECT passage_index($1, $2, $3)";
    /// The planner learns what there is of each workspace, kind and owner; else it would read a workspace from end to end for one file
    /// until the database looks by itself.
    COUNT = "ANALYZE passage_embeddings";
    /// Forgets how far it was with other models, and drops the indexes that nothing uses.
    TIDY = "SELECT passage_tidy($1)";
    /// Up to where a workspace is copied.
    STAND = "SELECT epoch, number FROM passage_embedding_stands WHERE workspace_id = $1 AND model = $2";
    /// It is copied as far as this; never less far than before.
    MOVE_STAND = "INSERT INTO passage_embedding_stands AS s (workspace_id, model, epoch, number) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (workspace_id, model) DO UPDATE SET epoch = excluded.epoch, number = excluded.number \
        WHERE (s.epoch, s.number) < (excluded.epoch, excluded.number)";
    /// Copies a vector, if it is still there; it stays there until the copy is committed.
    COPY = "INSERT INTO passage_embeddings (number, model, workspace_id, kind, owner_id, series, position, part, embedding) \
        SELECT p.number, v.model, p.workspace_id, p.kind, p.owner_id, p.series, p.position, p.part, \
        CAST(CAST($3 AS TEXT) AS halfvec) FROM passage_vectors AS v JOIN passages AS p ON p.number = v.number \
        WHERE v.number = $1 AND v.model = $2 FOR KEY SHARE OF v ON CONFLICT (number, model) DO NOTHING";
    /// The passages of workspaces whose vectors are nearest, and what stands beside them.
    NEAR = rows_around!("WITH found AS MATERIALIZED (SELECT n.near_number AS number FROM unnest(CAST($2 AS TEXT[])) AS w (id) \
        CROSS JOIN LATERAL passage_near(w.id, $1, $3, $4, CASE WHEN $5 = 0 THEN NULL ELSE CAST($6 AS TEXT[]) END, $7, $8) AS n \
        GROUP BY n.near_number ORDER BY min(n.distance) LIMIT $4)", "4");
    /// Passages of workspaces, and what stands beside them.
    AROUND = rows_around!("WITH found AS MATERIALIZED (SELECT number FROM passage_embeddings \
        WHERE model = $1 AND workspace_id = ANY($2) AND number = ANY($3))", "2");
}

/// The copies in the database: which workspaces have one, and how far it is.
#[derive(Debug)]
pub struct Outside {
    /// A workspace of more vectors is copied.
    pub from: usize,
    /// Up to so many vectors are compared one by one.
    exact_until: i64,
}

/// A row of a workspace in the database, and how far it stands from one that was found.
struct Around {
    stored: Stored,
    step: i64,
}

impl FromRow for Around {
    fn from_row(row: &sql::Row<'_>) -> Result<Self> {
        Ok(Self {
            stored: Stored::from_row(row)?,
            step: row.get(9)?,
        })
    }
}

/// What is known of the copy of a workspace.
#[derive(Debug, Default)]
pub struct Copied {
    /// Up to where, epoch and number.
    pub seen: (i64, i64),
    /// How many vectors, about.
    pub rows: usize,
    /// Whether there is an index of its own.
    pub indexed: bool,
}

impl Outside {
    /// Makes what is needed, if the database can hold vectors; else says why not.
    pub async fn set_up(
        db: &Db,
        from: usize,
        exact_until: usize,
    ) -> Result<std::result::Result<Arc<Self>, &'static str>> {
        if db.kind() != Kind::Postgres {
            return Ok(Err("the database is SQLite"));
        }
        let version: String = query(&VERSION).one(db).await?;
        if version.is_empty() {
            return Ok(Err("PostgreSQL does not have the extension pgvector"));
        }
        if !is_new_enough(&version) {
            return Ok(Err("the extension pgvector is older than 0.8"));
        }
        match query(&SET_UP).execute(db).await {
            Ok(_) => Ok(Ok(Arc::new(Self {
                from,
                exact_until: EXACT_UNTIL.min(i64::try_from(exact_until).unwrap_or(i64::MAX)),
            }))),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "The extension pgvector is there but could not be set up");
                Ok(Err(
                    "it could not be set up; an administrator of the database can: CREATE EXTENSION vector",
                ))
            }
        }
    }

    /// Up to where a workspace is copied; none when nobody has begun.
    pub async fn stand(db: &Db, (model, workspace_id): (&str, &str)) -> Result<Option<(i64, i64)>> {
        query(&STAND).bind(workspace_id).bind(model).optional(db).await
    }

    /// Copies some of what the copy lacks; whether that was all.
    pub async fn follow(db: &Db, names: (&str, &str), copied: &Mutex<Copied>) -> Result<bool> {
        let (model, workspace_id) = names;
        let seen = copied.lock().seen;
        let page = store::vectors_since(db, names, seen, PAGE).await?;
        let Some(last) = page.last().map(|stored| (stored.epoch, stored.number)) else {
            return Ok(true);
        };
        let mut batch = Batch::new();
        for stored in &page {
            batch.push(
                query(&COPY)
                    .bind(stored.number)
                    .bind(model)
                    .bind(literal(&stored.vector)),
            );
        }
        batch.push(
            query(&MOVE_STAND)
                .bind(workspace_id)
                .bind(model)
                .bind(last.0)
                .bind(last.1),
        );
        db.write(batch).await?;
        let mut copied = copied.lock();
        copied.seen = copied.seen.max(last);
        copied.rows += page.len();
        Ok((page.len() as i64) < PAGE)
    }

    /// Makes the index of a workspace of so many vectors, if comparing them all would take long; whether there is one.
    pub async fn index(&self, db: &Db, (model, workspace_id): (&str, &str), rows: usize) -> Result<bool> {
        if rows as i64 <= self.exact_until {
            return Ok(false);
        }
        let first = store::vectors_since(db, (model, workspace_id), (0, 0), 1).await?;
        let dimensions = first.first().map_or(0, |stored| stored.vector.len());
        // HNSW takes no more of halves.
        let fits = (1..=4_000).contains(&dimensions);
        if fits {
            let making = query(&MAKE_INDEX).bind(workspace_id).bind(model).bind(dimensions);
            making.one::<i64>(db).await?;
        }
        Ok(fits)
    }

    /// Much has been copied: the planner is to know.
    pub async fn count(db: &Db) -> Result<()> {
        query(&COUNT).execute(db).await.map(|_| ())
    }

    /// Drops what belongs to other models.
    pub async fn tidy(db: &Db, model: &str) -> Result<()> {
        query(&TIDY).bind(model).one::<i64>(db).await.map(|_| ())
    }

    /// Finds the passages of these workspaces that are nearest, with those beside them.
    pub async fn scan(
        &self,
        db: &Db,
        (model, vector): (&str, &[f32]),
        workspaces: &[String],
        scope: &Scope,
        found: &mut Found,
    ) -> Result<()> {
        let (limited, kinds, owners) = scope.only.as_ref().map_or((0, Vec::new(), Vec::new()), |only| {
            let kinds = only.kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
            (1, kinds, only.owners.clone())
        });
        let rows: Vec<Around> = query(&NEAR)
            .bind(model)
            .bind(workspaces.to_vec())
            .bind(literal(vector))
            .bind(NEAREST)
            .bind(limited)
            .bind(kinds)
            .bind(owners)
            .bind(self.exact_until)
            .all(db)
            .await?;
        let passes = |stored: &Stored| {
            let only = scope.only.as_ref();
            only.is_none_or(|only| {
                only.kinds.contains(&stored.kind) || only.owners.contains(&stored.owner_id)
            })
        };
        let wanted: Vec<i64> = rows
            .iter()
            .filter(|row| row.step <= BESIDE && passes(&row.stored))
            .map(|row| row.stored.number)
            .collect();
        arena_of(&rows).offer(vector, &wanted, found);
        Ok(())
    }

    /// The cosines of passages of these workspaces, with those beside them.
    pub async fn tell(
        db: &Db,
        (model, vector): (&str, &[f32]),
        workspaces: &[String],
        wanted: &[i64],
        found: &mut Found,
    ) -> Result<()> {
        let rows: Vec<Around> = query(&AROUND)
            .bind(model)
            .bind(workspaces.to_vec())
            .bind(wanted.to_vec())
            .all(db)
            .await?;
        arena_of(&rows).tell(vector, wanted, found);
        Ok(())
    }
}

/// A small arena of what the database gave.
fn arena_of(rows: &[Around]) -> Arena {
    let mut arena = Arena::new(usize::MAX);
    for Around { stored, .. } in rows {
        arena.add(&Row::of(stored));
    }
    arena.settle();
    arena
}

/// A vector as PostgreSQL reads one.
fn literal(vector: &[f32]) -> String {
    let numbers: Vec<String> = vector.iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(","))
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next(), parts.next()) >= (Some(0), Some(8))
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, enough) in [
            ("0.8.0", true),
            ("0.10.1", true),
            ("1.0", true),
            ("0.7.4", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }
}
