//! What may be uploaded: how large, and of which types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::files::SIZE_BYTES_MAX;
use crate::http::json::Check;
use crate::http::problem::{ErrorCode, Problem};

/// The most types of a list.
const TYPES_MAX: usize = 100;
/// The longest type.
const TYPE_CHARS_MAX: usize = 100;
/// The largest file, unless an administrator says otherwise.
const BYTES_MAX: i64 = 10 << 30;

/// What may be uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UploadLimits {
    /// The largest file, in bytes.
    pub max_bytes: i64,
    /// The types that are taken, such as `application/pdf` or `image/*`; all when there is none.
    pub allowed_types: Vec<String>,
    /// The types that are not taken, also when they are allowed.
    pub refused_types: Vec<String>,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self {
            max_bytes: BYTES_MAX,
            allowed_types: Vec::new(),
            refused_types: Vec::new(),
        }
    }
}

/// What an administrator changes of it; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUploads {
    /// The largest file, in bytes; at most 50 GiB.
    pub max_bytes: Option<i64>,
    /// The types that are taken; an empty list for all.
    pub allowed_types: Option<Vec<String>>,
    /// The types that are not taken.
    pub refused_types: Option<Vec<String>>,
}

impl UploadLimits {
    /// With what changes; what is wrong with it goes to the check.
    #[must_use]
    pub fn changed(&self, change: UpdateUploads, check: &mut Check) -> Self {
        let max_bytes = change.max_bytes.unwrap_or(self.max_bytes);
        if !(1..=SIZE_BYTES_MAX).contains(&max_bytes) {
            let message = format!(
                "is from 1 to {SIZE_BYTES_MAX}, which is {}",
                in_words(SIZE_BYTES_MAX)
            );
            check.fail("uploads.max_bytes", message);
        }
        let mut types = |field: &str, given: Option<Vec<String>>, before: &[String]| match given {
            Some(given) => checked_types(field, given, check),
            None => before.to_vec(),
        };
        Self {
            max_bytes,
            allowed_types: types("uploads.allowed_types", change.allowed_types, &self.allowed_types),
            refused_types: types("uploads.refused_types", change.refused_types, &self.refused_types),
        }
    }

    /// Refuses a file that is larger.
    pub fn check_size(&self, bytes: i64) -> Result<(), Problem> {
        if bytes > self.max_bytes {
            return Err(too_large(self.max_bytes));
        }
        Ok(())
    }

    /// Refuses a file whose type is not taken: the one that is said, and the one that its name says.
    pub fn check_type(&self, media_type: &str, name: &str) -> Result<(), Problem> {
        let by_name = mime_guess::from_path(name).first_raw();
        for kind in [Some(media_type), by_name].into_iter().flatten() {
            let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
            let stands_in = |types: &[String]| types.iter().any(|pattern| matches(pattern, &kind));
            let allowed = self.allowed_types.is_empty() || stands_in(&self.allowed_types);
            if !allowed || stands_in(&self.refused_types) {
                let taken = if allowed || self.allowed_types.is_empty() {
                    String::new()
                } else {
                    format!(" Taken are: {}.", self.allowed_types.join(", "))
                };
                let detail = format!(
                    "Files of the type `{kind}` are not taken here.{taken} An administrator can change that in the settings."
                );
                return Err(Problem::new(ErrorCode::UnsupportedMediaType, detail));
            }
        }
        Ok(())
    }
}

/// A file is larger than this, which is what it may be.
pub fn too_large(max_bytes: i64) -> Problem {
    let detail = format!(
        "A file has at most {} here. Divide it, or ask an administrator to raise the limit in the settings.",
        in_words(max_bytes)
    );
    Problem::new(ErrorCode::TooLarge, detail)
}

/// Whether a type is one of these: `image/*` is all images.
fn matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(family) => kind.split('/').next() == Some(family),
        None => pattern == kind,
    }
}

fn checked_types(field: &str, given: Vec<String>, check: &mut Check) -> Vec<String> {
    let mut types: Vec<String> = Vec::with_capacity(given.len());
    for (n, kind) in given.iter().enumerate() {
        let kind = kind.trim().to_lowercase();
        let plain = |part: &str| {
            let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_');
            !part.is_empty() && part.chars().all(sign)
        };
        let is_type = kind
            .split_once('/')
            .is_some_and(|(family, kind)| plain(family) && (kind == "*" || plain(kind)));
        if !is_type || kind.len() > TYPE_CHARS_MAX {
            check.fail(
                &format!("{field}[{n}]"),
                "is a type such as `application/pdf` or `image/*`",
            );
        } else if !types.contains(&kind) {
            types.push(kind);
        }
    }
    if types.len() > TYPES_MAX {
        check.fail(field, format!("holds at most {TYPES_MAX} types"));
    }
    types
}

/// A size as people say it.
fn in_words(bytes: i64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let whole = units
        .into_iter()
        .find(|(shift, _)| bytes >> shift > 0 && bytes.trailing_zeros() >= *shift);
    whole.map_or_else(
        || format!("{bytes} bytes"),
        |(shift, unit)| format!("{} {unit}", bytes >> shift),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_taken_when_it_is_allowed_and_not_refused_also_by_its_name() {
        let limits = |allowed: &[&str], refused: &[&str]| UploadLimits {
            allowed_types: allowed.iter().map(|kind| (*kind).to_owned()).collect(),
            refused_types: refused.iter().map(|kind| (*kind).to_owned()).collect(),
            ..UploadLimits::default()
        };
        let takes = |limits: &UploadLimits, kind: &str, name: &str| limits.check_type(kind, name).is_ok();
        assert!(takes(&limits(&[], &[]), "application/x-msdownload", "a.exe"));
        let pictures = limits(&["image/*", "application/pdf"], &["image/svg+xml"]);
        assert!(takes(&pictures, "image/png", "a.png") && takes(&pictures, "Application/PDF; x=1", "a.pdf"));
        assert!(!takes(&pictures, "image/svg+xml", "a.svg") && !takes(&pictures, "text/plain", "a.txt"));
        assert!(
            !takes(&pictures, "image/png", "a.html"),
            "the name says what it is, too"
        );
        assert!(!takes(&limits(&[], &["text/html"]), "text/plain", "a.html"));
    }

    #[test]
    fn sizes_are_said_as_people_say_them() {
        let said: Vec<String> = [10 << 30, 3 << 20, 1_536, 1_000].map(in_words).to_vec();
        assert_eq!(said, ["10 GiB", "3 MiB", "1536 bytes", "1000 bytes"]);
    }
}
