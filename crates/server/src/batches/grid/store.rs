//! The SQL of the grid: rows, cells, and the sums that every write of a cell keeps.

use serde_json::Value;
use sql::{Batch as Writes, Db, FromRow, Query, Result, Row as SqlRow, Time, query};

use super::{Asked, Cell, CellStatus, LaneSums, NewRow, Outcome, Row};
use crate::batches::store::read_json;
use crate::batches::{Asker, Batch, SHOWN_CHARS, Status};
use crate::workspaces::Role;

/// Rows and bytes of one statement.
const ROWS_AT_ONCE: usize = 500;
const BYTES_AT_ONCE: usize = 1 << 20;

/// A page of the grid: each row once for each of its cells, its own texts with the first of them.
macro_rules! grid {
    ($shown:literal, $end:literal, $more:literal, $positions:literal) => {
        concat!(
            "SELECT i.position, CASE WHEN c.lane = 0 THEN ", $shown, "i.prompt", $end, " END, \
             CASE WHEN c.lane = 0 THEN ", $shown, "i.expected", $end, " END, \
             i.conversation_id, i.original_model, c.lane, c.status, ", $shown, "c.answer", $end, ", c.error, c.finish_reason, c.model, \
             c.prompt_tokens, c.completion_tokens, c.cost_micros, c.latency_ms, c.first_token_ms, c.attempts, c.finished_at", $more, " \
             FROM batch_rows i JOIN batch_cells c ON c.batch_id = i.batch_id AND c.position = i.position \
             WHERE i.batch_id = $1 AND ", $positions, " ORDER BY i.position, c.lane"
        )
    };
}

sql::statements! {
    /// Its rows, as many as fit one statement.
    pub(crate) INSERT_ROWS = sqlite "INSERT INTO batch_rows (batch_id, position, prompt, system_prompt, variables, expected, conversation_id, \
            original_model, history) SELECT $1, CAST(value->>'position' AS INTEGER), value->>'prompt', value->>'system_prompt', value->'variables', \
            value->>'expected', value->>'conversation_id', value->>'original_model', value->'history' FROM json_each($2)"
        postgres "INSERT INTO batch_rows (batch_id, position, prompt, system_prompt, variables, expected, conversation_id, \
            original_model, history) SELECT $1, CAST(value->>'position' AS BIGINT), value->>'prompt', value->>'system_prompt', value->'variables', \
            value->>'expected', value->>'conversation_id', value->>'original_model', value->'history' FROM jsonb_array_elements(CAST($2 AS JSONB)) AS value";
    /// A lane without a result yet.
    pub(crate) INSERT_LANE = "INSERT INTO batch_lanes (batch_id, lane, done_count, failed_count, prompt_tokens, completion_tokens, cost_micros, \
        latency_ms, first_token_ms, first_token_count) VALUES ($1, $2, 0, 0, 0, 0, 0, 0, 0, 0)";
    /// A cell for each row and this lane.
    pub(crate) INSERT_CELLS = "INSERT INTO batch_cells (batch_id, position, lane, status, prompt_tokens, completion_tokens, cost_micros, attempts) \
        SELECT i.batch_id, i.position, $2, 'pending', 0, 0, 0, 0 FROM batch_rows i WHERE i.batch_id = $1";
    /// What its lanes add up to.
    pub(crate) LANES = "SELECT lane, done_count, failed_count, prompt_tokens, completion_tokens, cost_micros, latency_ms, first_token_ms, \
        first_token_count FROM batch_lanes WHERE batch_id = $1 ORDER BY lane LIMIT 12";
    /// Rows by their places, shortened.
    pub(crate) PAGE = grid!("SUBSTR(", ", 1, 2001)", "", "i.position >= $2 AND i.position < $3");
    /// Rows with a cell of this status, shortened.
    pub(crate) PAGE_WITH = grid!("SUBSTR(", ", 1, 2001)", "", "i.position IN (SELECT DISTINCT s.position FROM batch_cells s \
        WHERE s.batch_id = $1 AND s.status = $2 AND s.position > $3 ORDER BY s.position LIMIT $4 OFFSET $5)");
    /// Rows by their places, whole.
    pub(crate) WHOLE = grid!("", "", ", CASE WHEN c.lane = 0 THEN i.variables END, CASE WHEN c.lane = 0 THEN i.history END",
        "i.position >= $2 AND i.position < $3");
    /// The cells that wait, in the order of the grid.
    pub(crate) PENDING = "SELECT position, lane FROM batch_cells WHERE batch_id = $1 AND status = 'pending' AND (position, lane) > ($2, $3) \
        ORDER BY position, lane LIMIT $4";
    /// What a cell is asked, for whom, and whether it is to be asked at all.
    pub(crate) ASKED = "SELECT b.status, c.status, c.attempts, i.prompt, i.system_prompt, i.variables, i.history, b.user_id, b.key_id, m.role, \
        (u.disabled_at IS NOT NULL) FROM batches b JOIN users u ON u.id = b.user_id \
        LEFT JOIN memberships m ON m.user_id = b.user_id AND m.workspace_id = b.workspace_id \
        JOIN batch_rows i ON i.batch_id = b.id AND i.position = $2 \
        JOIN batch_cells c ON c.batch_id = b.id AND c.position = $2 AND c.lane = $3 WHERE b.id = $1";
    /// A call that was made for a cell: what came of it is what the cell has now, unless another call came first.
    pub(crate) WRITE_CELL = "UPDATE batch_cells SET status = $4, answer = $5, error = $6, finish_reason = $7, model = $8, \
        prompt_tokens = prompt_tokens + $9, completion_tokens = completion_tokens + $10, cost_micros = cost_micros + $11, latency_ms = $12, \
        first_token_ms = $13, attempts = attempts + 1, finished_at = $14 \
        WHERE batch_id = $1 AND position = $2 AND lane = $3 AND status = 'pending' AND attempts = $15";
    /// The same in the sums of its lane.
    pub(crate) ADD_TO_LANE = "UPDATE batch_lanes SET done_count = done_count + $3, failed_count = failed_count + $4, \
        prompt_tokens = prompt_tokens + $5, completion_tokens = completion_tokens + $6, cost_micros = cost_micros + $7, \
        latency_ms = latency_ms + $8, first_token_ms = first_token_ms + $9, first_token_count = first_token_count + $10 \
        WHERE batch_id = $1 AND lane = $2";
    /// And of the batch.
    pub(crate) ADD_TO_BATCH = "UPDATE batches SET done_count = done_count + $2, failed_count = failed_count + $3, \
        prompt_tokens = prompt_tokens + $4, completion_tokens = completion_tokens + $5, cost_micros = cost_micros + $6, updated_at = $7 WHERE id = $1";
    /// Cells that failed wait again; what they cost stays theirs.
    pub(crate) RETRY_CELLS = "UPDATE batch_cells SET status = 'pending', error = NULL, answer = NULL, finished_at = NULL \
        WHERE batch_id = $1 AND status = 'failed'";
    /// The same in the sums of the lanes.
    pub(crate) RETRY_LANES = "UPDATE batch_lanes SET failed_count = 0 WHERE batch_id = $1";
    /// And of the batch.
    pub(crate) RETRY_BATCH = "UPDATE batches SET failed_count = 0 WHERE id = $1";
}

impl FromRow for LaneSums {
    fn from_row(row: &SqlRow<'_>) -> Result<Self> {
        let (done, latency, first, first_of): (i64, i64, i64, i64) =
            (row.get(1)?, row.get(6)?, row.get(7)?, row.get(8)?);
        Ok(Self {
            lane: row.get::<i64>(0)? as u8,
            done,
            failed: row.get(2)?,
            prompt_tokens: row.get(3)?,
            completion_tokens: row.get(4)?,
            cost_micros: row.get(5)?,
            latency_ms: (done > 0).then(|| latency / done),
            first_token_ms: (first_of > 0).then(|| first / first_of),
        })
    }
}

pub async fn lanes(db: &Db, id: &str) -> Result<Vec<LaneSums>> {
    query(&LANES).bind(id).all(db).await
}

/// The grid of a new batch: its lanes, its rows, its cells.
pub fn insert(batch: &Batch, rows: &[NewRow]) -> Writes {
    let mut writes = Writes::new();
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    for (position, row) in rows.iter().enumerate() {
        chunk.push(row.stored(position));
        bytes += row.bytes();
        if chunk.len() == ROWS_AT_ONCE || bytes >= BYTES_AT_ONCE {
            writes.push(insert_rows(&batch.id, std::mem::take(&mut chunk)));
            bytes = 0;
        }
    }
    if !chunk.is_empty() {
        writes.push(insert_rows(&batch.id, chunk));
    }
    for lane in &batch.models {
        let lane = i64::from(lane.lane);
        writes.push(query(&INSERT_LANE).bind(batch.id.as_str()).bind(lane));
        let cells = query(&INSERT_CELLS).bind(batch.id.as_str()).bind(lane);
        writes.push_expecting(rows.len() as u64, cells);
    }
    writes
}

fn insert_rows(batch_id: &str, rows: Vec<Value>) -> Query {
    query(&INSERT_ROWS).bind(batch_id).bind(Value::Array(rows))
}

/// A cell with what is shown of its row.
struct InGrid {
    position: i64,
    prompt: Option<String>,
    expected: Option<String>,
    conversation_id: Option<String>,
    original_model: Option<String>,
    cell: Cell,
}

impl FromRow for InGrid {
    fn from_row(row: &SqlRow<'_>) -> Result<Self> {
        let status: String = row.get(6)?;
        Ok(Self {
            position: row.get(0)?,
            prompt: row.get(1)?,
            expected: row.get(2)?,
            conversation_id: row.get(3)?,
            original_model: row.get(4)?,
            cell: Cell {
                lane: row.get::<i64>(5)? as u8,
                status: CellStatus::parse(&status),
                text: row.get(7)?,
                truncated: false,
                error: row.get(8)?,
                finish_reason: row.get(9)?,
                model: row.get(10)?,
                prompt_tokens: row.get(11)?,
                completion_tokens: row.get(12)?,
                cost_micros: row.get(13)?,
                latency_ms: row.get(14)?,
                first_token_ms: row.get(15)?,
                attempts: row.get(16)?,
                finished_at: row.get(17)?,
            },
        })
    }
}

/// A cell of a whole row: what only that shows comes with the first.
struct Whole {
    cell: InGrid,
    variables: Option<Value>,
    history: Option<Value>,
}

impl FromRow for Whole {
    fn from_row(row: &SqlRow<'_>) -> Result<Self> {
        Ok(Self {
            cell: InGrid::from_row(row)?,
            variables: row.get(18)?,
            history: row.get(19)?,
        })
    }
}

impl From<InGrid> for Whole {
    fn from(cell: InGrid) -> Self {
        Self {
            cell,
            variables: None,
            history: None,
        }
    }
}

/// Cells that come row by row, as rows.
fn gathered(cells: impl IntoIterator<Item = Whole>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for Whole {
        cell: found,
        variables,
        history,
    } in cells
    {
        match rows.last_mut() {
            Some(row) if row.position == found.position => row.cells.push(found.cell),
            _ => rows.push(Row {
                position: found.position,
                prompt: found.prompt.unwrap_or_default(),
                variables,
                expected: found.expected,
                conversation_id: found.conversation_id,
                original_model: found.original_model,
                history: read_json(history),
                truncated: false,
                cells: vec![found.cell],
            }),
        }
    }
    rows
}

/// Cuts a text that was read with one character more than is shown. Whether there was more.
fn cut(text: &mut String) -> bool {
    let end = text.char_indices().nth(SHOWN_CHARS).map(|(at, _)| at);
    if let Some(at) = end {
        text.truncate(at);
    }
    end.is_some()
}

fn shortened(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        row.truncated = cut(&mut row.prompt) | row.expected.as_mut().is_some_and(cut);
        for cell in &mut row.cells {
            cell.truncated = cell.text.as_mut().is_some_and(cut);
        }
    }
    rows
}

/// The rows from a place on, shortened.
pub async fn page(db: &Db, id: &str, from: i64, limit: u32) -> Result<Vec<Row>> {
    let cells = query(&PAGE).bind(id).bind(from).bind(from + i64::from(limit));
    let cells: Vec<InGrid> = cells.all(db).await?;
    Ok(shortened(gathered(cells.into_iter().map(Whole::from))))
}

/// The rows behind a place that have a cell of this status, shortened.
pub async fn page_with(
    db: &Db,
    id: &str,
    status: CellStatus,
    after: i64,
    (limit, offset): (u32, u64),
) -> Result<Vec<Row>> {
    let cells = query(&PAGE_WITH)
        .bind(id)
        .bind(status.as_str())
        .bind(after)
        .bind(limit)
        .bind(offset as i64);
    let cells: Vec<InGrid> = cells.all(db).await?;
    Ok(shortened(gathered(cells.into_iter().map(Whole::from))))
}

/// The rows from a place on, whole.
pub async fn whole(db: &Db, id: &str, from: i64, limit: i64) -> Result<Vec<Row>> {
    let cells = query(&WHOLE).bind(id).bind(from).bind(from + limit);
    Ok(gathered(cells.all::<Whole>(db).await?))
}

/// The next cells that wait behind a place in the grid.
pub async fn pending(db: &Db, id: &str, after: (i64, i64), limit: u32) -> Result<Vec<(i64, i64)>> {
    query(&PENDING)
        .bind(id)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .all(db)
        .await
}

impl FromRow for Asked {
    fn from_row(row: &SqlRow<'_>) -> Result<Self> {
        let (batch, cell): (String, String) = (row.get(0)?, row.get(1)?);
        let role: Option<String> = row.get(9)?;
        Ok(Self {
            asker: Asker {
                user_id: row.get(7)?,
                key_id: row.get(8)?,
            },
            role: role.as_deref().and_then(Role::parse),
            disabled: row.get(10)?,
            batch: Status::parse(&batch),
            cell: CellStatus::parse(&cell),
            attempts: row.get(2)?,
            prompt: row.get(3)?,
            system_prompt: row.get(4)?,
            variables: read_json(row.get(5)?).unwrap_or_default(),
            history: read_json(row.get(6)?).unwrap_or_default(),
        })
    }
}

pub async fn asked(db: &Db, id: &str, (position, lane): (i64, i64)) -> Result<Option<Asked>> {
    query(&ASKED)
        .bind(id)
        .bind(position)
        .bind(lane)
        .optional(db)
        .await
}

/// The writes of a call for a cell that has had so many before.
pub fn write_cell(
    id: &str,
    (position, lane): (i64, i64),
    attempts: i64,
    outcome: &Outcome,
    now: Time,
) -> Writes {
    let ended = outcome.status != CellStatus::Pending;
    let is = |status| i64::from(outcome.status == status);
    let (done, failed) = (is(CellStatus::Done), is(CellStatus::Failed));
    let first = outcome.first_token_ms.filter(|_| done == 1);
    let mut writes = Writes::new();
    // The batch first: whoever changes cells and sums together holds it, and nobody waits in a circle.
    let sums = query(&ADD_TO_BATCH)
        .bind(id)
        .bind(done)
        .bind(failed)
        .bind(outcome.prompt_tokens)
        .bind(outcome.completion_tokens)
        .bind(outcome.cost_micros)
        .bind(now);
    writes.push_expecting(1, sums);
    let sums = query(&ADD_TO_LANE)
        .bind(id)
        .bind(lane)
        .bind(done)
        .bind(failed)
        .bind(outcome.prompt_tokens)
        .bind(outcome.completion_tokens)
        .bind(outcome.cost_micros)
        .bind(if done == 1 { outcome.latency_ms } else { 0 })
        .bind(first.unwrap_or(0))
        .bind(i64::from(first.is_some()));
    writes.push_expecting(1, sums);
    let cell = query(&WRITE_CELL)
        .bind(id)
        .bind(position)
        .bind(lane)
        .bind(outcome.status.as_str())
        .bind(outcome.answer.as_deref())
        .bind(outcome.error.as_ref())
        .bind(outcome.finish_reason)
        .bind(outcome.model.as_deref())
        .bind(outcome.prompt_tokens)
        .bind(outcome.completion_tokens)
        .bind(outcome.cost_micros)
        .bind(outcome.latency_ms)
        .bind(outcome.first_token_ms)
        .bind(ended.then_some(now))
        .bind(attempts);
    writes.push_expecting(1, cell);
    writes
}

/// Its failed cells wait again.
pub fn retry(id: &str) -> Writes {
    [&RETRY_CELLS, &RETRY_LANES, &RETRY_BATCH]
        .into_iter()
        .map(|statement| query(statement).bind(id))
        .collect()
}
