//! The bodies of /v1 as the API document shows them. They are read and written by `llm`, which follows OpenAI's and Anthropic's
//! references; these types say which fields matter here.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// `POST /v1/chat/completions`. Any other field of OpenAI's format goes on to upstreams that speak it.
#[derive(Serialize, JsonSchema)]
pub struct ChatCompletionBody {
    /// `<connection's slug>/<model>`, as `/v1/models` lists it.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Value>,
    /// Answer with server-sent events.
    pub stream: Option<bool>,
    /// `{"include_usage": true}` ends the stream with a chunk of usage.
    pub stream_options: Option<Value>,
    /// What the model may call.
    pub tools: Option<Vec<Value>>,
    /// Whether it may, must or must not call a tool.
    pub tool_choice: Option<Value>,
    /// Most tokens of the answer.
    pub max_completion_tokens: Option<u32>,
    /// The older name of the same.
    pub max_tokens: Option<u32>,
    /// Randomness, 0 to 2.
    pub temperature: Option<f32>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f32>,
    /// One text or several that end the answer.
    pub stop: Option<Value>,
    /// The form of the answer.
    pub response_format: Option<Value>,
    /// How long a reasoning model thinks.
    pub reasoning_effort: Option<String>,
}

/// A whole answer.
#[derive(Serialize, JsonSchema)]
pub struct ChatCompletionAnswer {
    /// `chatcmpl-…`
    pub id: String,
    /// `chat.completion`
    pub object: String,
    /// Seconds since 1970.
    pub created: i64,
    /// The model that answered.
    pub model: String,
    /// One choice, with the message and why it ended.
    pub choices: Vec<Value>,
    /// What was used.
    pub usage: Value,
}

/// `POST /v1/responses`. Nothing is stored, so `previous_response_id`, `conversation` and `store: true` are refused.
#[derive(Serialize, JsonSchema)]
pub struct ResponsesBody {
    /// `<connection's slug>/<model>`, as `/v1/models` lists it.
    pub model: String,
    /// A text, or the items of the conversation, oldest first.
    pub input: Value,
    /// What stands before them.
    pub instructions: Option<String>,
    /// Answer with server-sent events.
    pub stream: Option<bool>,
    /// Functions that the model may call.
    pub tools: Option<Vec<Value>>,
    /// Whether it may, must or must not call one.
    pub tool_choice: Option<Value>,
    /// Most tokens of the answer.
    pub max_output_tokens: Option<u32>,
    /// Randomness, 0 to 2.
    pub temperature: Option<f32>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f32>,
    /// The form of the answer, under `format`.
    pub text: Option<Value>,
    /// How long a reasoning model thinks, under `effort`.
    pub reasoning: Option<Value>,
}

/// A whole response.
#[derive(Serialize, JsonSchema)]
pub struct ResponsesAnswer {
    /// `resp_…`
    pub id: String,
    /// `response`
    pub object: String,
    /// Seconds since 1970.
    pub created_at: i64,
    /// `completed`, or `incomplete` with the reason under `incomplete_details`.
    pub status: String,
    /// The model that answered.
    pub model: String,
    /// What it thought, said and wants to call.
    pub output: Vec<Value>,
    /// What was used.
    pub usage: Value,
}

/// `POST /v1/messages`. Any other field of Anthropic's format goes on to upstreams that speak it.
#[derive(Serialize, JsonSchema)]
pub struct MessagesBody {
    /// `<connection's slug>/<model>`, as `/v1/models` lists it.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Value>,
    /// Most tokens of the answer. Only a question how long the prompt is leaves it out.
    pub max_tokens: Option<u32>,
    /// What stands before the conversation: a text, or texts with cache breakpoints.
    pub system: Option<Value>,
    /// Answer with server-sent events.
    pub stream: Option<bool>,
    /// What the model may call.
    pub tools: Option<Vec<Value>>,
    /// Whether it may, must or must not call a tool.
    pub tool_choice: Option<Value>,
    /// Texts that end the answer.
    pub stop_sequences: Option<Vec<String>>,
    /// Randomness, 0 to 1.
    pub temperature: Option<f32>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f32>,
    /// How a reasoning model thinks.
    pub thinking: Option<Value>,
}

/// A whole message.
#[derive(Serialize, JsonSchema)]
pub struct MessagesAnswer {
    /// `msg_…`
    pub id: String,
    /// `message`
    #[serde(rename = "type")]
    pub kind: String,
    /// `assistant`
    pub role: String,
    /// The model that answered.
    pub model: String,
    /// What it thought, said and wants to call.
    pub content: Vec<Value>,
    /// `end_turn`, `max_tokens`, `tool_use` or `refusal`.
    pub stop_reason: String,
    /// What was used; the prompt is parted into fresh, written to the provider's cache, and read from it.
    pub usage: Value,
}

/// The length of a prompt.
#[derive(Serialize, JsonSchema)]
pub struct TokenCount {
    /// An estimate from its bytes.
    pub input_tokens: u64,
}

/// `POST /v1/embeddings`.
#[derive(Serialize, JsonSchema)]
pub struct EmbeddingsBody {
    /// `<connection's slug>/<model>`, as `/v1/models` lists it.
    pub model: String,
    /// One text or a list of texts.
    pub input: Value,
    /// `float` or `base64`.
    pub encoding_format: Option<String>,
    /// The length of the vectors; only that of the model.
    pub dimensions: Option<u32>,
}

/// The vectors.
#[derive(Serialize, JsonSchema)]
pub struct EmbeddingsAnswer {
    /// `list`
    pub object: String,
    /// One entry a text, in order.
    pub data: Vec<Value>,
    /// The model that made them.
    pub model: String,
    /// What was used.
    pub usage: Value,
}

/// The models of `/v1/models`.
#[derive(Serialize, JsonSchema)]
pub struct GatewayModelList {
    /// `list`
    pub object: String,
    /// The models.
    pub data: Vec<GatewayModel>,
}

/// One model of `/v1/models`.
#[derive(Serialize, JsonSchema)]
pub struct GatewayModel {
    /// `<connection's slug>/<model>`
    pub id: String,
    /// `model`
    pub object: String,
    /// When its connection was made, in seconds since 1970.
    pub created: i64,
    /// The slug of its connection.
    pub owned_by: String,
}
