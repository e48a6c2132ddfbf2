//! Plays recorded bytes through a decoder, cut in every way, for the adapters' tests.

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::stream::events;
use super::{Decoder, Scrub};
use crate::{ChatEvent, Collected, Connection, ProviderKind};

/// What a decoder makes of the bytes, one line an event.
pub(crate) async fn transcript<D: Decoder>(decoder: D, chunks: &[&[u8]]) -> Vec<String> {
    play(decoder, chunks).await.iter().map(line).collect()
}

type Played = Vec<Result<ChatEvent, crate::Error>>;

async fn play<D: Decoder>(decoder: D, chunks: &[&[u8]]) -> Played {
    let chunks: Vec<reqwest::Result<Bytes>> = chunks
        .iter()
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    let scrub = Scrub::new(&Connection::new(ProviderKind::OpenAi));
    events(stream::iter(chunks).boxed(), decoder, scrub)
        .collect()
        .await
}

fn line(event: &Result<ChatEvent, crate::Error>) -> String {
    match event {
        Ok(ChatEvent::Text(text)) => format!("text {text:?}"),
        Ok(ChatEvent::Reasoning(text)) => format!("reasoning {text:?}"),
        Ok(ChatEvent::ToolCall {
            index,
            id,
            name,
            arguments_delta,
            signature,
        }) => {
            let signed = if signature.is_some() { " signed" } else { "" };
            format!("call {index} id={id} name={name} {arguments_delta:?}{signed}")
        }
        Ok(ChatEvent::Verbatim(chunk)) => format!("verbatim {} for {}", chunk.data, chunk.events),
        Ok(ChatEvent::Usage(usage)) => format!(
            "usage {}+{} cached {} reasoning {}",
            usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.reasoning_tokens
        ),
        Ok(ChatEvent::StopSequence(text)) => format!("stopped by {text:?}"),
        Ok(ChatEvent::Finish(reason)) => format!("finish {}", reason.as_str()),
        Err(error) => format!("error {}: {error}", error.code()),
    }
}

/// Plays the bytes whole, cut in two at every place, and byte by byte; all must give the same, which is returned.
pub(crate) async fn any_cut<D: Decoder>(make: impl Fn() -> D, bytes: &[u8]) -> Vec<String> {
    let whole = transcript(make(), &[bytes]).await;
    for cut in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(
            transcript(make(), &[head, tail]).await,
            whole,
            "cut at byte {cut}"
        );
    }
    assert_eq!(
        transcript(make(), &bytes.chunks(1).collect::<Vec<_>>()).await,
        whole,
        "byte by byte"
    );
    whole
}

/// The answer that the recordings of all providers hold: thinking, text beyond ASCII, two tool calls, usage.
pub(crate) fn common_answer() -> Collected {
    let call = |id: &str, arguments: &str| crate::ToolCall {
        id: id.to_owned(),
        name: "weather".to_owned(),
        arguments: arguments.to_owned(),
        signature: None,
    };
    Collected {
        text: "Grüße, ☃! Let me look.".to_owned(),
        reasoning: "Two cities, two calls.".to_owned(),
        tool_calls: vec![
            call("call_a", r#"{"city":"Paris"}"#),
            call("call_b", r#"{"city":"Oslo"}"#),
        ],
        usage: Some(crate::Usage {
            prompt_tokens: 21,
            completion_tokens: 34,
            cached_tokens: 8,
            ..crate::Usage::default()
        }),
        stop_sequence: None,
        finish: Some(crate::FinishReason::ToolCalls),
    }
}

/// The answer put together, without what only some providers give: signatures, and what went into their cache.
pub(crate) async fn collect<D: Decoder>(decoder: D, bytes: &[u8]) -> Collected {
    let mut collected = Collected::default();
    for event in play(decoder, &[bytes]).await {
        collected.push(event.unwrap());
    }
    collected
        .tool_calls
        .iter_mut()
        .for_each(|call| call.signature = None);
    if let Some(usage) = &mut collected.usage {
        usage.cache_write_tokens = 0;
    }
    collected
}
