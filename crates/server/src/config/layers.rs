//! The layers of the configuration on top of one another: for each key its value and where it came from.
//!
//! The defaults decide which keys exist; every later layer may only replace. Faults are collected, so that a user sees
//! all of them at once.

use std::fmt;
use std::path::{Path, PathBuf};

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::value::{Setting, from_text, without_password};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `default.toml`.
    Default,
    /// A line of the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment(String),
    /// An option of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Environment(name) => write!(f, "variable {name}"),
            Self::Flag(name) => write!(f, "option {name}"),
        }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file and line, the variable or the option.
    pub place: String,
    /// What is wrong and what is allowed.
    pub text: String,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError {
    /// At least one.
    pub faults: Vec<Fault>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is not usable")?;
        for fault in &self.faults {
            write!(f, "\n  {}: {}", fault.place, fault.text)?;
        }
        Ok(())
    }
}

/// A key with what is in effect.
#[derive(Clone, Debug)]
pub struct Effective {
    /// `section.key`.
    pub key: String,
    /// The value as TOML, secrets blanked out.
    pub shown: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Keys whose values are not shown, and keys that are URLs with a password in them.
const SECRET: [&str; 4] = [
    "data.secret_key",
    "storage.secret_access_key",
    "performance.metrics_token",
    "telemetry.otlp_headers",
];
const WITH_PASSWORD: [&str; 2] = ["database.url", "cache.redis_url"];

struct Entry {
    key: String,
    default: Value,
    value: Value,
    origin: Origin,
}

/// `default.toml` itself is broken. Its fault has been recorded.
pub(super) struct Broken;

/// The layers.
pub(super) struct Layers {
    entries: Vec<Entry>,
    pub(super) faults: Vec<Fault>,
    pub(super) notes: Vec<String>,
}

impl Layers {
    /// The lowest layer.
    pub(super) fn new(defaults: &str) -> Self {
        let mut layers = Self {
            entries: Vec::new(),
            faults: Vec::new(),
            notes: Vec::new(),
        };
        for (key, value, _) in layers.parse(Path::new("default.toml"), defaults) {
            layers.entries.push(Entry {
                key,
                default: value.clone(),
                value,
                origin: Origin::Default,
            });
        }
        layers
    }

    /// The layer of a file.
    pub(super) fn add_file(&mut self, path: &Path, text: &str) {
        for (key, value, line) in self.parse(path, text) {
            let origin = Origin::File {
                path: path.into(),
                line,
            };
            if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == key) {
                entry.value = value;
                entry.origin = origin;
            } else {
                let hint = did_you_mean(nearest(&key, self.keys()));
                self.fault(origin.to_string(), format!("unknown key `{key}`{hint}"));
            }
        }
    }

    /// Sets a key from the text of a variable or option. The caller knows that the key exists.
    pub(super) fn set(&mut self, key: &str, text: &str, origin: Origin) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == key) else {
            self.fault(origin.to_string(), format!("sets `{key}`, which does not exist"));
            return;
        };
        match from_text(text, &entry.default) {
            Ok(value) => {
                entry.value = value;
                entry.origin = origin;
            }
            Err(wanted) => self.refuse(key, &origin, &wanted),
        }
    }

    /// The text of a key as it is now.
    pub(super) fn text(&self, key: &str) -> &str {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .and_then(|entry| entry.value.as_str())
            .unwrap_or_default()
    }

    /// All keys, in the order of `default.toml`.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// Reads a key. A wrong value is recorded and the default taken, so that reading goes on and finds more.
    pub(super) fn get<T: Setting>(&mut self, key: &str) -> Result<T, Broken> {
        let Some(at) = self.entries.iter().position(|entry| entry.key == key) else {
            self.fault("default.toml".into(), format!("`{key}` is missing"));
            return Err(Broken);
        };
        let wanted = match T::read(&self.entries[at].value) {
            Ok(value) => return Ok(value),
            Err(wanted) => wanted,
        };
        let origin = self.entries[at].origin.clone();
        self.refuse(key, &origin, &wanted);
        T::read(&self.entries[at].default).map_err(|_| Broken)
    }

    /// Records that the value of a key, as it is now, is not usable.
    pub(super) fn reject(&mut self, key: &str, wanted: &str) {
        let origin = self
            .entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| entry.origin.clone());
        self.refuse(key, &origin.unwrap_or(Origin::Default), wanted);
    }

    /// Where the value of a key came from.
    pub(super) fn origin(&self, key: &str) -> Option<&Origin> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.origin)
    }

    pub(super) fn fault(&mut self, place: String, text: String) {
        self.faults.push(Fault { place, text });
    }

    /// What is in effect, secrets blanked out.
    pub(super) fn effective(&self) -> Vec<Effective> {
        let show = |entry: &Entry| match entry.value.as_str() {
            Some("") => "\"\"".to_owned(),
            Some(_) if SECRET.contains(&entry.key.as_str()) => "\"***\"".to_owned(),
            Some(text) if WITH_PASSWORD.contains(&entry.key.as_str()) => {
                Value::from(without_password(text)).to_string()
            }
            _ => entry.value.to_string(),
        };
        let entries = self.entries.iter();
        entries
            .map(|entry| Effective {
                key: entry.key.clone(),
                shown: show(entry),
                origin: entry.origin.clone(),
            })
            .collect()
    }

    // The value is not repeated: it may be a password.
    fn refuse(&mut self, key: &str, origin: &Origin, wanted: &str) {
        self.fault(origin.to_string(), format!("`{key}` must be {wanted}"));
    }

    /// Every `section.key` of a document with its value and line. A key outside a section keeps its bare name.
    fn parse(&mut self, path: &Path, text: &str) -> Vec<(String, Value, usize)> {
        let parsed = DeTable::parse(text).and_then(|spans| Ok((spans, toml::from_str::<toml::Table>(text)?)));
        let (spans, values) = match parsed {
            Ok(both) => both,
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                self.fault(
                    format!("{} line {line}", path.display()),
                    format!("not valid TOML: {}", error.message()),
                );
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        for (name, item) in spans.get_ref() {
            let Some(value) = values.get(name.get_ref().as_ref()) else {
                continue;
            };
            match (item.get_ref(), value) {
                (DeValue::Table(keys), Value::Table(inner)) => {
                    for key in keys.keys() {
                        let Some(value) = inner.get(key.get_ref().as_ref()) else {
                            continue;
                        };
                        let line = line_of(text, key.span().start);
                        found.push((
                            format!("{}.{}", name.get_ref(), key.get_ref()),
                            value.clone(),
                            line,
                        ));
                    }
                }
                _ => found.push((
                    name.get_ref().to_string(),
                    value.clone(),
                    line_of(text, name.span().start),
                )),
            }
        }
        found
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// The known name that was probably meant: nearest as a whole, or by the part after the section.
pub(super) fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let scored = known.map(|name| {
        let whole = strsim::damerau_levenshtein(unknown, name);
        let part = 1 + strsim::damerau_levenshtein(&last(unknown), &last(name));
        (whole.min(part), name)
    });
    let (distance, name) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(unknown.len() / 4)).then_some(name)
}

/// `, did you mean …?`, or nothing.
pub(super) fn did_you_mean(hint: Option<&str>) -> String {
    hint.map(|name| format!(", did you mean `{name}`?"))
        .unwrap_or_default()
}
