//! The numbers that every answer carries: `X-Process-Time` and `Server-Timing`. They are written digit by digit, because
//! the machinery of formatting takes longer than looking a kept answer up.

use std::time::Duration;

use http::HeaderValue;

use crate::cache::Outcome;

/// The digits of `number`, with zeros in front up to `width`.
fn push_number(text: &mut String, mut number: u128, width: usize) {
    let mut digits = [b'0'; 39];
    let mut first = digits.len();
    while number > 0 || digits.len() - first < width {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    text.push_str(std::str::from_utf8(&digits[first..]).unwrap_or_default());
}

/// Seconds with six places.
fn push_seconds(text: &mut String, took: Duration) {
    push_number(text, u128::from(took.as_secs()), 1);
    text.push('.');
    push_number(text, u128::from(took.subsec_micros()), 6);
}

/// Milliseconds with three places.
fn push_millis(text: &mut String, took: Duration) {
    let micros = took.as_micros();
    push_number(text, micros / 1_000, 1);
    text.push('.');
    push_number(text, micros % 1_000, 3);
}

/// A header of digits, letters and punctuation.
fn header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// `X-Process-Time`.
pub fn process_time(took: Duration) -> HeaderValue {
    let mut text = String::with_capacity(12);
    push_seconds(&mut text, took);
    header(text)
}

/// `Server-Timing`, part by part.
pub struct ServerTiming(String);

impl ServerTiming {
    /// Begins with what the cache had to do with the answer.
    pub fn new(cache: Outcome) -> Self {
        let mut text = String::with_capacity(112);
        if let Some(word) = cache.word() {
            text.push_str("cache;desc=\"");
            text.push_str(word);
            text.push_str("\", ");
        }
        Self(text)
    }

    /// A part and how long it took.
    pub fn part(&mut self, name: &str, took: Duration) {
        self.0.push_str(name);
        self.0.push_str(";dur=");
        push_millis(&mut self.0, took);
        self.0.push_str(", ");
    }

    /// The database: how long the request waited for it, and for how many statements.
    pub fn database(&mut self, took: Duration, statements: u64) {
        self.0.push_str("db;dur=");
        push_millis(&mut self.0, took);
        self.0.push_str(";desc=\"");
        push_number(&mut self.0, u128::from(statements), 1);
        self.0.push_str("\", ");
    }

    /// The whole.
    pub fn total(mut self, took: Duration) -> HeaderValue {
        self.0.push_str("total;dur=");
        push_millis(&mut self.0, took);
        header(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_places() {
        for (micros, seconds, millis) in [
            (0, "0.000000", "0.000"),
            (7, "0.000007", "0.007"),
            (12_345, "0.012345", "12.345"),
            (61_000_001, "61.000001", "61000.001"),
        ] {
            let took = Duration::from_micros(micros);
            assert_eq!(process_time(took), seconds);
            let total = format!("total;dur={millis}");
            assert_eq!(ServerTiming::new(Outcome::None).total(took), total.as_str());
        }
    }

    #[test]
    fn the_parts_stand_in_a_row() {
        let mut timing = ServerTiming::new(Outcome::Miss);
        timing.part("auth", Duration::from_micros(12));
        timing.database(Duration::from_micros(345), 10);
        assert_eq!(
            timing.total(Duration::from_millis(1)),
            "cache;desc=\"miss\", auth;dur=0.012, db;dur=0.345;desc=\"10\", total;dur=1.000"
        );
    }
}
