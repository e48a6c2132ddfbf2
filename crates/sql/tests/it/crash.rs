//! kill -9 in the middle of writes, a few hundred times: no acknowledged write is lost, no transaction is half there.
//!
//! The writing is done by `examples/crash_writer.rs` in a process of its own, which says on its output what the database
//! acknowledged. Each time it is killed at a random moment; then the file is opened and compared with what was said.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

const KILLS: u32 = 300;
/// The file is opened between every so many kills, so that the log is also recovered by the next writer, and grows.
const KILLS_BETWEEN_LOOKS: u32 = 3;

#[test]
fn an_acknowledged_write_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crash.db");
    let mut acknowledged = HashMap::new();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let started = Instant::now();
    for kill in 1..=KILLS {
        let before: i64 = acknowledged.values().sum();
        let writer = start_writer(&path);
        // Some are killed before they have opened the file, most in the middle of their work.
        let lives = Duration::from_micros(random.below(120_000));
        run_for(writer, lives, &mut acknowledged);
        if kill % KILLS_BETWEEN_LOOKS == 0 {
            check(&path, &acknowledged, kill);
        }
        assert!(acknowledged.values().sum::<i64>() >= before);
    }
    check(&path, &acknowledged, KILLS);
    let writes: i64 = acknowledged.values().sum();
    assert!(
        writes > i64::from(KILLS),
        "only {writes} writes were acknowledged"
    );
    println!(
        "{KILLS} kills, {writes} acknowledged writes, {:?}",
        started.elapsed()
    );
}

fn start_writer(path: &Path) -> Child {
    let example = example_path();
    let started = Command::new(&example).arg(path).stdout(Stdio::piped()).spawn();
    started.unwrap_or_else(|error| {
        panic!(
            "{} does not start ({error}): build it by `cargo build -p sql --examples`",
            example.display()
        )
    })
}

/// Beside the folder that this test's own program is in.
fn example_path() -> PathBuf {
    let me = std::env::current_exe().unwrap();
    me.ancestors()
        .nth(2)
        .unwrap()
        .join("examples")
        .join("crash_writer")
}

/// Kills the writer after `lives` and takes down what it has said until then.
fn run_for(mut writer: Child, lives: Duration, acknowledged: &mut HashMap<String, i64>) {
    let output = BufReader::new(writer.stdout.take().unwrap());
    let reader = std::thread::spawn(move || output.lines().map_while(Result::ok).collect::<Vec<_>>());
    std::thread::sleep(lives);
    writer.kill().unwrap();
    writer.wait().unwrap();
    for line in reader.join().unwrap() {
        // The last line may be cut off by the kill: then it was not said. Complete ones end with a full stop.
        if let Some((name, number)) = line.strip_suffix('.').and_then(|line| line.split_once(' ')) {
            acknowledged.insert(name.to_owned(), number.parse().unwrap());
        }
    }
}

fn check(path: &Path, acknowledged: &HashMap<String, i64>, kill: u32) {
    if !path.exists() {
        return;
    }
    let db = Connection::open(path).unwrap();
    let sound: String = db
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok", "after kill {kill}");
    let has_tables = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'entries'";
    if db.query_row(has_tables, [], |row| row.get::<_, i64>(0)).unwrap() == 0 {
        assert!(acknowledged.is_empty());
        return;
    }
    for (name, said) in acknowledged {
        let entries = "SELECT COUNT(*), COALESCE(MAX(number), 0) FROM entries WHERE writer = ?1";
        let (count, last): (i64, i64) = db
            .query_row(entries, [name], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert!(
            last >= *said,
            "after kill {kill}: {name} was told that {said} is written, {last} is"
        );
        assert_eq!(count, last, "after kill {kill}: {name} has a gap");
        let total: i64 = db
            .query_row("SELECT entries FROM totals WHERE writer = ?1", [name], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(total, last, "after kill {kill}: {name} has half a transaction");
    }
}

/// Numbers that look random, the same ones each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
