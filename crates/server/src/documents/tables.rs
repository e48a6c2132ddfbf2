//! Rows and items: CSV and JSON. Each row, or item of the outermost list, is a section of lines `name: value`.

use serde_json::Value;

use super::build::Builder;
use super::{Document, Form, Unreadable};

/// How deep values are told by name; what lies deeper is written as JSON.
const DEPTH_MAX: usize = 12;

/// Which separator the first line has most of.
fn separator(text: &str) -> u8 {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    // In doubt the comma: the first of the greatest counts, from the back.
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| count(*separator))
        .unwrap_or(b',')
}

/// Rows under the names of their columns.
pub fn csv(text: &str) -> Result<Document, Unreadable> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .flexible(true)
        .from_reader(text.as_bytes());
    let broken = |error: csv::Error| Unreadable::damaged(format!("The rows can not be read: {error}."));
    let names = reader.headers().map_err(broken)?.clone();
    let mut builder = Builder::new(Form::Rows);
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(broken)? {
        builder.section(0, "");
        for (at, value) in row
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.trim().is_empty())
        {
            match names.get(at).map(str::trim).filter(|name| !name.is_empty()) {
                Some(name) => builder.value(name, value.trim())?,
                None => builder.line(value.trim())?,
            }
        }
        builder.paragraph()?;
    }
    if builder.chars() == 0 {
        // Only one line: then it names nothing, and is the text.
        builder.line(&names.iter().collect::<Vec<_>>().join("; "))?;
    }
    Ok(builder.finish())
}

/// The first rows as they stand, and whether there are more.
pub fn rows(text: &str, rows: usize, columns: usize) -> (Vec<Vec<String>>, bool) {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records().filter_map(Result::ok);
    let mut more = false;
    let mut found = Vec::new();
    for record in records.by_ref().take(rows) {
        more |= record.len() > columns;
        found.push(record.iter().take(columns).map(str::to_owned).collect());
    }
    (found, more || records.next().is_some())
}

/// One value, or one a line.
pub fn json(text: &str) -> Result<Document, Unreadable> {
    let mut builder = Builder::new(Form::Rows);
    let values = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<Value>();
    for value in values {
        let value = value.map_err(|error| Unreadable::damaged(format!("This is not JSON: {error}.")))?;
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| item_of(&mut builder, item))?,
            value => item_of(&mut builder, &value)?,
        }
    }
    Ok(builder.finish())
}

fn item_of(builder: &mut Builder, item: &Value) -> Result<(), Unreadable> {
    builder.section(0, "");
    write(builder, "", item, 0)?;
    builder.paragraph()
}

fn write(builder: &mut Builder, name: &str, value: &Value, depth: usize) -> Result<(), Unreadable> {
    let below = |key: &str| {
        if name.is_empty() {
            key.to_owned()
        } else {
            format!("{name}.{key}")
        }
    };
    match value {
        Value::Object(fields) if depth < DEPTH_MAX => fields
            .iter()
            .try_for_each(|(key, value)| write(builder, &below(key), value, depth + 1)),
        Value::Array(items)
            if depth < DEPTH_MAX && items.iter().any(|item| item.is_object() || item.is_array()) =>
        {
            items
                .iter()
                .enumerate()
                .try_for_each(|(at, item)| write(builder, &below(&at.to_string()), item, depth + 1))
        }
        Value::Array(items) => {
            let words: Vec<String> = items.iter().map(scalar).collect();
            named(builder, name, &words.join(", "))
        }
        Value::Null => Ok(()),
        value => named(builder, name, &scalar(value)),
    }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn named(builder: &mut Builder, name: &str, value: &str) -> Result<(), Unreadable> {
    if name.is_empty() {
        builder.line(value)
    } else {
        builder.value(name, value)
    }
}
