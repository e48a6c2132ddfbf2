//! Dates and times in words, as far as ranking needs them: which days a question names, whether it asks for a time, and
//! whether a text names one. English; a question in another language simply gets no help from here.

use crate::words::{fold, spans};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Words that name a time in a text.
const TIMES: &[&str] = &[
    "afternoon",
    "ago",
    "april",
    "august",
    "autumn",
    "day",
    "december",
    "evening",
    "february",
    "friday",
    "january",
    "july",
    "june",
    "last",
    "march",
    "monday",
    "month",
    "morning",
    "next",
    "november",
    "october",
    "recently",
    "saturday",
    "september",
    "since",
    "spring",
    "summer",
    "sunday",
    "thursday",
    "today",
    "tomorrow",
    "tonight",
    "tuesday",
    "wednesday",
    "week",
    "weekend",
    "winter",
    "year",
    "yesterday",
];

/// Days, counted from 1970-01-01, from the first to the last.
pub type Days = (i64, i64);

fn month(word: &str) -> Option<i64> {
    let is = |name: &str| {
        word == name || (word.len() == 3 && name.starts_with(word)) || (word == "sept" && name == "september")
    };
    MONTHS.iter().position(|name| is(name)).map(|at| at as i64 + 1)
}

fn year(word: &str) -> Option<i64> {
    let four = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    four.then(|| word.parse().ok()).flatten()
}

fn day(word: &str) -> Option<i64> {
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let suffix = &word[digits.len()..];
    let day: i64 = digits.parse().ok().filter(|day| (1..=31).contains(day))?;
    ["", "st", "nd", "rd", "th"].contains(&suffix).then_some(day)
}

/// The days that a question names. A date without a year stands for that date in each of these years.
pub fn named(question: &str, years: &[i64]) -> Vec<Days> {
    let words: Vec<String> = spans(question)
        .map(|(start, end)| fold(&question[start..end]))
        .collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (this, before, next) = (word(at), at.checked_sub(1).map_or("", word), word(at + 1));
        // 2023-05-08
        if let (Some(year), Ok(month), Some(day)) = (year(this), next.parse::<i64>(), day(word(at + 2)))
            && (1..=12).contains(&month)
        {
            add(&mut found, Some(year), Some(month), Some(day), years);
            at += 3;
            continue;
        }
        if let Some(month) = month(this) {
            let earlier = if before == "of" {
                at.checked_sub(2).map_or("", word)
            } else {
                before
            };
            // 8 May 2023, the 8th of May; May 8th, 2023; May 2023; in May
            if let Some(day) = day(earlier) {
                add(&mut found, year(next), Some(month), Some(day), years);
                at += 1 + usize::from(year(next).is_some());
            } else if let Some(day) = day(next) {
                add(&mut found, year(word(at + 2)), Some(month), Some(day), years);
                at += 2 + usize::from(year(word(at + 2)).is_some());
            } else if let Some(year) = year(next) {
                add(&mut found, Some(year), Some(month), None, years);
                at += 2;
            } else {
                if ["in", "during", "of", "since", "by", "last", "this"].contains(&before) {
                    add(&mut found, None, Some(month), None, years);
                }
                at += 1;
            }
            continue;
        }
        if let Some(year) = year(this) {
            add(&mut found, Some(year), None, None, years);
        }
        at += 1;
    }
    found
}

/// The first day that a text names with its year, counted from 1970-01-01.
pub fn first_day(text: &str) -> Option<i64> {
    named(text, &[]).first().map(|(first, _)| *first)
}

fn add(found: &mut Vec<Days>, year: Option<i64>, month: Option<i64>, day: Option<i64>, years: &[i64]) {
    let years = year.map_or_else(|| years.to_vec(), |year| vec![year]);
    for year in years {
        let first = number(year, month.unwrap_or(1), day.unwrap_or(1));
        let last = match (month, day) {
            (_, Some(_)) => first,
            (Some(12) | None, None) => number(year + 1, 1, 1) - 1,
            (Some(month), None) => number(year, month + 1, 1) - 1,
        };
        found.push((first, last));
    }
}

/// The number of a day of the Gregorian calendar, from 1970-01-01 (Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `days_from_civil`).
fn number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The year that a day lies in (the same source, `civil_from_days`).
pub fn year_of(day: i64) -> i64 {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // The calendar here begins in March: the last two of its months belong to the next year.
    era * 400 + year + i64::from((5 * of_year + 2) / 153 >= 10)
}

/// Whether a question asks for a time.
pub fn asks_when(question: &str) -> bool {
    let words: Vec<String> = spans(question)
        .map(|(start, end)| fold(&question[start..end]))
        .collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    words.iter().enumerate().any(|(at, this)| match this.as_str() {
        "when" => true,
        "what" | "which" => ["date", "day", "time", "year", "month", "week"].contains(&word(at + 1)),
        "how" => match word(at + 1) {
            "long" | "recently" => true,
            "many" | "much" => ["days", "weeks", "months", "years", "time"].contains(&word(at + 2)),
            _ => false,
        },
        _ => false,
    })
}

/// Whether a text names a time.
pub fn names_time(text: &str) -> bool {
    spans(text).any(|(start, end)| {
        let word = fold(&text[start..end]);
        let single = word.strip_suffix('s').unwrap_or(&word);
        TIMES.binary_search(&single).is_ok()
            || TIMES.binary_search(&word.as_str()).is_ok()
            || year(&word).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_everybody_counts_them() {
        assert_eq!(number(1970, 1, 1), 0);
        assert_eq!(number(2000, 3, 1), 11_017);
        assert_eq!(number(2023, 5, 8), 19_485);
        for day in (-800_000..800_000).step_by(37) {
            let year = year_of(day);
            assert!(number(year, 1, 1) <= day && day < number(year + 1, 1, 1), "{day}");
        }
    }

    #[test]
    fn the_dates_of_a_question_are_understood() {
        let may = |day| (number(2023, 5, day), number(2023, 5, day));
        let whole = (number(2023, 5, 1), number(2023, 5, 31));
        for (question, wanted) in [
            ("What happened on 8 May 2023?", vec![may(8)]),
            ("on the 8th of May", vec![may(8)]),
            ("May 8th, 2023", vec![may(8)]),
            ("2023-05-08", vec![may(8)]),
            ("in May 2023", vec![whole]),
            ("what did she buy in May", vec![whole]),
            ("in 2023", vec![(number(2023, 1, 1), number(2023, 12, 31))]),
            ("December 2023", vec![(number(2023, 12, 1), number(2023, 12, 31))]),
            ("may I come", vec![]),
            ("route 66 and 3000 men", vec![]),
        ] {
            assert_eq!(named(question, &[2023]), wanted, "{question}");
        }
        assert_eq!(named("on 8 May", &[2022, 2023]).len(), 2);
    }

    #[test]
    fn times_are_asked_for_and_named() {
        assert!(
            asks_when("When did it rain?") && asks_when("how many weeks") && asks_when("Which year was it")
        );
        assert!(!asks_when("What did it say?") && !asks_when("how many dogs"));
        assert!(names_time("two weeks ago") && names_time("in 2022") && names_time("on Mondays"));
        assert!(!names_time("a red kite") && TIMES.is_sorted());
    }
}
