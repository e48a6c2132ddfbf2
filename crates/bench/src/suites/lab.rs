//! The optimisations of a data layer, each switched off and on over plain rusqlite on a copy of the generated database. One
//! thread, so the times are those of the work itself.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};

use crate::report::{Pair, median};

/// Rows of a page.
const PAGE: i64 = 20;
/// Rows of a bulk insert.
const BULK: usize = 1_000;

/// A copy of the database and how long each measurement lasts.
pub(super) struct Lab {
    path: PathBuf,
    workspace: String,
    list: String,
    length: Duration,
}

impl Lab {
    /// Copies the database, which nobody has open.
    pub(super) fn new(database: &Path, folder: &Path, list: &str, length: Duration) -> anyhow::Result<Self> {
        let path = folder.join("lab.db");
        for ending in ["", "-wal", "-shm"] {
            let mut old = path.clone().into_os_string();
            old.push(ending);
            let _ = std::fs::remove_file(old);
        }
        std::fs::copy(database, &path)?;
        let lab = Self {
            path,
            workspace: String::new(),
            list: list.to_owned(),
            length,
        };
        let busiest =
            "SELECT workspace_id FROM conversations GROUP BY workspace_id ORDER BY COUNT(*) DESC LIMIT 1";
        let workspace = lab.open()?.query_row(busiest, [], |row| row.get(0))?;
        Ok(Self { workspace, ..lab })
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "cache_size", -2_048)?;
        connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
        Ok(connection)
    }

    /// Every pair.
    pub(super) fn pairs(&self) -> anyhow::Result<Vec<Pair>> {
        let mut pairs = vec![
            self.index()?,
            self.one_statement()?,
            self.kept_counter()?,
            self.columns()?,
            self.cursor()?,
            self.prepared()?,
            self.connection()?,
        ];
        pairs.extend(self.commits()?);
        std::fs::remove_file(&self.path)?;
        Ok(pairs)
    }

    /// The median time of something, in milliseconds.
    fn time(&self, mut work: impl FnMut() -> rusqlite::Result<()>) -> anyhow::Result<f64> {
        work()?;
        let began = Instant::now();
        let mut times = Vec::new();
        while times.len() < 3 || began.elapsed() < self.length {
            let one = Instant::now();
            work()?;
            times.push(one.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        median(&times).ok_or_else(|| anyhow::anyhow!("nothing was measured"))
    }

    /// The product's own list of conversations.
    fn page(&self, connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = connection.prepare_cached(&self.list)?;
        let last = 253_402_300_799_000_000_i64;
        let none: Option<String> = None;
        let values = params![self.workspace, last, "~", false, false, none, PAGE + 1, 0];
        let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get(2)?)))?;
        rows.collect()
    }

    fn index(&self) -> anyhow::Result<Pair> {
        let connection = self.open()?;
        let with = self.time(|| self.page(&connection).map(|_| ()))?;
        // In a transaction that is rolled back, so that the other pairs have it again.
        connection.execute_batch(
            "BEGIN; DROP INDEX conversations_workspace_id_last_message_at_idx; \
             DROP INDEX IF EXISTS conversations_user_id_last_message_at_idx;",
        )?;
        let without = self.time(|| self.page(&connection).map(|_| ()))?;
        connection.execute_batch("ROLLBACK")?;
        Ok(Pair::times(
            "1.1, 2.10, 3.3, 5.2",
            "an index in the order of the list",
            "ms a list of 20",
            without,
            with,
        ))
    }

    fn one_statement(&self) -> anyhow::Result<Pair> {
        let connection = self.open()?;
        let without = self.time(|| {
            for (id, user) in self.page(&connection)?.iter().take(PAGE as usize) {
                let mut name = connection.prepare_cached("SELECT name FROM users WHERE id = ?1")?;
                name.query_row([user], |row| row.get::<_, String>(0))?;
                let mut last = connection.prepare_cached(
                    "SELECT id, content FROM messages WHERE conversation_id = ?1 ORDER BY id DESC LIMIT 1",
                )?;
                last.query_row([id], |row| row.get::<_, String>(1))?;
            }
            Ok(())
        })?;
        let joined = "SELECT v.id, v.title, v.message_count, v.last_message_at, u.name, \
            (SELECT x.content FROM messages x WHERE x.conversation_id = v.id ORDER BY x.id DESC LIMIT 1) \
            FROM conversations v JOIN users u ON u.id = v.user_id WHERE v.workspace_id = ?1 AND v.archived_at IS NULL \
            ORDER BY v.last_message_at DESC, v.id DESC LIMIT ?2";
        let with = self.time(|| {
            let mut statement = connection.prepare_cached(joined)?;
            let rows = statement.query_map(params![self.workspace, PAGE], |row| row.get::<_, String>(5))?;
            rows.collect::<Result<Vec<_>, _>>().map(|_| ())
        })?;
        Ok(Pair::times(
            "1.3, 1.4, 5.1",
            "one statement instead of two for each row",
            "ms a list of 20",
            without,
            with,
        ))
    }

    fn kept_counter(&self) -> anyhow::Result<Pair> {
        let connection = self.open()?;
        let list = |text: &str| {
            let mut statement = connection.prepare_cached(text)?;
            let rows = statement.query_map(params![self.workspace, PAGE], |row| row.get::<_, i64>(2))?;
            rows.collect::<Result<Vec<_>, _>>().map(|_| ())
        };
        let counted = "SELECT v.id, v.title, COUNT(x.id) FROM conversations v LEFT JOIN messages x ON x.conversation_id = v.id \
            WHERE v.workspace_id = ?1 GROUP BY v.id ORDER BY v.last_message_at DESC, v.id DESC LIMIT ?2";
        let kept = "SELECT v.id, v.title, v.message_count FROM conversations v WHERE v.workspace_id = ?1 \
            ORDER BY v.last_message_at DESC, v.id DESC LIMIT ?2";
        let without = self.time(|| list(counted))?;
        let with = self.time(|| list(kept))?;
        Ok(Pair::times(
            "1.4, 5.1",
            "message counts kept by the write instead of counted by the list",
            "ms a list of 20",
            without,
            with,
        ))
    }

    fn columns(&self) -> anyhow::Result<Pair> {
        let connection = self.open()?;
        let without = self.time(|| {
            for (id, _) in self.page(&connection)?.iter().take(PAGE as usize) {
                let mut all =
                    connection.prepare_cached("SELECT * FROM messages WHERE conversation_id = ?1")?;
                let rows = all.query_map([id], |row| row.get::<_, String>(5))?;
                rows.collect::<Result<Vec<_>, _>>()?;
            }
            Ok(())
        })?;
        let with = self.time(|| self.page(&connection).map(|_| ()))?;
        Ok(Pair::times(
            "2.9, 4.4",
            "a list reads the columns it shows instead of whole conversations",
            "ms a list of 20",
            without,
            with,
        ))
    }

    fn cursor(&self) -> anyhow::Result<Pair> {
        let connection = self.open()?;
        let count: i64 = connection.query_row("SELECT COUNT(*) FROM messages", [], |row| row.get(0))?;
        let deep = count * 9 / 10;
        let by_offset = "SELECT id, created_at FROM messages ORDER BY created_at, id LIMIT 20 OFFSET ?1";
        let (id, at): (String, i64) =
            connection.query_row(by_offset, [deep], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let without = self.time(|| {
            let mut statement = connection.prepare_cached(by_offset)?;
            let rows = statement.query_map([deep], |row| row.get::<_, String>(0))?;
            rows.collect::<Result<Vec<_>, _>>().map(|_| ())
        })?;
        let with = self.time(|| {
            let mut statement = connection.prepare_cached(
                "SELECT id, created_at FROM messages WHERE (created_at, id) > (?1, ?2) ORDER BY created_at, id LIMIT 20",
            )?;
            let rows = statement.query_map(params![at, id], |row| row.get::<_, String>(0))?;
            rows.collect::<Result<Vec<_>, _>>().map(|_| ())
        })?;
        Ok(Pair::times(
            "2.3, 2.7",
            "a cursor instead of an offset, nine tenths into all messages",
            "ms a page of 20",
            without,
            with,
        ))
    }

    fn prepared(&self) -> anyhow::Result<Pair> {
        let connection = self.open()?;
        let with = self.time(|| self.page(&connection).map(|_| ()))?;
        connection.set_prepared_statement_cache_capacity(0);
        let without = self.time(|| self.page(&connection).map(|_| ()))?;
        Ok(Pair::times(
            "4.7",
            "statements kept prepared instead of compiled for each request",
            "ms a list of 20",
            without,
            with,
        ))
    }

    fn connection(&self) -> anyhow::Result<Pair> {
        let connection = self.open()?;
        let with = self.time(|| self.page(&connection).map(|_| ()))?;
        let without = self.time(|| self.page(&self.open()?).map(|_| ()))?;
        Ok(Pair::times(
            "1.2, 3.2",
            "connections kept open instead of one for each request",
            "ms a list of 20",
            without,
            with,
        ))
    }

    /// Commits of their own against shared ones, each on the disk before it is answered.
    fn commits(&self) -> anyhow::Result<[Pair; 2]> {
        let connection = self.open()?;
        connection.execute_batch("CREATE TABLE lab (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")?;
        let insert = || {
            let mut statement = connection.prepare_cached("INSERT INTO lab (text) VALUES (?1)")?;
            statement
                .execute(["What should we do first this week?"])
                .map(|_| ())
        };
        let alone = self.time(insert)?;
        let grouped = |count: usize, savepoints: bool| {
            let all = self.time(|| {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                for _ in 0..count {
                    if savepoints {
                        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
                    }
                    insert()?;
                    if savepoints {
                        connection.prepare_cached("RELEASE one")?.execute([])?;
                    }
                }
                connection.execute_batch("COMMIT")
            })?;
            Ok::<_, anyhow::Error>(all / count as f64)
        };
        Ok([
            Pair::times(
                "2.1",
                "writes of 100 clients share a commit (synchronous=FULL), a savepoint each",
                "ms a write",
                alone,
                grouped(100, true)?,
            ),
            Pair::times(
                "2.7",
                "1,000 rows inserted in one transaction instead of each in its own",
                "ms a row",
                alone,
                grouped(BULK, false)?,
            ),
        ])
    }
}
