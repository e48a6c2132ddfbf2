//! Models that refuse an answer as long as was asked for: how long they say it may be.
//!
//! Nobody tells the longest answer of a model beforehand: lists of models rarely have it, and what serves models on a machine of
//! one's own takes question and answer out of one window. The refusal does, in words of each upstream's own.

use std::collections::HashMap;

use parking_lot::Mutex;

/// How often a call is asked again with a shorter answer.
pub(super) const SHORTER_MAX: usize = 3;
/// Fewer tokens are no answer; a smaller number in a message is a version, or a place.
const TOKENS_MIN: u32 = 16;
/// Most models whose longest answer is kept in mind.
const KNOWN_MAX: usize = 10_000;

/// How upstreams say that an answer may not be as long.
const TOO_LONG: &[&str] = &[
    "too large",
    "at most",
    "maximum",
    "less than or equal",
    "valid range",
    "exceed",
    "greater than",
    "cannot be more",
    "must be <",
];

/// The longest answer of each model that has refused a longer one.
#[derive(Debug, Default)]
pub(super) struct Longest {
    known: Mutex<HashMap<String, u32>>,
}

impl Longest {
    /// What is asked for of this model when so many tokens are wanted.
    pub(super) fn within(&self, model: &str, wanted: Option<u32>) -> Option<u32> {
        let known = self.known.lock().get(model).copied();
        wanted.map(|wanted| known.map_or(wanted, |known| wanted.min(known)))
    }

    /// This model gives no longer answer.
    pub(super) fn learn(&self, model: &str, tokens: u32) {
        let mut known = self.known.lock();
        if known.len() < KNOWN_MAX || known.contains_key(model) {
            known.insert(model.to_owned(), tokens);
        }
    }
}

/// A shorter answer, as a refusal of one of `asked` tokens allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shorter {
    /// How many tokens to ask for now.
    pub tokens: u32,
    /// Whether that holds for the next call as well. What a question leaves of the window does not.
    pub always: bool,
}

/// What a refusal allows; none when it is about something else, or when there is no room left.
pub(super) fn shorter(message: &str, asked: Option<u32>) -> Option<Shorter> {
    let lower = message.to_lowercase();
    if !TOO_LONG.iter().any(|phrase| lower.contains(phrase)) {
        return None;
    }
    let window = [
        "context length",
        "context size",
        "context window",
        "max_model_len",
    ];
    let fits = |tokens: u32| tokens >= TOKENS_MIN && asked.is_none_or(|asked| tokens < asked);
    if let Some(at) = window.iter().find_map(|phrase| lower.find(phrase)) {
        // Of a conversation that does not fit even without an answer nothing is to be made shorter.
        let asked = asked?;
        let (_, window) = numbers(&lower).find(|(place, number)| *place > at && *number >= TOKENS_MIN)?;
        let tokens = match read(&lower) {
            Some(read) => window.checked_sub(read)?,
            None => window / 2,
        };
        return (fits(tokens) && tokens < asked).then_some(Shorter {
            tokens,
            always: false,
        });
    }
    if !lower.contains("max_tokens")
        && !lower.contains("max_completion_tokens")
        && !lower.contains("output tokens")
    {
        return None;
    }
    let tokens = numbers(&lower)
        .map(|(_, number)| number)
        .filter(|number| fits(*number))
        .max()?;
    Some(Shorter { tokens, always: true })
}

/// How many tokens the question has, where a message says it: the number in front of these words.
fn read(message: &str) -> Option<u32> {
    let words = [
        " in the messages",
        " input tokens",
        " from the input messages",
        " in your prompt",
        " tokens from the input",
    ];
    words.iter().find_map(|words| {
        let at = message.find(words)?;
        let (_, number) = numbers(&message[..at]).last()?;
        Some(number)
    })
}

/// The numbers of a text, each with its place; `8,192` is one.
fn numbers(text: &str) -> impl Iterator<Item = (usize, u32)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(|char: char| char.is_ascii_digit())?;
        let rest = &text[start..];
        let grouped = |(place, char): (usize, char)| {
            let between = char == ',' && rest[place + 1..].starts_with(|next: char| next.is_ascii_digit());
            !(char.is_ascii_digit() || between)
        };
        let length = rest
            .char_indices()
            .find(|found| grouped(*found))
            .map_or(rest.len(), |(place, _)| place);
        at = start + length;
        let digits: String = rest[..length].chars().filter(char::is_ascii_digit).collect();
        // Longer ones are no numbers of tokens.
        Some((start, digits.parse().unwrap_or(0)))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mock::{Reply, Scripted};
    use crate::{Breakers, CallContext, ChatModel, ChatRequest, Collected, Error, Limits, Message, guarded};

    #[tokio::test]
    async fn a_model_that_refuses_a_long_answer_is_asked_for_a_shorter_one_and_never_again_for_a_longer() {
        let script = Scripted::new();
        let inner = Arc::new(script.clone());
        let guarded = guarded("Up", inner, Limits::default(), Arc::new(Breakers::default()));
        let ask = async |most: Option<u32>| {
            let mut request = ChatRequest::new("m", vec![Message::user("Hi")]);
            request.max_tokens = most;
            Collected::read(guarded.chat(request, &CallContext::default()).await?).await
        };
        let refusal = "max_tokens is too large: 16000. This model supports at most 4096 completion tokens";
        script.push(Reply::refuse(Error::BadRequest(refusal.into())));
        script.push(Reply::text("Yes."));
        assert_eq!(ask(Some(16_000)).await.unwrap().text, "Yes.");
        script.push(Reply::text("Again."));
        assert_eq!(ask(Some(16_000)).await.unwrap().text, "Again.");
        // A refusal that says nothing of use is the caller's.
        script.push(Reply::refuse(Error::BadRequest("max_tokens is too large".into())));
        assert_eq!(ask(Some(100)).await.unwrap_err().code(), "invalid_request");
        let asked: Vec<_> = script
            .requests()
            .iter()
            .map(|request| request.max_tokens)
            .collect();
        assert_eq!(asked, [Some(16_000), Some(4096), Some(4096), Some(100)]);
    }

    #[test]
    fn refusals_of_every_dialect_say_how_long_an_answer_may_be() {
        let always = |tokens| Some(Shorter { tokens, always: true });
        let now = |tokens| {
            Some(Shorter {
                tokens,
                always: false,
            })
        };
        let table = [
            (
                "max_tokens is too large: 16000. This model supports at most 4096 completion tokens, whereas you provided 16000.",
                always(4096),
            ),
            (
                "max_tokens: 16000 > 8192, which is the maximum allowed number of output tokens for claude-3-5-sonnet",
                always(8192),
            ),
            (
                "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` of this model",
                always(8192),
            ),
            (
                "Invalid max_tokens value, the valid range of max_tokens is [1, 8,192]",
                always(8192),
            ),
            (
                "This model's maximum context length is 4097 tokens. However, you requested 16020 tokens (20 in the messages, 16000 in the completion).",
                now(4077),
            ),
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 16000. This model's maximum context length is 8192 tokens and your request has 120 input tokens (16000 > 8192 - 120).",
                now(8072),
            ),
            (
                "the request exceeds the available context size of 8192",
                now(4096),
            ),
            // What nothing can be made of.
            (
                "Unsupported parameter: 'max_tokens' is not supported with gpt-4.1; use 'max_completion_tokens'",
                None,
            ),
            (
                "This model's maximum context length is 4097 tokens. However, your messages resulted in 9000 tokens (9000 in the messages).",
                None,
            ),
            ("temperature must be at most 2", None),
            ("a tool's name is too large: 200 characters", None),
            ("max_tokens is too large", None),
        ];
        for (message, expected) in table {
            assert_eq!(shorter(message, Some(16_000)), expected, "{message}");
        }
        // Nobody asked for a length, so it is the question that does not fit.
        assert_eq!(shorter(table[4].0, None), None);
    }

    #[test]
    fn what_was_learned_is_kept_in_mind() {
        let longest = Longest::default();
        assert_eq!(longest.within("m", Some(16_000)), Some(16_000));
        longest.learn("m", 4096);
        assert_eq!(longest.within("m", Some(16_000)), Some(4096));
        assert_eq!(longest.within("m", Some(100)), Some(100));
        assert_eq!(
            (longest.within("m", None), longest.within("n", Some(9))),
            (None, Some(9))
        );
    }
}
