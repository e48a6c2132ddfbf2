//! The two readable forms of the configuration: the reference (`docs/config.md`) and what is in effect (`stoa config`).

use std::fmt::Write as _;

use super::Config;
use super::known::variable;

/// `default.toml`: every key with its explanation.
pub const DEFAULTS: &str = include_str!("default.toml");

/// `docs/config.md`, made from the comments of `default.toml`.
pub fn reference() -> String {
    let mut out = String::from(
        "# Configuration\n\n<!-- Generated from crates/server/src/config/default.toml by `stoa config --docs`. -->\n\n",
    );
    let mut comment: Vec<&str> = Vec::new();
    let mut section = "";
    let mut keys: Vec<(String, &str)> = Vec::new();
    for line in DEFAULTS.lines().chain([""]) {
        if let Some(text) = line.strip_prefix('#') {
            // A key without a comment of its own belongs to the one above it; a new comment closes that group.
            flush(&mut out, &mut keys, &mut comment);
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            let _ = write!(out, "## {section}\n\n{}\n\n", comment.join(" "));
            comment.clear();
        } else if let Some((key, value)) = line.split_once(" = ") {
            keys.push((format!("{section}.{key}"), value));
        } else {
            flush(&mut out, &mut keys, &mut comment);
            if section.is_empty() && !comment.is_empty() {
                let _ = write!(out, "{}\n\n", comment.join("\n"));
                comment.clear();
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn flush(out: &mut String, keys: &mut Vec<(String, &str)>, comment: &mut Vec<&str>) {
    if keys.is_empty() {
        return;
    }
    for (key, value) in keys.drain(..) {
        let _ = writeln!(out, "- **`{key}`** = `{value}` · `{}`", variable(&key));
    }
    let _ = write!(out, "  <br>{}\n\n", comment.join(" "));
    comment.clear();
}

/// What is in effect, as TOML, with the origin of each value beside it. Secrets are blanked out.
pub fn effective(config: &Config) -> String {
    let mut out = String::new();
    let mut section = "";
    for entry in &config.effective {
        let (own, key) = entry.key.split_once('.').unwrap_or(("", &entry.key));
        if own != section {
            let _ = writeln!(out, "{}[{own}]", if section.is_empty() { "" } else { "\n" });
            section = own;
        }
        let _ = writeln!(
            out,
            "{:<44} # {}",
            format!("{key} = {}", entry.shown),
            entry.origin
        );
    }
    let _ = write!(
        out,
        "\n# data folder: {}\n# database: {}\n",
        config.data.dir.display(),
        config.database.describe()
    );
    out
}
