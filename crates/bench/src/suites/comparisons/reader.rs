//! Reads the stream of one comparison and holds it to what is promised of it: events numbered without a gap, `start` of every
//! lane before any word, words of every writing lane whole, one `done` for each lane with its outcome, `complete` last.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// Between two tokens of a lane.
const BETWEEN: Duration = Duration::from_millis(20);

/// What the stream has to bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// All lanes: those that write, then a silent one, then one that fails.
    pub(super) lanes: usize,
    /// The lanes that write.
    pub(super) writers: usize,
    /// Tokens of each of them.
    pub(super) tokens: u32,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    lane: Option<usize>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    status: String,
}

#[derive(Clone, Debug, Default)]
struct Lane {
    started: bool,
    done: u32,
    status: String,
    ended: Duration,
    /// When each of its tokens came.
    arrivals: Vec<Duration>,
}

/// A stream under way.
pub(super) struct Reader {
    wanted: Wanted,
    began: Instant,
    line: Vec<u8>,
    number: Option<u64>,
    lanes: Vec<Lane>,
    completed: bool,
    faults: BTreeMap<String, u64>,
}

/// Streams that have ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// How late each token was, in microseconds.
    pub(super) late_micros: Vec<u64>,
    pub(super) tokens: u64,
    /// What was not as promised, and how often.
    pub(super) faults: BTreeMap<String, u64>,
    failed: Vec<Duration>,
    silent: Vec<Duration>,
}

impl Ended {
    /// Adds another stream's; its lateness is counted elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        self.tokens += other.tokens;
        for (fault, times) in other.faults {
            *self.faults.entry(fault).or_default() += times;
        }
        self.failed.extend(other.failed);
        self.silent.extend(other.silent);
    }

    /// When the latest failing lane was told of, in milliseconds.
    pub(super) fn failed_ms(&self) -> f64 {
        latest_ms(&self.failed)
    }

    /// When the latest silent lane was ended, in milliseconds.
    pub(super) fn silent_ms(&self) -> f64 {
        latest_ms(&self.silent)
    }
}

fn latest_ms(times: &[Duration]) -> f64 {
    times.iter().max().map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

impl Reader {
    pub(super) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            began: Instant::now(),
            line: Vec::new(),
            number: None,
            lanes: vec![Lane::default(); wanted.lanes],
            completed: false,
            faults: BTreeMap::new(),
        }
    }

    /// Takes what came.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let at = self.began.elapsed();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.line(String::from_utf8_lossy(&line).trim_end(), at);
            }
        }
    }

    fn line(&mut self, line: &str, at: Duration) {
        if let Some(number) = line.strip_prefix("id: ").and_then(|id| id.parse().ok()) {
            if self.number.is_some_and(|last| number != last + 1) {
                self.fault("a gap or a repetition in the numbers");
            }
            self.number = Some(number);
        } else if let Some(data) = line.strip_prefix("data: ") {
            match serde_json::from_str(data) {
                Ok(event) => self.event(&event, at),
                Err(_) => self.fault("an event that is no JSON"),
            }
        }
    }

    fn event(&mut self, event: &Event, at: Duration) {
        if self.completed {
            self.fault("an event after the last");
        }
        let all_started = self.lanes.iter().all(|lane| lane.started);
        let lane = event.lane.and_then(|lane| self.lanes.get_mut(lane));
        match (event.kind.as_str(), lane) {
            ("start", Some(lane)) => lane.started = true,
            ("text", Some(lane)) => {
                let words = event.text.split_whitespace();
                lane.arrivals.extend(words.map(|_| at));
                if lane.done > 0 || !all_started {
                    self.fault("a word before all lanes had begun, or after its lane had ended");
                }
            }
            ("done", Some(lane)) => {
                lane.done += 1;
                lane.status.clone_from(&event.status);
                lane.ended = at;
            }
            ("complete", _) => self.completed = true,
            _ => {}
        }
    }

    fn fault(&mut self, what: &str) {
        *self.faults.entry(what.to_owned()).or_default() += 1;
    }

    /// What it came to.
    pub(super) fn end(mut self) -> Ended {
        let mut ended = Ended::default();
        if !self.completed {
            self.fault("no last event");
        }
        for (number, lane) in std::mem::take(&mut self.lanes).into_iter().enumerate() {
            let writes = number < self.wanted.writers;
            if lane.done != 1 {
                self.fault("a lane without exactly one end");
            }
            if (lane.status == "complete") != writes {
                self.fault("a lane with the wrong outcome");
            }
            let wanted = if writes { self.wanted.tokens as usize } else { 0 };
            if lane.arrivals.len() != wanted {
                self.fault("a lane with words missing or doubled");
            }
            ended.tokens += lane.arrivals.len() as u64;
            ended.late_micros.extend(lateness(&lane.arrivals));
            if number == self.wanted.writers {
                ended.silent.push(lane.ended);
            } else if !writes {
                ended.failed.push(lane.ended);
            }
        }
        ended.faults = self.faults;
        ended
    }
}

/// How far each is behind the earliest, in microseconds, where they were to come at an even pace.
fn lateness(arrivals: &[Duration]) -> Vec<u64> {
    let offset = |(number, at): (usize, &Duration)| {
        at.as_micros() as i64 - (BETWEEN * number as u32).as_micros() as i64
    };
    let offsets: Vec<i64> = arrivals.iter().enumerate().map(offset).collect();
    let earliest = offsets.iter().min().copied().unwrap_or(0);
    offsets
        .into_iter()
        .map(|offset| offset.abs_diff(earliest))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted = Wanted {
        lanes: 3,
        writers: 1,
        tokens: 2,
    };
    const STREAM: [&str; 9] = [
        r#"{"type":"start","lane":0}"#,
        r#"{"type":"start","lane":1}"#,
        r#"{"type":"start","lane":2}"#,
        r#"{"type":"text","lane":0,"text":"a "}"#,
        r#"{"type":"done","lane":2,"status":"failed"}"#,
        r#"{"type":"text","lane":0,"text":"b "}"#,
        r#"{"type":"done","lane":0,"status":"complete"}"#,
        r#"{"type":"done","lane":1,"status":"failed"}"#,
        r#"{"type":"complete"}"#,
    ];

    fn read(events: &[(u64, &str)]) -> Ended {
        let mut reader = Reader::new(WANTED);
        for (number, data) in events {
            let frame = format!("id: {number}\nevent: x\ndata: {data}\n\n");
            let (one, two) = frame.as_bytes().split_at(9);
            reader.take(one);
            reader.take(two);
        }
        reader.end()
    }

    #[test]
    fn a_stream_that_keeps_its_promises_has_no_fault() {
        let events: Vec<_> = (1..).zip(STREAM).collect();
        let ended = read(&events);
        assert_eq!((ended.tokens, ended.faults.len()), (2, 0), "{ended:?}");
    }

    #[test]
    fn whatever_is_missing_doubled_or_misplaced_is_a_fault() {
        let whole: Vec<_> = (1..).zip(STREAM).collect();
        for missing in 0..whole.len() {
            let mut events = whole.clone();
            events.remove(missing);
            assert!(!read(&events).faults.is_empty(), "without event {missing}");
        }
        for twice in 3..whole.len() {
            let mut events = whole.clone();
            events.insert(twice, whole[twice]);
            assert!(!read(&events).faults.is_empty(), "event {twice} twice");
        }
    }

    #[test]
    fn lateness_is_the_distance_from_the_earliest() {
        let at = |ms: u64| Duration::from_millis(ms);
        assert_eq!(
            lateness(&[at(105), at(120), at(140), at(161)]),
            [5_000, 0, 0, 1_000]
        );
    }
}
