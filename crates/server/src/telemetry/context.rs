//! Where a request stands in a trace that may reach over several systems: W3C Trace Context, level 1.

use std::fmt::Write as _;

use http::HeaderMap;

tokio::task_local! {
    static CURRENT: Option<Context>;
}

/// The header that carries it.
const TRACEPARENT: &str = "traceparent";

/// A request's place in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The trace.
    pub trace_id: [u8; 16],
    /// This request's span.
    pub span_id: [u8; 8],
    /// The span of whoever asked; none when the trace begins here.
    pub parent_id: Option<[u8; 8]>,
    /// Whether its spans are told.
    pub sampled: bool,
}

impl Context {
    /// Goes on with the trace that the request names, or begins one, of which this share (0 to 1) is sampled.
    pub(super) fn of(headers: &HeaderMap, ratio: f64) -> Self {
        let named = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok());
        let span_id = rand::random();
        match named.and_then(parse) {
            Some((trace_id, parent_id, sampled)) => Self {
                trace_id,
                span_id,
                parent_id: Some(parent_id),
                // Whoever began the trace has decided for all of it.
                sampled,
            },
            None => Self {
                trace_id: rand::random(),
                span_id,
                parent_id: None,
                sampled: rand::random::<f64>() < ratio,
            },
        }
    }

    /// The header for those that this request asks in turn.
    pub fn traceparent(&self) -> String {
        let mut text = String::with_capacity(55);
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "00-{}-{}-{:02x}",
            hex::encode(self.trace_id),
            hex::encode(self.span_id),
            u8::from(self.sampled)
        );
        text
    }
}

/// What `future` asks belongs to this request.
pub fn scope<F: Future>(context: Option<Context>, future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(context, future)
}

/// The header for what the request that this runs in asks of others; none outside of one, or when nothing is traced.
pub fn traceparent() -> Option<String> {
    CURRENT
        .try_with(|context| context.as_ref().map(Context::traceparent))
        .ok()?
}

/// Trace, parent and whether it is sampled. Later versions may add fields behind those of the first.
fn parse(text: &str) -> Option<([u8; 16], [u8; 8], bool)> {
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lower = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if ![version, trace, parent, flags].into_iter().all(lower) || version.len() != 2 || version == "ff" {
        return None;
    }
    if flags.len() != 2 || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let mut trace_id = [0; 16];
    let mut parent_id = [0; 8];
    hex::decode_to_slice(trace, &mut trace_id).ok()?;
    hex::decode_to_slice(parent, &mut parent_id).ok()?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (trace_id != [0; 16] && parent_id != [0; 8]).then_some((trace_id, parent_id, flags & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_is_gone_on_with_and_handed_on() {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, http::HeaderValue::from_static(GOOD));
        let context = Context::of(&headers, 0.0);
        assert!(context.sampled);
        assert_eq!(
            context.parent_id,
            Some([0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7])
        );
        let next = context.traceparent();
        assert!(
            next.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && next.ends_with("-01"),
            "{next}"
        );
        assert_eq!(parse(&next), Some((context.trace_id, context.span_id, true)));
    }

    #[test]
    fn without_a_good_header_a_trace_begins_and_the_ratio_decides() {
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f35-00f067aa0ba902b7-01",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert!(parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more").is_some());
        assert!(!Context::of(&HeaderMap::new(), 0.0).sampled);
        assert!(Context::of(&HeaderMap::new(), 1.0).sampled);
    }
}
