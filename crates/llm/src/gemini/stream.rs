//! Reads the chunks of `streamGenerateContent?alt=sse`: each is a whole `GenerateContentResponse` with a piece of the answer.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::openai::wire::lenient;
use crate::sse::SseEvent;
use crate::upstream::{Decoder, Failure, Progress};
use crate::{ChatEvent, Error, FinishReason, Usage};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    #[serde(default, deserialize_with = "lenient")]
    candidates: Vec<Candidate>,
    #[serde(default)]
    usage_metadata: Option<WireUsage>,
    #[serde(default)]
    prompt_feedback: Option<Feedback>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default, deserialize_with = "lenient")]
    index: u32,
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    finish_message: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default, deserialize_with = "lenient")]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    #[serde(default, deserialize_with = "lenient")]
    text: String,
    #[serde(default, deserialize_with = "lenient")]
    thought: bool,
    #[serde(default)]
    function_call: Option<Call>,
    #[serde(default)]
    thought_signature: Option<String>,
}

#[derive(Deserialize)]
struct Call {
    #[serde(default, deserialize_with = "lenient")]
    id: String,
    name: String,
    #[serde(default)]
    args: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    #[serde(default)]
    block_reason: Option<String>,
    #[serde(default)]
    block_reason_message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
struct WireUsage {
    prompt_token_count: u64,
    tool_use_prompt_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: u64,
    cached_content_token_count: u64,
}

impl From<WireUsage> for Usage {
    fn from(usage: WireUsage) -> Self {
        Self {
            prompt_tokens: usage.prompt_token_count + usage.tool_use_prompt_token_count,
            completion_tokens: usage.candidates_token_count + usage.thoughts_token_count,
            cached_tokens: usage.cached_content_token_count,
            reasoning_tokens: usage.thoughts_token_count,
            cache_write_tokens: 0,
        }
    }
}

/// The state of one answer.
pub(super) struct GeminiDecoder {
    upstream: Arc<str>,
    /// How many messages the conversation had: makes the ids of calls unique in it.
    turn: usize,
    calls: usize,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    done: bool,
}

impl GeminiDecoder {
    pub(super) fn new(upstream: Arc<str>, turn: usize) -> Self {
        Self {
            upstream,
            turn,
            calls: 0,
            usage: None,
            finish: None,
            done: false,
        }
    }

    fn read(&mut self, chunk: Chunk, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(Failure::in_band(&error).into_error(&self.upstream));
        }
        if let Some(usage) = chunk.usage_metadata {
            self.usage = Some(usage.into());
        }
        if let Some(Feedback {
            block_reason: Some(reason),
            block_reason_message,
        }) = chunk.prompt_feedback
        {
            return Err(Error::Refused(
                block_reason_message.unwrap_or_else(|| format!("the prompt was blocked: {reason}")),
            ));
        }
        for candidate in chunk
            .candidates
            .into_iter()
            .filter(|candidate| candidate.index == 0)
        {
            for part in candidate.content.map(|content| content.parts).unwrap_or_default() {
                self.read_part(part, out);
            }
            if let Some(reason) = candidate.finish_reason.filter(|reason| !reason.is_empty()) {
                self.finish = Some(finish_reason(&reason, candidate.finish_message)?);
            }
        }
        Ok(())
    }

    fn read_part(&mut self, part: Part, out: &mut VecDeque<ChatEvent>) {
        if !part.text.is_empty() {
            out.push_back(if part.thought {
                ChatEvent::Reasoning(part.text)
            } else {
                ChatEvent::Text(part.text)
            });
        }
        let Some(call) = part.function_call else {
            return;
        };
        let index = self.calls;
        self.calls += 1;
        let id = if call.id.is_empty() {
            format!("call_{}_{index}", self.turn)
        } else {
            call.id
        };
        let arguments_delta = if call.args.is_null() {
            "{}".to_owned()
        } else {
            call.args.to_string()
        };
        let signature = part.thought_signature;
        out.push_back(ChatEvent::ToolCall {
            index,
            id,
            name: call.name,
            arguments_delta,
            signature,
        });
    }
}

fn finish_reason(reason: &str, message: Option<String>) -> Result<FinishReason, Error> {
    match reason {
        "MAX_TOKENS" => Ok(FinishReason::Length),
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII"
        | "IMAGE_SAFETY" => Ok(FinishReason::ContentFilter),
        // The model wrote a call that nobody can read; the same request may work the next time.
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "MALFORMED_RESPONSE"
        | "MISSING_THOUGHT_SIGNATURE" => {
            let message = message.unwrap_or_else(|| "no explanation".to_owned());
            Err(Error::Protocol(format!(
                "the model's answer was unusable ({reason}): {message}"
            )))
        }
        _ => Ok(FinishReason::Stop),
    }
}

impl Decoder for GeminiDecoder {
    fn event(&mut self, event: SseEvent, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        let chunk = serde_json::from_str(&event.data)
            .map_err(|error| Error::Protocol(format!("a chunk is not the expected JSON: {error}")))?;
        self.read(chunk, out)
    }

    /// Without `alt=sse` the chunks come as a list.
    fn whole(&mut self, body: Value, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        let chunks = if body.is_array() {
            body
        } else {
            Value::Array(vec![body])
        };
        let chunks: Vec<Chunk> = serde_json::from_value(chunks)
            .map_err(|error| Error::Protocol(format!("the answer is not the expected JSON: {error}")))?;
        chunks.into_iter().try_for_each(|chunk| self.read(chunk, out))?;
        if self.finish.is_none() {
            return Err(Error::Protocol("the answer has no end".to_owned()));
        }
        self.done = true;
        Ok(())
    }

    fn progress(&self) -> Progress {
        match (self.done, self.finish) {
            (true, _) => Progress::Done,
            // Usage comes with the last chunk, so this lasts until the connection's end at most.
            (false, Some(_)) => Progress::Finished,
            (false, None) => Progress::Reading,
        }
    }

    fn end(&mut self, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        out.extend(self.usage.map(ChatEvent::Usage));
        let reason = match self.finish.unwrap_or(FinishReason::Stop) {
            FinishReason::Stop if self.calls > 0 => FinishReason::ToolCalls,
            reason => reason,
        };
        out.push_back(ChatEvent::Finish(reason));
        Ok(())
    }
}
