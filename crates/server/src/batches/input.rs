//! What a new batch is made of: the body, checked, and made into rows.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::App;
use crate::accounts::CallerRow;
use crate::batches::grid::NewRow;
use crate::batches::replay::{self, Conversations};
use crate::batches::table::{self, Table};
use crate::batches::{CELLS_MAX, NAME_CHARS_MAX, ROWS_MAX, Source};
use crate::compare::{self, Choice};
use crate::conversations::lanes::LaneSettings;
use crate::conversations::{CONTENT_CHARS_MAX, Lane, first_words};
use crate::http::json::Check;
use crate::http::problem::Problem;

/// Cells that are worked on at once.
const CONCURRENCY: u32 = 4;
const CONCURRENCY_MAX: u32 = 16;
/// All texts of a batch.
const BYTES_MAX: usize = 64 << 20;
/// The columns of a table that are looked for when none are named.
const PROMPT: &str = "prompt";
const EXPECTED: &str = "expected";

/// The body of a new batch. It names one of `prompts`, `csv` and `conversations`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBatch {
    /// What people call it; the first words of the first prompt when absent.
    pub name: Option<String>,
    /// 1 to 12 models, by name or with a label and settings; a model may stand there more than once.
    pub models: Vec<Choice>,
    /// How all of them are asked, where a model has no setting of its own. System prompts may name columns.
    pub settings: Option<LaneSettings>,
    /// How many cells are worked on at once: 1 to 16, 4 when absent.
    pub concurrency: Option<u32>,
    /// The prompts.
    pub prompts: Option<Vec<Prompt>>,
    /// A table of prompts.
    pub csv: Option<Csv>,
    /// Conversations whose last question is asked again.
    pub conversations: Option<Conversations>,
    /// The `Idempotency-Key` of the request.
    #[serde(skip)]
    pub key: Option<String>,
}

/// A prompt: its text, or more about it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "BatchPrompt")]
pub enum Prompt {
    /// The text.
    Text(String),
    /// The text and an answer to compare with.
    Compared {
        /// The text.
        prompt: String,
        /// The answer that the others are compared with.
        expected: Option<String>,
    },
}

/// A table of prompts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BatchCsv")]
pub struct Csv {
    /// The table, whose first line names its columns: at most 8 MiB, with commas, semicolons or tabs.
    pub text: String,
    /// The text of every prompt, with `{{column}}` where the value of a row is put in.
    pub template: Option<String>,
    /// Without a template, the column of the prompts; `prompt` when absent.
    pub prompt_column: Option<String>,
    /// The column of the answers to compare with; `expected` when absent, if there is such a column.
    pub expected_column: Option<String>,
}

/// A new batch, checked.
pub struct Checked {
    pub name: String,
    pub lanes: Vec<Lane>,
    pub concurrency: u32,
    pub source: Source,
    pub columns: Vec<String>,
    pub template: Option<String>,
    pub rows: Vec<NewRow>,
}

/// Checks a body, reads its table or its conversations, and makes the rows of it.
pub async fn checked(
    app: &App,
    workspace_id: &str,
    caller: &CallerRow,
    body: CreateBatch,
) -> Result<Checked, Problem> {
    let lanes = compare::checked(&body.models, body.settings.as_ref())?;
    let mut check = Check::new();
    let name = check.optional_text("name", body.name.as_deref(), NAME_CHARS_MAX);
    let concurrency = body.concurrency.unwrap_or(CONCURRENCY);
    if !(1..=CONCURRENCY_MAX).contains(&concurrency) {
        check.fail("concurrency", format!("takes 1 to {CONCURRENCY_MAX}"));
    }
    let sources = u8::from(body.prompts.is_some())
        + u8::from(body.csv.is_some())
        + u8::from(body.conversations.is_some());
    if sources != 1 {
        check.fail("prompts", "name one of `prompts`, `csv` and `conversations`");
    }
    check.done()?;
    compare::usable(app, caller, workspace_id, &lanes).await?;
    let mut new = Checked {
        name: name.unwrap_or_default(),
        lanes,
        concurrency,
        source: Source::Prompts,
        columns: Vec::new(),
        template: None,
        rows: Vec::new(),
    };
    if let Some(prompts) = body.prompts {
        new.rows = of_prompts(prompts)?;
    } else if let Some(csv) = body.csv {
        new.of_table(csv)?;
    } else if let Some(conversations) = body.conversations {
        new.source = Source::Conversations;
        new.rows = replay::rows(app, workspace_id, &caller.user_id, conversations).await?;
    }
    new.check_size()?;
    if new.name.is_empty() {
        new.name = new
            .rows
            .first()
            .map_or_else(String::new, |row| first_words(&row.prompt));
    }
    Ok(new)
}

impl Checked {
    fn of_table(&mut self, csv: Csv) -> Result<(), Problem> {
        if csv.text.len() > table::BYTES_MAX {
            let detail = format!("takes at most {} MiB; divide it", table::BYTES_MAX >> 20);
            return Err(Problem::invalid("csv.text", detail));
        }
        let table = table::read(&csv.text, ROWS_MAX).map_err(|why| Problem::invalid("csv.text", why))?;
        let mut check = Check::new();
        for lane in &self.lanes {
            let prompt = lane
                .settings
                .as_ref()
                .and_then(|settings| settings.system_prompt.as_deref());
            let field = format!("models[{}].settings.system_prompt", lane.lane);
            check_places(&mut check, &field, prompt.unwrap_or_default(), &table.columns);
        }
        if let Some(template) = &csv.template {
            check.length("csv.template", template, 1, CONTENT_CHARS_MAX);
            check_places(&mut check, "csv.template", template, &table.columns);
        }
        let prompt = csv.prompt_column.as_deref().unwrap_or(PROMPT);
        if csv.template.is_none() {
            check_column(&mut check, "csv.prompt_column", prompt, &table.columns);
        }
        if let Some(named) = &csv.expected_column {
            check_column(&mut check, "csv.expected_column", named, &table.columns);
        }
        check.done()?;
        let expected = csv.expected_column.as_deref().unwrap_or(EXPECTED);
        self.rows = rows_of(&table, csv.template.as_deref(), prompt, expected);
        if let Some(at) = self.rows.iter().position(|row| row.prompt.trim().is_empty()) {
            let detail = format!("has no prompt in its row {}", at + 1);
            return Err(Problem::invalid("csv.text", detail));
        }
        self.source = Source::Csv;
        self.columns = table.columns;
        self.template = csv.template;
        Ok(())
    }

    fn check_size(&self) -> Result<(), Problem> {
        let field = match self.source {
            Source::Prompts => "prompts",
            Source::Csv => "csv.text",
            Source::Conversations => "conversations",
        };
        let (rows, cells) = (self.rows.len(), self.rows.len() * self.lanes.len());
        if rows == 0 || rows > ROWS_MAX {
            return Err(Problem::invalid(field, format!("takes 1 to {ROWS_MAX} rows")));
        }
        if cells > CELLS_MAX {
            let detail =
                format!("make {cells} cells with these models; at most {CELLS_MAX} are asked in one batch");
            return Err(Problem::invalid(field, detail));
        }
        let long = |row: &NewRow| row.prompt.chars().count() > CONTENT_CHARS_MAX;
        if let Some(at) = self.rows.iter().position(long) {
            let detail = format!(
                "makes a prompt of more than {CONTENT_CHARS_MAX} characters in row {}",
                at + 1
            );
            return Err(Problem::invalid(field, detail));
        }
        if self.rows.iter().map(NewRow::bytes).sum::<usize>() > BYTES_MAX {
            let detail = format!("make more than {} MiB of text; choose fewer", BYTES_MAX >> 20);
            return Err(Problem::invalid(field, detail));
        }
        Ok(())
    }
}

fn check_places(check: &mut Check, field: &str, text: &str, columns: &[String]) {
    if let Some(name) = table::unknown_place(text, columns) {
        let there = columns.join(", ");
        check.fail(
            field,
            format!("names {name:?}, which is no column; there are {there}"),
        );
    }
}

fn check_column(check: &mut Check, field: &str, name: &str, columns: &[String]) {
    if !columns.iter().any(|column| column == name) {
        let there = columns.join(", ");
        check.fail(field, format!("there is no column {name:?}; there are {there}"));
    }
}

fn of_prompts(prompts: Vec<Prompt>) -> Result<Vec<NewRow>, Problem> {
    let mut check = Check::new();
    let mut rows = Vec::with_capacity(prompts.len().min(ROWS_MAX));
    for (at, prompt) in prompts.into_iter().enumerate().take(ROWS_MAX + 1) {
        let (prompt, expected) = match prompt {
            Prompt::Text(prompt) => (prompt, None),
            Prompt::Compared { prompt, expected } => (prompt, expected),
        };
        let field = format!("prompts[{at}].prompt");
        let prompt = check.text(&field, &prompt, 1, CONTENT_CHARS_MAX);
        let expected = expected.filter(|expected| !expected.is_empty());
        rows.push(NewRow {
            prompt: clean(prompt),
            expected: expected.map(clean),
            ..NewRow::default()
        });
    }
    check.done()?;
    Ok(rows)
}

fn rows_of(table: &Table, template: Option<&str>, prompt: &str, expected: &str) -> Vec<NewRow> {
    let row = |values: &table::Values| NewRow {
        prompt: clean(match template {
            Some(template) => table::filled(template, values),
            None => values.get(prompt).cloned().unwrap_or_default(),
        }),
        expected: values
            .get(expected)
            .filter(|expected| !expected.is_empty())
            .map(|expected| clean(expected.clone())),
        variables: Some(
            values
                .iter()
                .map(|(name, value)| (clean(name.clone()), clean(value.clone())))
                .collect(),
        ),
        ..NewRow::default()
    };
    table.rows.iter().map(row).collect()
}

/// Without the one character that no database keeps.
pub fn clean(text: String) -> String {
    if text.contains('\0') {
        return text.replace('\0', "");
    }
    text
}
