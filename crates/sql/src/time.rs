//! Points in time and where they come from.
//!
//! A [`Time`] holds whole microseconds, because that is what both databases keep: a value read back equals the value
//! written. Nothing in the product asks the operating system for the time but [`SystemClock`]; everything else is given
//! a [`Clock`], so that tests stop time and move it.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The earliest time that can be represented; sorts before everything.
    pub const MIN: Self = Self(i64::MIN);
    /// The beginning of 1970.
    pub const EPOCH: Self = Self(0);

    /// The time that lies this many microseconds after the beginning of 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The time that lies this many seconds after the beginning of 1970.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the beginning of 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the beginning of 1970, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The time `duration` later; stays at the end of time instead of overflowing.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(duration)))
    }

    /// The time `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(duration)))
    }

    /// How long `earlier` lies back; zero when it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The length of `2026-11-21T11:00:00.000000Z`.
const TEXT_LEN: usize = 27;
/// The years 0 to 9999 in microseconds, but for the last day, which cannot be read back.
const SAYABLE: std::ops::Range<i64> = -62_167_219_200_000_000..253_402_207_200_000_000;

const DAY: i64 = 86_400_000_000;

/// The digits of `number` into the whole of `place`, with zeros in front.
fn digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl Time {
    /// RFC 3339 with microseconds; none outside the years 0 to 9999. A list writes a hundred of them, so it is written
    /// without the machinery of formatting. The date is that of Howard Hinnant's `civil_from_days`
    /// ("chrono-Compatible Low-Level Date Algorithms", 2013), with the year beginning in March.
    fn text(self) -> Option<[u8; TEXT_LEN]> {
        if !SAYABLE.contains(&self.0) {
            return None;
        }
        let of_day = self.0.rem_euclid(DAY) as u64;
        // Days since 0000-03-01, which are not negative but in January and February of the year 0.
        let days = self.0.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        digits(&mut text[0..4], year as u64);
        digits(&mut text[5..7], month as u64);
        digits(&mut text[8..10], day as u64);
        digits(&mut text[11..13], of_day / 3_600_000_000);
        digits(&mut text[14..16], of_day / 60_000_000 % 60);
        digits(&mut text[17..19], of_day / 1_000_000 % 60);
        digits(&mut text[20..26], of_day % 1_000_000);
        Some(text)
    }
}

impl fmt::Display for Time {
    /// RFC 3339 with microseconds: `2026-11-21T11:00:00.000000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => f.write_str(std::str::from_utf8(&text).unwrap_or_default()),
            // Outside the years that RFC 3339 can say; only broken data gets here.
            None => write!(f, "{}us", self.0),
        }
    }
}

/// A text that is not an RFC 3339 time.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time")]
pub struct ParseTimeError(String);

impl FromStr for Time {
    type Err = ParseTimeError;

    /// Reads any RFC 3339 time; what is finer than a microsecond is cut off.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| ParseTimeError(text.to_owned()))?;
        Ok(Self(
            i64::try_from(timestamp.as_nanosecond().div_euclid(1_000)).unwrap_or(i64::MAX),
        ))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.text() {
            Some(text) => serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default()),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the operating system"
    )]
    fn now(&self) -> Time {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Time(micros_of(since_epoch))
    }
}

/// A clock that stands still until it is moved. For tests.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows `time`.
    pub fn new(time: Time) -> Self {
        Self(AtomicI64::new(time.micros()))
    }

    /// Shows `time` from now on.
    pub fn set(&self, time: Time) {
        self.0.store(time.micros(), Ordering::SeqCst);
    }

    /// Moves the clock on and returns the new time.
    pub fn advance(&self, duration: Duration) -> Time {
        let step = micros_of(duration);
        Time(self.0.fetch_add(step, Ordering::SeqCst).saturating_add(step))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Time {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_six_digits_and_reads_them_back() {
        let time = Time::from_micros(1_795_258_800_000_001);
        assert_eq!(time.to_string(), "2026-11-21T11:00:00.000001Z");
        assert_eq!("2026-11-21T11:00:00.000001Z".parse::<Time>().unwrap(), time);
        assert_eq!(
            "2026-11-21T12:00:00.000001999+01:00".parse::<Time>().unwrap(),
            time
        );
        assert_eq!(
            serde_json::to_string(&time).unwrap(),
            "\"2026-11-21T11:00:00.000001Z\""
        );
        assert_eq!(
            serde_json::from_str::<Time>("\"2026-11-21T11:00:00.000001Z\"").unwrap(),
            time
        );
    }

    #[test]
    fn reads_times_before_1970_downwards() {
        assert_eq!(
            "1969-12-31T23:59:59.9999999Z".parse::<Time>().unwrap(),
            Time::from_micros(-1)
        );
        assert_eq!(Time::from_micros(-1).secs(), -1);
        assert_eq!(Time::from_micros(-1).to_string(), "1969-12-31T23:59:59.999999Z");
    }

    /// Every fifth day of the years 0 to 9999, and the ends of them, against a library that knows the calendar.
    #[test]
    fn days_are_written_as_the_calendar_has_them() {
        let known = |micros: i64| format!("{:.6}", jiff::Timestamp::from_microsecond(micros).unwrap());
        for day in ((SAYABLE.start / DAY)..(SAYABLE.end / DAY)).step_by(5) {
            let micros = day * DAY + (day * 7_919_000_003).rem_euclid(DAY);
            assert_eq!(Time::from_micros(micros).to_string(), known(micros), "{micros}");
        }
        for micros in [SAYABLE.start, SAYABLE.end - 1, 0, -1] {
            assert_eq!(Time::from_micros(micros).to_string(), known(micros));
        }
        assert_eq!(Time::from_micros(SAYABLE.end).to_string(), "253402207200000000us");
        assert_eq!(Time::from_micros(i64::MIN).to_string(), format!("{}us", i64::MIN));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "yesterday", "2026-11-21", "2026-13-01T00:00:00Z"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_stays_in_range() {
        let time = Time::from_secs(10);
        assert_eq!(
            time.plus(Duration::from_millis(1)).since(time),
            Duration::from_millis(1)
        );
        assert_eq!(time.since(time.plus(Duration::from_secs(1))), Duration::ZERO);
        assert_eq!(
            Time::from_micros(i64::MAX).plus(Duration::MAX),
            Time::from_micros(i64::MAX)
        );
        assert_eq!(time.minus(Duration::from_secs(10)), Time::EPOCH);
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = FixedClock::new(Time::from_secs(5));
        assert_eq!(clock.now(), clock.now());
        assert_eq!(clock.advance(Duration::from_secs(2)), Time::from_secs(7));
        clock.set(Time::EPOCH);
        assert_eq!(clock.now(), Time::EPOCH);
    }
}
