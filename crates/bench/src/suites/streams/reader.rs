//! Reads the frames of one stream and holds against each token when it was due, and whether one is missing or came twice.

use std::time::Instant;

use crate::machine::monotonic_micros;

/// Microseconds between two tokens.
const BETWEEN: u64 = 20_000;

/// What the tokens say of themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `12:345678 `: their number and when they were due.
    Stamped,
    /// Words, in events with numbers.
    Numbered,
}

/// A stream under way.
pub(super) struct Reader {
    kind: Kind,
    wanted: u32,
    line: Vec<u8>,
    /// The number of the last event.
    event: Option<u64>,
    began: Instant,
    /// Of numbered streams the arrivals, of stamped ones how late each was, in microseconds.
    times: Vec<u32>,
    tokens: u64,
    lost: u64,
    doubled: u64,
}

/// A stream that has ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) late_micros: Vec<u32>,
    pub(super) tokens: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
}

impl Reader {
    pub(super) fn new(kind: Kind, wanted: u32) -> Self {
        Self {
            kind,
            wanted,
            line: Vec::new(),
            event: None,
            began: Instant::now(),
            times: Vec::with_capacity(wanted as usize),
            tokens: 0,
            lost: 0,
            doubled: 0,
        }
    }

    /// Takes what came.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let (now, since) = (monotonic_micros(), self.began.elapsed().as_micros() as u32);
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            if self.line.is_empty() {
                self.line(&rest[..end], now, since);
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&rest[..end]);
                self.line(&line, now, since);
            }
            rest = &rest[end + 1..];
        }
        self.line.extend_from_slice(rest);
    }

    fn line(&mut self, line: &[u8], now: u64, since: u32) {
        let Ok(line) = std::str::from_utf8(line) else {
            return;
        };
        match self.kind {
            Kind::Stamped => {
                let Some(text) = value(line, "\"content\":\"") else {
                    return;
                };
                for token in text.split_whitespace() {
                    self.stamped(token, now);
                }
            }
            Kind::Numbered => {
                if let Some(number) = line.strip_prefix("id: ").and_then(|id| id.trim().parse().ok()) {
                    self.numbered(number);
                } else if line.contains("\"type\":\"text\"")
                    && let Some(text) = value(line, "\"text\":\"")
                {
                    for _ in text.split_whitespace() {
                        self.tokens += 1;
                        self.times.push(since);
                    }
                }
            }
        }
    }

    fn stamped(&mut self, token: &str, now: u64) {
        let parsed = token
            .split_once(':')
            .and_then(|(number, due)| Some((number.parse::<u64>().ok()?, due.parse::<u64>().ok()?)));
        // The role and other first words are no tokens of ours.
        let Some((number, due)) = parsed else { return };
        let expected = self.tokens + self.lost;
        if number < expected {
            self.doubled += 1;
            return;
        }
        self.lost += number - expected;
        self.tokens += 1;
        self.times.push(now.saturating_sub(due) as u32);
    }

    fn numbered(&mut self, number: u64) {
        match self.event {
            Some(last) if number <= last => self.doubled += 1,
            Some(last) => {
                self.lost += number - last - 1;
                self.event = Some(number);
            }
            None => self.event = Some(number),
        }
    }

    /// What it came to.
    pub(super) fn end(mut self) -> Ended {
        let seen = self.tokens + if self.kind == Kind::Stamped { self.lost } else { 0 };
        self.lost += u64::from(self.wanted).saturating_sub(seen);
        if self.kind == Kind::Numbered {
            self.doubled += self.tokens.saturating_sub(u64::from(self.wanted));
            let due = |number: usize| number as i64 * BETWEEN as i64;
            let early = self
                .times
                .iter()
                .enumerate()
                .map(|(number, at)| i64::from(*at) - due(number))
                .min()
                .unwrap_or(0);
            for (number, at) in self.times.iter_mut().enumerate() {
                *at = (i64::from(*at) - due(number) - early) as u32;
            }
        }
        Ended {
            late_micros: self.times,
            tokens: self.tokens,
            lost: self.lost,
            doubled: self.doubled,
        }
    }
}

/// The text behind a key, up to the closing quote; the bench's own tokens have none in them.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(key)?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(numbers: &[u64]) -> Ended {
        let now = monotonic_micros();
        let mut reader = Reader::new(Kind::Stamped, 4);
        for number in numbers {
            let line = format!(
                "data: {{\"delta\":{{\"content\":\"{number}:{} \"}}}}\n\n",
                now - 700
            );
            // Cut in the middle, as a socket may.
            let (one, two) = line.as_bytes().split_at(20);
            reader.take(one);
            reader.take(two);
        }
        reader.end()
    }

    #[test]
    fn tokens_that_are_missing_or_come_twice_are_counted() {
        let whole = stamped(&[0, 1, 2, 3]);
        assert_eq!((whole.tokens, whole.lost, whole.doubled), (4, 0, 0));
        assert!(
            whole
                .late_micros
                .iter()
                .all(|late| (700..60_000_000).contains(late))
        );
        let gap = stamped(&[0, 2, 3]);
        assert_eq!((gap.tokens, gap.lost, gap.doubled), (3, 1, 0));
        let short = stamped(&[0, 1]);
        assert_eq!((short.tokens, short.lost, short.doubled), (2, 2, 0));
        let twice = stamped(&[0, 1, 1, 2, 3]);
        assert_eq!((twice.tokens, twice.lost, twice.doubled), (4, 0, 1));
    }

    #[test]
    fn events_that_are_missing_or_come_twice_are_counted() {
        let read = |ids: &[u64]| {
            let mut reader = Reader::new(Kind::Numbered, ids.len() as u32);
            for id in ids {
                let frame = format!(
                    "id: {id}\nevent: text\ndata: {{\"type\":\"text\",\"run\":\"r\",\"text\":\"a \"}}\n\n"
                );
                reader.take(frame.as_bytes());
            }
            reader.end()
        };
        let whole = read(&[1, 2, 3]);
        assert_eq!((whole.tokens, whole.lost, whole.doubled), (3, 0, 0));
        // All at once: the first was the latest against its time.
        assert!(whole.late_micros[0] >= 39_000, "{whole:?}");
        assert_eq!(read(&[1, 3, 4]).lost, 1);
        assert_eq!(read(&[1, 2, 2]).doubled, 1);
    }
}
