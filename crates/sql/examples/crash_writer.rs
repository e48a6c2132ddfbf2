//! Writes until it is killed and says what was acknowledged. Run by the crash test.
//!
//! Several writers at once, each with its own numbers 1, 2, 3, …: a row in `entries` and the count in `totals`, always
//! both. They write by batches, by batches with an expectation, and by interactive transactions in turn.

use std::error::Error;
use std::io::Write;

use sql::{Batch, Db, DbConfig, Migration, SystemClock, query};

const WRITERS: usize = 6;

const MIGRATIONS: &[Migration] = &[Migration {
    name: "0001_entries",
    text: "
CREATE TABLE entries (writer {id} NOT NULL, number {int} NOT NULL, padding {text} NOT NULL, PRIMARY KEY (writer, number)) {clustered};
CREATE TABLE totals (writer {id} NOT NULL PRIMARY KEY, entries {int} NOT NULL) {strict};",
}];

sql::statements! {
    LAST = "SELECT entries FROM totals WHERE writer = $1";
    INSERT = "INSERT INTO entries (writer, number, padding) VALUES ($1, $2, $3)";
    COUNT = "INSERT INTO totals (writer, entries) VALUES ($1, 1) ON CONFLICT (writer) DO UPDATE SET entries = totals.entries + 1";
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("the file is missing")?;
    let db = Db::open(&DbConfig::sqlite(path)).await?;
    sql::migrate(&db, MIGRATIONS, &SystemClock).await?;
    let writers = (0..WRITERS).map(|number| write(&db, format!("w{number}")));
    futures_util::future::try_join_all(writers).await?;
    Ok(())
}

async fn write(db: &Db, name: String) -> Result<(), Box<dyn Error>> {
    let mut last: i64 = query(&LAST).bind(&name).optional(db).await?.unwrap_or(0);
    let padding = "x".repeat(700);
    loop {
        last += 1;
        let insert = query(&INSERT).bind(&name).bind(last).bind(&padding);
        let count = query(&COUNT).bind(&name);
        match last % 5 {
            0 => {
                let mut tx = db.begin().await?;
                insert.execute(&mut tx).await?;
                count.execute(&mut tx).await?;
                tx.commit().await?;
            }
            1 => {
                let mut batch = Batch::from(insert);
                batch.push_expecting(1, count);
                db.write(batch).await?;
            }
            _ => {
                db.write([insert, count].into_iter().collect()).await?;
            }
        }
        // One system call, so that a line is said as a whole or not at all.
        std::io::stdout().write_all(format!("{name} {last}.\n").as_bytes())?;
    }
}
