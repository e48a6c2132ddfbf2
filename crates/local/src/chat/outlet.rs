//! From token bytes to text that may be shown. Pure.
//!
//! Bytes of an unfinished character wait for the rest of it; text that may be the beginning of a stop text waits until it
//! is clear that it is not.

/// What became of pushed bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// Text to show, perhaps empty.
    Text(String),
    /// A stop text was reached; this comes before it.
    Stopped(String),
}

/// The text of one answer on its way out.
#[derive(Debug, Default)]
pub(super) struct Outlet {
    stops: Vec<String>,
    bytes: Vec<u8>,
    held: String,
}

impl Outlet {
    /// Empty stop texts are ignored: they would end every answer at once.
    pub(super) fn new(stops: Vec<String>) -> Self {
        Self {
            stops: stops.into_iter().filter(|stop| !stop.is_empty()).collect(),
            ..Self::default()
        }
    }

    /// Takes the bytes of a token.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Pushed {
        self.bytes.extend_from_slice(bytes);
        self.decode();
        let found = self
            .stops
            .iter()
            .filter_map(|stop| self.held.find(stop.as_str()))
            .min();
        if let Some(at) = found {
            self.held.truncate(at);
            self.bytes.clear();
            return Pushed::Stopped(std::mem::take(&mut self.held));
        }
        let rest = self.held.split_off(self.held.len() - self.undecided());
        Pushed::Text(std::mem::replace(&mut self.held, rest))
    }

    /// What was held back, when the answer ends without a stop text.
    pub(super) fn finish(&mut self) -> String {
        let mut text = std::mem::take(&mut self.held);
        text.push_str(&String::from_utf8_lossy(&self.bytes));
        self.bytes.clear();
        text
    }

    /// Moves whole characters over; bytes that can never become one are replaced.
    fn decode(&mut self) {
        let mut from = 0;
        loop {
            match std::str::from_utf8(&self.bytes[from..]) {
                Ok(text) => {
                    self.held.push_str(text);
                    self.bytes.clear();
                    return;
                }
                Err(error) => {
                    let valid = from + error.valid_up_to();
                    self.held
                        .push_str(&String::from_utf8_lossy(&self.bytes[from..valid]));
                    let Some(wrong) = error.error_len() else {
                        self.bytes.drain(..valid);
                        return;
                    };
                    self.held.push(char::REPLACEMENT_CHARACTER);
                    from = valid + wrong;
                }
            }
        }
    }

    /// Length of the longest end of the text that begins a stop text.
    fn undecided(&self) -> usize {
        let longest = |stop: &String| {
            let most = self.held.len().min(stop.len() - 1);
            (1..=most).rev().find(|&length| {
                stop.is_char_boundary(length) && self.held.as_bytes().ends_with(&stop.as_bytes()[..length])
            })
        };
        self.stops.iter().filter_map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Pushed {
        Pushed::Text(text.to_owned())
    }

    #[test]
    fn a_character_waits_for_its_last_byte() {
        let mut outlet = Outlet::new(vec![]);
        let crab = "🦀".as_bytes();
        assert_eq!(outlet.push(b"a"), text("a"));
        assert_eq!(outlet.push(&crab[..1]), text(""));
        assert_eq!(outlet.push(&crab[1..3]), text(""));
        assert_eq!(outlet.push(&[crab[3], b'b']), text("🦀b"));
        assert_eq!(outlet.finish(), "");
    }

    #[test]
    fn broken_bytes_are_replaced_and_do_not_hold_up_the_rest() {
        let mut outlet = Outlet::new(vec![]);
        assert_eq!(outlet.push(&[b'a', 0xff, b'b', 0xe2, 0x82]), text("a\u{fffd}b"));
        assert_eq!(outlet.push(b"c"), text("\u{fffd}c"));
        outlet.push(&[0xf0, 0x9f]);
        assert_eq!(outlet.finish(), "\u{fffd}");
    }

    #[test]
    fn a_stop_text_across_tokens_is_never_shown() {
        let mut outlet = Outlet::new(vec!["###".to_owned(), "END".to_owned()]);
        assert_eq!(outlet.push(b"one #"), text("one "));
        assert_eq!(outlet.push(b"# two E"), text("## two "));
        assert_eq!(outlet.push(b"N"), text(""));
        assert_eq!(outlet.push(b"D and more"), Pushed::Stopped(String::new()));
    }

    #[test]
    fn the_first_stop_text_wins_and_what_comes_before_is_shown() {
        let mut outlet = Outlet::new(vec!["late".to_owned(), "\n\n".to_owned()]);
        assert_eq!(outlet.push(b"yes\n\nno, late"), Pushed::Stopped("yes".to_owned()));
    }

    #[test]
    fn what_only_looked_like_a_stop_text_comes_out_at_the_end() {
        let mut outlet = Outlet::new(vec!["</end>".to_owned(), String::new()]);
        assert_eq!(outlet.push(b"tail </en"), text("tail "));
        assert_eq!(outlet.finish(), "</en");
    }
}
