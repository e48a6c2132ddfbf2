//! A provider that answers exactly what a test says, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{embed_text, words};
use crate::{
    CallContext, Capabilities, Catalog, ChatEvent, ChatModel, ChatRequest, ChatStream, Embedder, Embeddings,
    Error, FinishReason, ModelInfo, Provider, Usage,
};

/// One scripted answer, built step by step.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    refused: Option<Error>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Event(ChatEvent),
    Fail(Error),
    Wait(Duration),
    Gate(Arc<Semaphore>),
    Hang,
}

impl Reply {
    /// An answer without a step; it ends at once and breaks the protocol unless steps are added.
    pub fn new() -> Self {
        Self::default()
    }

    /// A complete answer: the words of `text`, usage, and the end.
    pub fn text(text: &str) -> Self {
        let said = words(text);
        let usage = Usage {
            prompt_tokens: 1,
            completion_tokens: said.len() as u64,
            ..Usage::default()
        };
        let reply = said
            .into_iter()
            .fold(Self::new(), |reply, word| reply.event(ChatEvent::Text(word)));
        reply
            .event(ChatEvent::Usage(usage))
            .event(ChatEvent::Finish(FinishReason::Stop))
    }

    /// A call that fails before its stream begins.
    pub fn refuse(error: Error) -> Self {
        Self {
            refused: Some(error),
            steps: Vec::new(),
        }
    }

    /// Then this happens.
    #[must_use]
    pub fn event(self, event: ChatEvent) -> Self {
        self.step(Step::Event(event))
    }

    /// Then the words of this text.
    #[must_use]
    pub fn words(self, text: &str) -> Self {
        words(text)
            .into_iter()
            .fold(self, |reply, word| reply.event(ChatEvent::Text(word)))
    }

    /// Then the stream fails.
    #[must_use]
    pub fn fail(self, error: Error) -> Self {
        self.step(Step::Fail(error))
    }

    /// Then it waits (tokio's time).
    #[must_use]
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Wait(time))
    }

    /// Then it waits until the test adds a permit to `gate`.
    #[must_use]
    pub fn gate(self, gate: &Arc<Semaphore>) -> Self {
        self.step(Step::Gate(Arc::clone(gate)))
    }

    /// Then nothing comes any more.
    #[must_use]
    pub fn hang(self) -> Self {
        self.step(Step::Hang)
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    fn stream(self) -> ChatStream {
        let steps = stream::iter(self.steps).then(|step| async move {
            match step {
                Step::Event(event) => Some(Ok(event)),
                Step::Fail(error) => Some(Err(error)),
                Step::Wait(time) => {
                    tokio::time::sleep(time).await;
                    None
                }
                Step::Gate(gate) => {
                    // A closed gate is an open one.
                    if let Ok(permit) = gate.acquire().await {
                        permit.forget();
                    }
                    None
                }
                Step::Hang => std::future::pending().await,
            }
        });
        steps.filter_map(std::future::ready).boxed()
    }
}

/// A provider that plays [`Reply`]s in order and remembers its requests. Clones share the script.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    replies: VecDeque<Reply>,
    always: Option<Reply>,
    requests: Vec<ChatRequest>,
    embedded: Vec<Vec<String>>,
}

impl Scripted {
    /// A provider with an empty script, which answers with [`Error::BadRequest`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the answer of one call.
    pub fn push(&self, reply: Reply) {
        self.state.lock().replies.push_back(reply);
    }

    /// The answer of every call for which the script has none.
    pub fn always(&self, reply: Reply) {
        self.state.lock().always = Some(reply);
    }

    /// The chat requests so far, oldest first.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.state.lock().requests.clone()
    }

    /// The texts of every embedding call so far.
    pub fn embedded(&self) -> Vec<Vec<String>> {
        self.state.lock().embedded.clone()
    }

    /// How many scripted answers have not been asked for.
    pub fn left(&self) -> usize {
        self.state.lock().replies.len()
    }
}

#[async_trait]
impl ChatModel for Scripted {
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        let reply = {
            let mut state = self.state.lock();
            state.requests.push(request);
            state.replies.pop_front().or_else(|| state.always.clone())
        };
        let reply = reply.ok_or_else(|| Error::BadRequest("the script has no answer left".to_owned()))?;
        match reply.refused {
            Some(error) => Err(error),
            None => Ok(ctx.stop(reply.stream())),
        }
    }
}

#[async_trait]
impl Embedder for Scripted {
    async fn embed(&self, _model: &str, texts: Vec<String>, _ctx: &CallContext) -> Result<Embeddings, Error> {
        let vectors = texts.iter().map(|text| embed_text(text)).collect();
        let prompt_tokens = texts.iter().map(|text| super::count_tokens(text)).sum();
        self.state.lock().embedded.push(texts);
        Ok(Embeddings {
            vectors,
            prompt_tokens,
        })
    }
}

#[async_trait]
impl Catalog for Scripted {
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        Ok(vec![ModelInfo {
            name: "scripted".to_owned(),
            display_name: "Scripted".to_owned(),
            context_tokens: Some(128_000),
            output_tokens: None,
            capabilities: Capabilities {
                chat: true,
                embeddings: true,
                tools: true,
                vision: true,
                reasoning: true,
            },
        }])
    }
}

#[async_trait]
impl Provider for Scripted {
    fn kind(&self) -> &'static str {
        "mock"
    }
}
