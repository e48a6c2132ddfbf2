//! Reads the plan of a statement and says which index it lacks, if any.
//!
//! Pure: the text of the statement, its plan as the database prints it ([`Db::explain`](crate::Db::explain)), and the
//! tables that grow. What it says is a hint for a person: it names the columns that the statement compares or sorts by,
//! the compared ones first, which is the order that serves both.

use crate::Kind;

/// PostgreSQL reads a small table whole although it has the index, and is right to do so. Plans that cost less say nothing.
const COST_MIN: f64 = 200.0;

/// What would make a statement faster.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Hint {
    /// The table.
    pub table: String,
    /// The columns of the index, in order.
    pub columns: Vec<String>,
    /// What the plan shows.
    pub finding: Finding,
}

/// What a plan shows that an index would spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The whole table is read.
    Scan,
    /// The rows are sorted after they are read.
    Sort,
    /// The database makes an index for this one run.
    TemporaryIndex,
}

/// The hints for a statement with this text (as this database gets it) and this plan. Only tables that grow count.
pub fn hints(kind: Kind, text: &str, plan: &str, grows: &[&str]) -> Vec<Hint> {
    let query = Parsed::new(text);
    let mut found: Vec<Hint> = match kind {
        Kind::Sqlite => plan
            .lines()
            .filter_map(|line| sqlite(&query, line, plan, grows))
            .collect(),
        Kind::Postgres => postgres(&query, plan, grows),
    };
    found.dedup();
    // Without a column to compare or sort by there is no index to make.
    found.retain(|hint| !hint.columns.is_empty());
    found
}

fn sqlite(query: &Parsed<'_>, line: &str, plan: &str, grows: &[&str]) -> Option<Hint> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("SCAN ") {
        let name = rest.split(' ').next()?;
        let table = query.table(name).filter(|table| grows.contains(table))?;
        // Along an index is the order of a list, which ends at its limit.
        return (!rest.contains("USING")).then(|| Hint {
            table: table.to_owned(),
            columns: query.compared(name),
            finding: Finding::Scan,
        });
    }
    if let Some((name, index)) = line
        .strip_prefix("SEARCH ")
        .and_then(|rest| rest.split_once(" USING AUTOMATIC "))
    {
        let columns = index.split_once('(')?.1.trim_end_matches(')');
        let columns = columns
            .split(" AND ")
            .filter_map(|part| part.split(['=', '<', '>']).next())
            .map(str::to_owned);
        return Some(Hint {
            table: query.table(name)?.to_owned(),
            columns: columns.collect(),
            finding: Finding::TemporaryIndex,
        });
    }
    if line == "USE TEMP B-TREE FOR ORDER BY" {
        let sorted = query.sorted();
        let read = plan.lines().find_map(|line| {
            let line = line.trim();
            let rest = line
                .strip_prefix("SCAN ")
                .or_else(|| line.strip_prefix("SEARCH "))?;
            let name = rest.split(' ').next()?;
            query
                .table(name)
                .filter(|table| grows.contains(table))
                .map(|table| (name, table))
        });
        let (name, table) = read?;
        let sorted = sorted.iter().filter(|column| column.belongs_to(name, query));
        let order: Vec<String> = sorted.map(|column| column.name.to_owned()).collect();
        return (!order.is_empty()).then(|| Hint {
            table: table.to_owned(),
            columns: joined(query.equal(name), order),
            finding: Finding::Sort,
        });
    }
    None
}

fn postgres(query: &Parsed<'_>, plan: &str, grows: &[&str]) -> Vec<Hint> {
    let lines: Vec<&str> = plan.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim().trim_start_matches("->").trim();
        if cost(line).is_none_or(|cost| cost < COST_MIN) {
            continue;
        }
        let detail = |name: &str| {
            let following = lines.iter().skip(index + 1).map(|line| line.trim());
            following
                .take_while(|line| !line.contains("(cost="))
                .find_map(|line| line.strip_prefix(name).map(str::to_owned))
        };
        if let Some((_, rest)) = line.split_once("Seq Scan on ") {
            let mut words = rest.split_whitespace();
            let table = words.next().unwrap_or_default();
            let alias = words
                .next()
                .filter(|word| !word.starts_with('('))
                .unwrap_or(table);
            let filter = detail("Filter:").unwrap_or_default();
            let here = columns_compared(&tokens(&filter));
            let here = here.into_iter().map(|(column, _)| column.name.to_owned());
            let columns = joined(here.collect(), query.compared(alias));
            if grows.contains(&table) {
                found.push(Hint {
                    table: table.to_owned(),
                    columns,
                    finding: Finding::Scan,
                });
            }
        } else if line.starts_with("Sort ") || line.starts_with("Incremental Sort ") {
            let keys = detail("Sort Key:").unwrap_or_default();
            let keys: Vec<Column<'_>> = keys
                .split(',')
                .filter_map(|key| Column::parse(key.split_whitespace().next()?))
                .collect();
            let table = keys
                .iter()
                .find_map(|key| query.table(key.of?))
                .or_else(|| query.only());
            if let Some(table) = table.filter(|table| grows.contains(table)) {
                let name = query.name_of(table).unwrap_or(table);
                found.push(Hint {
                    table: table.to_owned(),
                    columns: joined(
                        query.equal(name),
                        keys.iter().map(|key| key.name.to_owned()).collect(),
                    ),
                    finding: Finding::Sort,
                });
            }
        }
    }
    found
}

/// The whole cost of a node: `(cost=0.00..35.50 rows=…`.
fn cost(line: &str) -> Option<f64> {
    let (_, rest) = line.split_once("(cost=")?;
    rest.split_once("..")?.1.split(' ').next()?.parse().ok()
}

fn joined(mut first: Vec<String>, then: Vec<String>) -> Vec<String> {
    for column in then {
        if !first.contains(&column) {
            first.push(column);
        }
    }
    first
}

/// A column as a statement names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column<'a> {
    of: Option<&'a str>,
    name: &'a str,
}

impl<'a> Column<'a> {
    fn parse(word: &'a str) -> Option<Self> {
        let word = word.trim_matches('"');
        let begins = word.chars().next()?;
        if !(begins.is_ascii_lowercase() || begins == '_') {
            return None;
        }
        Some(match word.split_once('.') {
            Some((of, name)) => Self { of: Some(of), name },
            None => Self { of: None, name: word },
        })
    }

    fn belongs_to(&self, name: &str, query: &Parsed<'_>) -> bool {
        match self.of {
            Some(of) => of == name,
            None => query.only().is_some(),
        }
    }
}

/// What is understood of a statement: its tables with their other names, what it compares, what it sorts by.
struct Parsed<'a> {
    tables: Vec<(&'a str, &'a str)>,
    compared: Vec<(Column<'a>, Comparison)>,
    sorted: Vec<Column<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Range,
}

impl<'a> Parsed<'a> {
    fn new(text: &'a str) -> Self {
        let words = tokens(text);
        Self {
            tables: tables(&words),
            compared: conditions(&words),
            sorted: sorted(&words),
        }
    }

    /// The table that this name stands for.
    fn table(&self, name: &str) -> Option<&'a str> {
        self.tables
            .iter()
            .find(|(known, table)| *known == name || *table == name)
            .map(|(_, table)| *table)
    }

    fn name_of(&self, table: &str) -> Option<&'a str> {
        self.tables
            .iter()
            .find(|(_, known)| *known == table)
            .map(|(name, _)| *name)
    }

    /// The table, when there is only one.
    fn only(&self) -> Option<&'a str> {
        let (_, first) = self.tables.first()?;
        self.tables
            .iter()
            .all(|(_, table)| table == first)
            .then_some(*first)
    }

    fn sorted(&self) -> &[Column<'a>] {
        &self.sorted
    }

    /// The columns of a table that are compared, those with `=` first.
    fn compared(&self, name: &str) -> Vec<String> {
        joined(self.of(name, Comparison::Equal), self.of(name, Comparison::Range))
    }

    fn equal(&self, name: &str) -> Vec<String> {
        self.of(name, Comparison::Equal)
    }

    fn of(&self, name: &str, wanted: Comparison) -> Vec<String> {
        let fitting = self
            .compared
            .iter()
            .filter(|(column, how)| *how == wanted && column.belongs_to(name, self));
        joined(
            Vec::new(),
            fitting.map(|(column, _)| column.name.to_owned()).collect(),
        )
    }
}

/// Words, parameters and signs; texts in quotes are left out.
fn tokens(text: &str) -> Vec<&str> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | '?' | '"');
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '\'' {
            rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
        } else if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if matches!(first, '<' | '>' | '=' | '!') {
            rest.find(|c| !matches!(c, '<' | '>' | '=' | '!'))
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        if first != '\'' {
            found.push(token);
        }
        rest = after.trim_start();
    }
    found
}

fn is_keyword(word: &str) -> bool {
    word.chars()
        .next()
        .is_none_or(|first| !(first.is_ascii_lowercase() || first == '_'))
}

/// Each table with the name by which the statement calls it.
fn tables<'a>(words: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if !matches!(*word, "FROM" | "JOIN" | "UPDATE" | "INTO") {
            continue;
        }
        let mut at = index + 1;
        while let Some(table) = words.get(at).copied().filter(|word| !is_keyword(word)) {
            at += 1;
            if words.get(at) == Some(&"AS") {
                at += 1;
            }
            let alias = words.get(at).copied().filter(|word| !is_keyword(word));
            at += usize::from(alias.is_some());
            found.push((alias.unwrap_or(table), table));
            if *word != "FROM" || words.get(at) != Some(&",") {
                break;
            }
            at += 1;
        }
    }
    found
}

/// The columns that conditions compare: behind WHERE and ON, up to where the rows are grouped, sorted or cut.
fn conditions<'a>(words: &[&'a str]) -> Vec<(Column<'a>, Comparison)> {
    let mut inside = false;
    let mut parts: Vec<&'a str> = Vec::new();
    for word in words {
        match *word {
            "WHERE" | "ON" => inside = true,
            "GROUP" | "ORDER" | "LIMIT" | "RETURNING" | "SELECT" | "SET" | "JOIN" | "LEFT" | "UNION"
            | "FROM" | "CONFLICT" => {
                inside = false;
                // What stands on both sides of a gap is not compared with each other.
                parts.push(";");
            }
            word if inside => parts.push(word),
            _ => {}
        }
    }
    columns_compared(&parts)
}

fn columns_compared<'a>(words: &[&'a str]) -> Vec<(Column<'a>, Comparison)> {
    let how = |word: Option<&&str>| match word.copied() {
        Some("=" | "IN" | "IS") => Some(Comparison::Equal),
        Some("<" | ">" | "<=" | ">=" | "<>" | "!=" | "LIKE" | "BETWEEN" | "NOT" | ")" | ",") => {
            Some(Comparison::Range)
        }
        _ => None,
    };
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let Some(column) = Column::parse(word) else {
            continue;
        };
        let before = index.checked_sub(1).and_then(|before| words.get(before));
        let equal_before = matches!(before, Some(&"="));
        match how(words.get(index + 1)) {
            _ if equal_before => found.push((column, Comparison::Equal)),
            Some(how) => found.push((column, how)),
            None => {}
        }
    }
    found
}

/// The columns of the last ORDER BY.
fn sorted<'a>(words: &[&'a str]) -> Vec<Column<'a>> {
    let Some(at) = words.windows(2).rposition(|pair| pair == ["ORDER", "BY"]) else {
        return Vec::new();
    };
    words[at + 2..]
        .iter()
        .take_while(|word| !matches!(**word, "LIMIT" | "OFFSET" | "FOR" | "RETURNING"))
        .filter_map(|word| Column::parse(word))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROWS: &[&str] = &["conversations", "messages"];

    fn hint(table: &str, columns: &[&str], finding: Finding) -> Hint {
        Hint {
            table: table.to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            finding,
        }
    }

    #[test]
    fn a_scan_names_the_columns_of_the_condition_those_with_equality_first() {
        let text = "SELECT c.id FROM conversations AS c JOIN users u ON u.id = c.user_id \
                    WHERE c.created_at > ?1 AND c.workspace_id = ?2 AND u.name LIKE 'c.x = 1'";
        let plan = "SCAN c\nSEARCH u USING INDEX sqlite_autoindex_users_1 (id=?)";
        let expected = hint(
            "conversations",
            &["user_id", "workspace_id", "created_at"],
            Finding::Scan,
        );
        assert_eq!(hints(Kind::Sqlite, text, plan, GROWS), [expected]);
    }

    #[test]
    fn what_uses_an_index_does_not_grow_or_compares_nothing_has_no_hint() {
        let text = "SELECT name FROM settings WHERE name = ?1";
        assert_eq!(hints(Kind::Sqlite, text, "SCAN settings", GROWS), []);
        let text = "SELECT id FROM conversations WHERE id = ?1";
        let plan = "SEARCH conversations USING INDEX conversations_pkey (id=?)";
        assert_eq!(hints(Kind::Sqlite, text, plan, GROWS), []);
        let plan = "SCAN conversations USING COVERING INDEX conversations_created_at_idx";
        assert_eq!(hints(Kind::Sqlite, text, plan, GROWS), []);
        let text = "SELECT COUNT(*) FROM conversations";
        assert_eq!(hints(Kind::Sqlite, text, "SCAN conversations", GROWS), []);
    }

    #[test]
    fn a_sort_names_what_is_compared_and_then_the_order() {
        let text = "SELECT id FROM messages WHERE conversation_id = ?1 AND role = 'user' ORDER BY created_at DESC, id DESC LIMIT ?2";
        let plan = "SEARCH messages USING INDEX x (conversation_id=?)\nUSE TEMP B-TREE FOR ORDER BY";
        let columns = ["conversation_id", "role", "created_at", "id"];
        let expected = hint("messages", &columns, Finding::Sort);
        assert_eq!(hints(Kind::Sqlite, text, plan, GROWS), [expected]);
    }

    #[test]
    fn an_index_made_for_one_run_is_named_as_the_plan_shows_it() {
        let text = "SELECT m.id FROM conversations c JOIN messages m ON m.parent_id = c.id WHERE c.id = ?1";
        let plan = "SEARCH m USING AUTOMATIC COVERING INDEX (parent_id=?)";
        let expected = hint("messages", &["parent_id"], Finding::TemporaryIndex);
        assert_eq!(hints(Kind::Sqlite, text, plan, GROWS), [expected]);
    }

    #[test]
    fn postgres_is_believed_when_it_reads_a_small_table_whole() {
        let text = "SELECT id FROM conversations WHERE workspace_id = $1 ORDER BY updated_at DESC";
        let plan = |cost: &str| {
            format!(
                "Sort  (cost={cost}..{cost} rows=9 width=40)\n  Sort Key: updated_at DESC\n  ->  Seq Scan on conversations  \
                 (cost=0.00..{cost} rows=9 width=40)\n        Filter: (workspace_id = $1)"
            )
        };
        assert_eq!(hints(Kind::Postgres, text, &plan("12.50"), GROWS), []);
        let expected = [
            hint("conversations", &["workspace_id", "updated_at"], Finding::Sort),
            hint("conversations", &["workspace_id"], Finding::Scan),
        ];
        assert_eq!(hints(Kind::Postgres, text, &plan("4012.50"), GROWS), expected);
    }
}
