//! Cuts a byte stream into server-sent events.
//!
//! Written here, not taken from a library, for two properties: a line or an event that grows beyond a limit is an error
//! instead of memory, and a chunk of many lines is read in one pass. The tests compare it with `eventsource-stream` on random
//! input and demand that the events do not depend on where the chunks are cut.

use crate::Error;

/// Most bytes of one event. Tokens need some hundred; a provider that sends a megabyte at once is broken or hostile.
pub(crate) const EVENT_BYTES_MAX: usize = 1 << 20;

/// One event: its type, empty when none was given, and its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SseEvent {
    pub event: String,
    pub data: String,
}

/// The state between chunks.
#[derive(Debug, Default)]
pub(crate) struct SseDecoder {
    /// A line whose end has not come yet.
    line: Vec<u8>,
    /// The lines of data of the event under way, each with its line feed.
    data: Vec<u8>,
    event: Vec<u8>,
    /// The last chunk ended with a carriage return; a line feed that follows belongs to it.
    after_return: bool,
    /// The first line is done: no byte-order mark can follow.
    started: bool,
}

impl SseDecoder {
    /// Reads a chunk; complete events are added to `out`.
    pub(crate) fn feed(&mut self, chunk: &[u8], out: &mut Vec<SseEvent>) -> Result<(), Error> {
        let mut rest = chunk;
        if self.after_return && !rest.is_empty() {
            self.after_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, tail) = rest.split_at(end);
            // Of a return and a line feed only the return may have come.
            self.after_return = tail == b"\r";
            rest = tail
                .strip_prefix(b"\r\n")
                .unwrap_or_else(|| tail.get(1..).unwrap_or_default());
            self.limit(line.len())?;
            if self.line.is_empty() {
                self.take_line(line, out);
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.take_line(&whole, out);
                // Its memory serves the next line.
                whole.clear();
                self.line = whole;
            }
        }
        self.limit(rest.len())?;
        self.line.extend_from_slice(rest);
        Ok(())
    }

    /// The end of the bytes. The standard drops an event whose blank line never came; some upstreams end so, and what they
    /// sent is whole, so it counts.
    pub(crate) fn end(&mut self, out: &mut Vec<SseEvent>) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line, out);
        }
        self.dispatch(out);
    }

    fn limit(&self, more: usize) -> Result<(), Error> {
        if self.line.len() + self.data.len() + more > EVENT_BYTES_MAX {
            return Err(Error::Protocol(format!(
                "an event of more than {EVENT_BYTES_MAX} bytes"
            )));
        }
        Ok(())
    }

    fn take_line(&mut self, line: &[u8], out: &mut Vec<SseEvent>) {
        let line = if self.started {
            line
        } else {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        };
        self.started = true;
        if line.is_empty() {
            self.dispatch(out);
            return;
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            // A comment: a keep-alive, most often.
            Some(0) => return,
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            b"event" => value.clone_into(&mut self.event),
            // `id` and `retry` are for reconnecting, which no provider offers.
            _ => {}
        }
    }

    fn dispatch(&mut self, out: &mut Vec<SseEvent>) {
        let event = std::mem::take(&mut self.event);
        if self.data.is_empty() {
            return;
        }
        self.data.pop();
        out.push(SseEvent {
            event: text(&event),
            data: text(&self.data),
        });
        self.data.clear();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use eventsource_stream::Eventsource;
    use futures_util::{FutureExt, StreamExt, stream};
    use proptest::prelude::*;

    use super::*;

    fn decode(chunks: &[&[u8]]) -> Vec<SseEvent> {
        let mut decoder = SseDecoder::default();
        let mut out = Vec::new();
        for chunk in chunks {
            decoder.feed(chunk, &mut out).unwrap();
        }
        out
    }

    fn event(event: &str, data: &str) -> SseEvent {
        SseEvent {
            event: event.to_owned(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn the_examples_of_the_standard() {
        let table: [(&str, Vec<SseEvent>); 9] = [
            (
                "data: YHOO\ndata: +2\ndata: 10\n\n",
                vec![event("", "YHOO\n+2\n10")],
            ),
            (
                ": comment\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n\n",
                vec![event("", "first"), event("", "second"), event("", " third")],
            ),
            (
                "data\n\ndata\ndata\n\ndata:",
                vec![event("", ""), event("", "\n")],
            ),
            (
                "event: add\ndata: 1\n\nevent: gone\n\ndata: 2\n\n",
                vec![event("add", "1"), event("", "2")],
            ),
            (
                "data: a\r\rdata: b\r\n\r\ndata: c\n\n",
                vec![event("", "a"), event("", "b"), event("", "c")],
            ),
            ("\u{feff}data: marked\n\n", vec![event("", "marked")]),
            (
                "nonsense\nfield: x\ndata: {\"a\":1}\n\n",
                vec![event("", "{\"a\":1}")],
            ),
            (":\n:\n\n\n\n", vec![]),
            ("data: never ends", vec![]),
        ];
        for (text, expected) in table {
            assert_eq!(decode(&[text.as_bytes()]), expected, "{text:?}");
        }
    }

    #[test]
    fn an_end_without_a_blank_line_still_counts() {
        for text in ["data: [DONE]", "data: [DONE]\n", "data: [DONE]\r"] {
            let mut decoder = SseDecoder::default();
            let mut out = Vec::new();
            decoder.feed(text.as_bytes(), &mut out).unwrap();
            decoder.end(&mut out);
            assert_eq!(out, [event("", "[DONE]")], "{text:?}");
        }
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let block = vec![b'x'; 64 * 1024];
        let fails = |prefix: &[u8], between: &[u8]| {
            let mut decoder = SseDecoder::default();
            let mut out = Vec::new();
            let mut fed = 0;
            decoder.feed(prefix, &mut out).unwrap();
            while decoder
                .feed(&block, &mut out)
                .and_then(|()| decoder.feed(between, &mut out))
                .is_ok()
            {
                fed += block.len();
                assert!(fed <= EVENT_BYTES_MAX, "no limit");
            }
            assert!(fed > EVENT_BYTES_MAX / 2, "{fed} bytes are no reason to refuse");
        };
        fails(b"data: ", b"");
        fails(b": ", b"");
        fails(b"data: ", b"\ndata: ");
    }

    proptest! {
        #[test]
        fn events_do_not_depend_on_the_chunks(
            lines in proptest::collection::vec("(data|event|id|retry|other|)(:| :|: |:  |)[a-z:é☃ ]{0,6}", 0..24),
            ends in proptest::collection::vec(prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n"), Just("\r\n\r\n")], 24),
            cuts in proptest::collection::vec(0_usize..400, 0..12),
        ) {
            let text: String = lines.iter().zip(&ends).flat_map(|(line, end)| [line.as_str(), end]).collect();
            let text = format!("{text}\n\n");
            let bytes = text.as_bytes();
            let whole = decode(&[bytes]);

            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(&decode(&pieces), &whole);
            prop_assert_eq!(&decode(&bytes.chunks(1).collect::<Vec<_>>()), &whole);

            let reference = stream::iter([Ok::<_, std::io::Error>(bytes)]).eventsource();
            let reference: Vec<SseEvent> = reference
                .map(|found| found.unwrap())
                .map(|found| SseEvent { event: if found.event == "message" { String::new() } else { found.event }, data: found.data })
                .collect::<Vec<_>>()
                .now_or_never()
                .unwrap();
            prop_assert_eq!(&whole, &reference);
        }

        #[test]
        fn no_bytes_make_it_fail(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20)) {
            let mut decoder = SseDecoder::default();
            let mut out = Vec::new();
            for chunk in &chunks {
                decoder.feed(chunk, &mut out).unwrap();
            }
            decoder.end(&mut out);
            let whole = chunks.concat();
            let mut again = Vec::new();
            let mut decoder = SseDecoder::default();
            decoder.feed(&whole, &mut again).unwrap();
            decoder.end(&mut again);
            prop_assert_eq!(out, again);
        }
    }
}
