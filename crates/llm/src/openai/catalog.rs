//! Lists of models in the forms that OpenAI-compatible upstreams send.
//!
//! OpenAI and Ollama send names alone, so what a model can do is guessed from its name; OpenRouter, vLLM, Mistral, Groq,
//! Together and llama.cpp say more, and what they say wins.

use serde_json::Value;

use crate::{Capabilities, Error, ModelInfo};

/// Reads `{"data": […]}`, `{"models": […]}` or a bare list.
pub(super) fn parse(body: &Value) -> Result<Vec<ModelInfo>, Error> {
    let list = body.get("data").or_else(|| body.get("models")).unwrap_or(body);
    let items = list
        .as_array()
        .ok_or_else(|| Error::Protocol("the answer is no list of models".to_owned()))?;
    let mut models: Vec<ModelInfo> = items.iter().filter_map(model).collect();
    models.sort_by(|a, b| a.name.cmp(&b.name));
    models.dedup_by(|a, b| a.name == b.name);
    Ok(models)
}

fn model(item: &Value) -> Option<ModelInfo> {
    let name = ["id", "name", "model"]
        .iter()
        .find_map(|field| item.get(field)?.as_str())?;
    let display_name = ["name", "display_name"]
        .iter()
        .find_map(|field| item.get(field)?.as_str())
        .unwrap_or(name);
    let number = |paths: &[&str]| {
        paths
            .iter()
            .find_map(|path| item.pointer(path)?.as_u64())
            .filter(|number| *number > 0)
    };
    Some(ModelInfo {
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        context_tokens: number(&[
            "/context_length",
            "/max_model_len",
            "/context_window",
            "/max_context_length",
            "/meta/n_ctx",
            "/meta/n_ctx_train",
        ]),
        output_tokens: number(&[
            "/top_provider/max_completion_tokens",
            "/max_completion_tokens",
            "/max_output_tokens",
        ]),
        capabilities: capabilities(name, item),
    })
}

fn capabilities(name: &str, item: &Value) -> Capabilities {
    let mut found = guess(name);
    let list = |path: &str| item.pointer(path).and_then(Value::as_array);
    let has = |list: &[Value], word: &str| list.iter().any(|value| value.as_str() == Some(word));
    // OpenRouter.
    if let Some(inputs) = list("/architecture/input_modalities") {
        found.vision = has(inputs, "image");
    }
    if let Some(outputs) = list("/architecture/output_modalities") {
        found.chat = has(outputs, "text");
        found.embeddings = has(outputs, "embeddings");
    }
    if let Some(parameters) = list("/supported_parameters") {
        found.tools = has(parameters, "tools");
        found.reasoning = has(parameters, "reasoning");
    }
    // Mistral.
    let flag = |path: &str| item.pointer(path).and_then(Value::as_bool);
    found.chat = flag("/capabilities/completion_chat").unwrap_or(found.chat);
    found.tools = flag("/capabilities/function_calling").unwrap_or(found.tools);
    found.vision = flag("/capabilities/vision").unwrap_or(found.vision);
    // Together.
    match item.get("type").and_then(Value::as_str) {
        Some("embedding") => {
            found = Capabilities {
                embeddings: true,
                ..Capabilities::default()
            }
        }
        Some("image" | "audio" | "rerank" | "moderation" | "video") => found = Capabilities::default(),
        _ => {}
    }
    found
}

/// What the name says. A chat model is taken to call tools: most do, and a model that cannot says so when asked.
fn guess(name: &str) -> Capabilities {
    const EMBEDDINGS: &[&str] = &["embed", "bge-", "minilm", "gte-", "e5-"];
    const NO_CHAT: &[&str] = &[
        "whisper",
        "tts",
        "dall-e",
        "image",
        "moderation",
        "realtime",
        "transcribe",
        "sora",
        "babbage",
        "davinci",
        "rerank",
        "guard",
        "audio",
        "instruct-0914",
    ];
    const VISION: &[&str] = &[
        "gpt-4o",
        "gpt-4.1",
        "gpt-4-turbo",
        "gpt-5",
        "llava",
        "vision",
        "-vl",
        "pixtral",
        "gemma3",
        "gemma-3",
        "claude",
        "gemini",
        "llama-4",
    ];
    const REASONING: &[&str] = &[
        "gpt-5",
        "gpt-oss",
        "deepseek-r",
        "qwq",
        "qwen3",
        "reason",
        "think",
        "magistral",
    ];
    let name = name.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let base = name.rsplit('/').next().unwrap_or(&name);
    let o_series = ["o1", "o3", "o4"].iter().any(|series| base.starts_with(series));
    if says(EMBEDDINGS) {
        return Capabilities {
            embeddings: true,
            ..Capabilities::default()
        };
    }
    if says(NO_CHAT) {
        return Capabilities::default();
    }
    Capabilities {
        chat: true,
        embeddings: false,
        tools: true,
        vision: says(VISION) || (o_series && !base.contains("mini")) || base.starts_with("o4"),
        reasoning: o_series || says(REASONING),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `name context output letters` for each model; the letters are those of what it can do.
    fn check(body: Value, expected: &[&str]) {
        let lines: Vec<String> = parse(&body).unwrap().iter().map(line).collect();
        assert_eq!(lines, expected);
    }

    fn line(model: &ModelInfo) -> String {
        let Capabilities {
            chat,
            embeddings,
            tools,
            vision,
            reasoning,
        } = model.capabilities;
        let letters: String = [
            (chat, 'c'),
            (embeddings, 'e'),
            (tools, 't'),
            (vision, 'v'),
            (reasoning, 'r'),
        ]
        .iter()
        .filter_map(|(can, letter)| can.then_some(*letter))
        .collect();
        let (context, output) = (
            model.context_tokens.unwrap_or(0),
            model.output_tokens.unwrap_or(0),
        );
        format!("{} {context} {output} {letters}", model.name)
    }

    #[test]
    fn names_alone() {
        let names = [
            "gpt-5",
            "gpt-4o-mini",
            "o3",
            "text-embedding-3-small",
            "whisper-1",
            "llama3.2:3b",
            "dall-e-3",
            "gpt-5",
        ];
        let data: Vec<Value> = names
            .iter()
            .map(|name| json!({"id": name, "object": "model"}))
            .collect();
        check(
            json!({"object": "list", "data": data}),
            &[
                "dall-e-3 0 0 ",
                "gpt-4o-mini 0 0 ctv",
                "gpt-5 0 0 ctvr",
                "llama3.2:3b 0 0 ct",
                "o3 0 0 ctvr",
                "text-embedding-3-small 0 0 e",
                "whisper-1 0 0 ",
            ],
        );
    }

    #[test]
    fn those_who_say_more() {
        check(
            json!({"data": [
                {"id": "meta/x", "name": "X", "context_length": 131_072, "top_provider": {"max_completion_tokens": 8192},
                 "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
                 "supported_parameters": ["temperature", "tools", "reasoning"]},
                {"id": "vllm", "max_model_len": 4096},
                {"id": "mistral", "max_context_length": 32_768,
                 "capabilities": {"completion_chat": true, "function_calling": false, "vision": true}},
                {"id": "llama.gguf", "meta": {"n_ctx_train": 2048}},
            ]}),
            &[
                "llama.gguf 2048 0 ct",
                "meta/x 131072 8192 ctvr",
                "mistral 32768 0 cv",
                "vllm 4096 0 ct",
            ],
        );
        check(
            json!([{"id": "b", "type": "embedding"}, {"id": "a", "type": "chat"}]),
            &["a 0 0 ct", "b 0 0 e"],
        );
        assert!(matches!(parse(&json!({"error": "x"})), Err(Error::Protocol(_))));
    }
}
