//! What the schema is and how statements would run.

use deadpool_postgres::Object;
use tokio_postgres::SimpleQueryMessage;

use super::{errors, values};
use crate::{Error, Index, Kind, Result, Statement};

/// The plan for any values, as the server prints it. Inside a transaction that the caller rolls back.
pub(super) async fn explain(client: &Object, statement: &'static Statement) -> Result<String> {
    let name = statement.name();
    let failed = |error| errors::translate(name, error);
    client
        .batch_execute("BEGIN; SET LOCAL plan_cache_mode = force_generic_plan")
        .await
        .map_err(failed)?;
    let prepare = format!("PREPARE explained AS {}", statement.text(Kind::Postgres));
    client.batch_execute(&prepare).await.map_err(failed)?;
    let nulls = vec!["NULL"; statement.parameters()].join(", ");
    let arguments = if nulls.is_empty() {
        nulls
    } else {
        format!("({nulls})")
    };
    let explained = client
        .simple_query(&format!("EXPLAIN EXECUTE explained{arguments}"))
        .await;
    let lines = explained.map_err(failed)?;
    client
        .batch_execute("DEALLOCATE explained")
        .await
        .map_err(failed)?;
    let lines = lines.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Whether the server accepts the statement and all its types are ours.
pub(super) async fn prepare_check(client: &Object, statement: &'static Statement) -> Result<()> {
    let name = statement.name();
    let prepared = client
        .prepare(statement.text(Kind::Postgres))
        .await
        .map_err(|error| errors::translate(name, error))?;
    if let Some(index) = prepared.params().iter().position(|kind| !values::is_known(kind)) {
        let detail = format!("its type {} is none of ours: CAST it", prepared.params()[index]);
        return Err(Error::Encode {
            statement: name,
            parameter: index + 1,
            detail,
        });
    }
    match prepared
        .columns()
        .iter()
        .find(|column| !values::is_known(column.type_()))
    {
        Some(column) => Err(Error::Decode {
            statement: name,
            column: column.name().to_owned(),
            detail: format!("its type {} is none of ours: CAST it", column.type_()),
        }),
        None => Ok(()),
    }
}

/// The tables' columns in order, each with its type, default and NOT NULL.
const COLUMNS: &str = "
    SELECT c.relname, quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN ' COLLATE \"' || l.collname || '\"' ELSE '' END
        || CASE WHEN a.attgenerated <> '' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
                WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    ORDER BY c.relname COLLATE \"C\", a.attnum";

/// Keys, references and checks.
const CONSTRAINTS: &str = "
    SELECT c.relname, 'CONSTRAINT ' || r.conname || ' ' || pg_get_constraintdef(r.oid)
    FROM pg_constraint AS r JOIN pg_class AS c ON c.oid = r.conrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND r.contype IN ('p', 'u', 'f', 'c', 'x')
    ORDER BY c.relname COLLATE \"C\", array_position(ARRAY['p', 'u', 'f', 'c', 'x'], r.contype::text), r.conname COLLATE \"C\"";

/// Indexes that no constraint has made.
const INDEXES: &str = "
    SELECT c.relname, replace(pg_get_indexdef(i.indexrelid), ' ON ' || current_schema() || '.', ' ON ')
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indrelid
    JOIN pg_class AS n ON n.oid = i.indexrelid
    WHERE c.relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT 1 FROM pg_constraint AS r WHERE r.conindid = i.indexrelid AND r.contype IN ('p', 'u', 'x'))
    ORDER BY c.relname COLLATE \"C\", n.relname COLLATE \"C\"";

/// Triggers and the functions of this schema, at the end.
const OTHERS: &str = "
    SELECT pg_get_functiondef(p.oid) FROM pg_proc AS p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind IN ('f', 'p')
      AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT replace(pg_get_triggerdef(t.oid), ' ON ' || current_schema() || '.', ' ON ')
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
    ORDER BY 1";

/// Every table with its columns and constraints, then its indexes.
pub(super) async fn dump(client: &Object) -> Result<String, tokio_postgres::Error> {
    let columns = pairs(client, COLUMNS).await?;
    let constraints = pairs(client, CONSTRAINTS).await?;
    let indexes = pairs(client, INDEXES).await?;
    let others = client.query(OTHERS, &[]).await?;
    let mut tables: Vec<&str> = columns.iter().map(|(table, _)| table.as_str()).collect();
    tables.dedup();
    let mut dump = String::new();
    for table in tables {
        let of_table = |(name, text): &(String, String)| (name == table).then(|| format!("  {text}"));
        let lines: Vec<String> = columns.iter().chain(&constraints).filter_map(of_table).collect();
        dump.extend(["CREATE TABLE ", table, " (\n", &lines.join(",\n"), "\n);\n"]);
        for (_, text) in indexes.iter().filter(|(name, _)| name == table) {
            dump.extend([text, ";\n"]);
        }
    }
    for row in others {
        dump.extend([row.try_get::<_, &str>(0)?.trim_end(), ";\n"]);
    }
    Ok(dump)
}

async fn pairs(client: &Object, text: &str) -> Result<Vec<(String, String)>, tokio_postgres::Error> {
    let rows = client.query(text, &[]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

pub(super) async fn indexes(client: &Object) -> Result<Vec<Index>, tokio_postgres::Error> {
    const COLUMNS: &str = "
        SELECT n.relname, c.relname, i.indisunique,
            array_agg(coalesce(a.attname::text, '(' || pg_get_indexdef(i.indexrelid, k.number::int, true) || ')')
                || CASE WHEN (i.indoption[k.number - 1] & 1) = 1 THEN ' desc' ELSE '' END ORDER BY k.number)
        FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indrelid
        JOIN pg_class AS n ON n.oid = i.indexrelid
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attribute, number)
        LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attribute AND k.attribute > 0
        WHERE c.relnamespace = current_schema()::regnamespace AND k.number <= i.indnkeyatts
        GROUP BY n.relname, c.relname, i.indisunique
        ORDER BY c.relname COLLATE \"C\", n.relname COLLATE \"C\"";
    let rows = client.query(COLUMNS, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Index {
                name: row.try_get(0)?,
                table: row.try_get(1)?,
                unique: row.try_get(2)?,
                columns: row.try_get(3)?,
            })
        })
        .collect()
}
