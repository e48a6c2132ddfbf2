//! One suite that every provider over HTTP runs: the same things happen to each, in its own dialect, and callers see the same.

use std::time::Duration;

use futures_util::StreamExt;
use llm::{CallContext, ChatEvent, Error, FinishReason, Limits, ProviderKind, Usage};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::dialects::{SAID, dialects, read};
use crate::fake::{Answer, Piece};

#[tokio::test]
async fn an_answer_streams_and_the_key_is_sent() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        bench.fake.push(Answer::stream(bench.dialect.whole()));
        let (answer, error) = read(bench.chat().await.unwrap()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(answer.text, SAID);
        assert_eq!(answer.finish, Some(FinishReason::Stop));
        assert_eq!(
            answer.usage,
            Some(Usage {
                prompt_tokens: 5,
                completion_tokens: 3,
                ..Usage::default()
            })
        );
        let asked = &bench.fake.asked()[0];
        assert_eq!(
            format!("{} {}", asked.method, asked.uri),
            format!("POST {}", bench.dialect.chat)
        );
        let (name, value) = bench.dialect.key;
        assert_eq!(asked.headers[name], value);
        assert_eq!(asked.headers["x-tenant"], "tenant-secret-42");
        assert_eq!(asked.headers["content-type"], "application/json");
        assert!(asked.headers["user-agent"].to_str().unwrap().starts_with("Stoa/"));
    }
}

#[tokio::test]
async fn a_slow_answer_with_keep_alives_between_arrives_whole() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let mut answer = Answer::stream(Vec::<String>::new());
        for event in bench.dialect.whole() {
            let (head, tail) = event.as_bytes().split_at(event.len() / 2);
            answer = answer
                .then(Piece::Bytes(bench.dialect.keep_alive.into()))
                .then(Piece::Bytes(head.to_vec()))
                .then(Piece::Wait(Duration::from_millis(10)))
                .then(Piece::Bytes(tail.to_vec()));
        }
        bench.fake.push(answer);
        let provider = bench.guarded(Limits::default());
        let (answer, error) = read(
            provider
                .chat(bench.request(), &CallContext::default())
                .await
                .unwrap(),
        )
        .await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(
            (answer.text.as_str(), answer.finish),
            (SAID, Some(FinishReason::Stop))
        );
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_after_what_was_said() {
    for ending in [Piece::Break, Piece::Bytes(Vec::new())] {
        for dialect in dialects() {
            let bench = dialect.bench().await;
            bench.fake.push(
                Answer::stream(bench.dialect.begun())
                    .then(Piece::Wait(Duration::from_millis(20)))
                    .then(ending.clone()),
            );
            let (answer, error) = read(bench.chat().await.unwrap()).await;
            let error = error.unwrap();
            assert_eq!((answer.text.as_str(), answer.finish), (SAID, None));
            assert!(
                matches!(&error, Error::Protocol(message) if message.contains("cut off")),
                "{error}"
            );
            assert!(error.is_passing());
        }
    }
}

#[tokio::test]
async fn an_upstream_that_keeps_the_connection_open_after_its_end_does_not_hold_up_the_answer() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        bench
            .fake
            .push(Answer::stream(bench.dialect.whole()).then(Piece::Hang));
        let read = tokio::time::timeout(Duration::from_secs(10), read(bench.chat().await.unwrap()));
        let (answer, error) = read.await.expect("the answer is complete");
        assert!(error.is_none(), "{error:?}");
        assert_eq!(
            (
                answer.text.as_str(),
                answer.usage.map(|usage| usage.completion_tokens)
            ),
            (SAID, Some(3))
        );
    }
}

#[tokio::test]
async fn keep_alives_alone_do_not_keep_a_call_alive() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let limits = Limits {
            inactivity: Duration::from_millis(600),
            ..Limits::default()
        };
        let provider = bench.guarded(limits);
        let endless = |mut answer: Answer| {
            for _ in 0..1000 {
                answer = answer
                    .then(Piece::Bytes(bench.dialect.keep_alive.into()))
                    .then(Piece::Wait(Duration::from_millis(10)));
            }
            answer
        };
        // Before the first event, and after it.
        bench.fake.push(endless(Answer::stream(Vec::<String>::new())));
        let error = provider
            .chat(bench.request(), &CallContext::default())
            .await
            .err()
            .unwrap();
        assert!(matches!(error, Error::Inactive { .. }), "{error}");
        bench.fake.push(endless(Answer::stream(bench.dialect.begun())));
        let (answer, error) = read(
            provider
                .chat(bench.request(), &CallContext::default())
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(answer.text, SAID);
        assert_eq!(error.unwrap().to_string(), "FabriX API sent nothing for 0.6 s");
        assert_eq!(bench.fake.asked().len(), 2, "silence is not repeated");
    }
}

#[tokio::test]
async fn cancelling_and_dropping_end_the_call_upstream() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let ended = || async {
            let permit = tokio::time::timeout(Duration::from_secs(10), bench.fake.dropped.acquire()).await;
            permit.expect("the upstream must see the end").unwrap().forget();
        };
        let cancel = CancellationToken::new();
        bench
            .fake
            .push(Answer::stream(bench.dialect.begun()).then(Piece::Hang));
        let mut stream = bench
            .provider
            .chat(bench.request(), &CallContext::new(cancel.clone()))
            .await
            .unwrap();
        while !matches!(stream.next().await.unwrap().unwrap(), ChatEvent::Text(_)) {}
        cancel.cancel();
        let (_, error) = read(stream).await;
        assert!(matches!(error, Some(Error::Cancelled)), "{error:?}");
        ended().await;

        bench
            .fake
            .push(Answer::stream(bench.dialect.begun()).then(Piece::Hang));
        let stream = bench.chat().await.unwrap();
        drop(stream);
        ended().await;
    }
}

#[tokio::test]
async fn models_are_listed_and_a_connection_is_tested() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let list = match bench.dialect.kind {
            ProviderKind::Gemini => {
                json!({"models": [{"name": "models/gemini-2.5-flash", "displayName": "Gemini 2.5 Flash",
                "inputTokenLimit": 1000, "outputTokenLimit": 100, "supportedGenerationMethods": ["generateContent"]}]})
            }
            ProviderKind::Anthropic => {
                json!({"data": [{"id": "claude-sonnet-4-5", "display_name": "Claude Sonnet 4.5"}],
                "has_more": false})
            }
            _ => json!({"object": "list", "data": [{"id": "gpt-5"}]}),
        };
        bench.fake.push(Answer::json(200, &list));
        let models = bench.provider.models().await.unwrap();
        assert_eq!(models.len(), 1);
        assert_eq!(models[0].name, bench.dialect.model);
        assert!(
            models[0].capabilities.chat && models[0].capabilities.reasoning && models[0].capabilities.vision
        );

        bench.fake.push(Answer::json(200, &list));
        assert_eq!(bench.provider.test().await.unwrap().models, 1);
        bench
            .fake
            .push(Answer::json(401, &(bench.dialect.failure)("who are you")));
        assert_eq!(
            bench.provider.test().await.unwrap_err().code(),
            "upstream_authentication"
        );
        bench.fake.push(Answer::json(200, &json!("surprise")));
        assert_eq!(
            bench.provider.test().await.unwrap_err().code(),
            "upstream_protocol"
        );
    }
}

#[tokio::test]
async fn texts_are_embedded_in_batches_where_the_provider_can() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let texts: Vec<String> = (0..300).map(|n| format!("text {n}")).collect();
        let batch = match bench.dialect.kind {
            ProviderKind::Gemini => 100,
            ProviderKind::OpenAi => 256,
            _ => {
                let error = bench
                    .provider
                    .embed("x", texts, &CallContext::default())
                    .await
                    .unwrap_err();
                assert_eq!(error.code(), "invalid_request");
                continue;
            }
        };
        for part in texts.chunks(batch) {
            let count = part.len();
            let answer = if bench.dialect.kind == ProviderKind::Gemini {
                let vectors: Vec<Value> = (0..count).map(|n| json!({"values": [n as f32, 0.5]})).collect();
                json!({"embeddings": vectors, "usageMetadata": {"promptTokenCount": count}})
            } else {
                // Out of order.
                let vectors: Vec<Value> = (0..count)
                    .rev()
                    .map(|n| json!({"index": n, "embedding": [n as f32, 0.5]}))
                    .collect();
                json!({"data": vectors, "usage": {"prompt_tokens": count, "total_tokens": count}})
            };
            bench.fake.push(Answer::json(200, &answer));
        }
        let embeddings = bench
            .provider
            .embed("embedding-001", texts, &CallContext::default())
            .await
            .unwrap();
        assert_eq!((embeddings.vectors.len(), embeddings.prompt_tokens), (300, 300));
        assert_eq!(
            (&embeddings.vectors[1], &embeddings.vectors[299]),
            (&vec![1.0, 0.5], &vec![(299 % batch) as f32, 0.5])
        );

        bench
            .fake
            .push(Answer::json(200, &json!({"data": [], "embeddings": []})));
        let error = bench
            .provider
            .embed("embedding-001", vec!["x".into()], &CallContext::default())
            .await
            .unwrap_err();
        assert_eq!(error.code(), "upstream_protocol");
    }
}

#[tokio::test]
async fn a_rejected_form_is_sent_again_in_the_other_and_remembered() {
    let [openai, anthropic, _] = dialects();
    let bench = openai.bench().await;
    let mut request = bench.request();
    request.max_tokens = Some(5);
    let rejection = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    bench
        .fake
        .push(Answer::json(400, &(bench.dialect.failure)(rejection)));
    for _ in 0..2 {
        bench.fake.push(Answer::stream(bench.dialect.whole()));
        let (answer, _) = read(
            bench
                .provider
                .chat(request.clone(), &CallContext::default())
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(answer.text, SAID);
    }
    let names: Vec<bool> = bench
        .fake
        .asked()
        .iter()
        .map(|asked| asked.body["max_tokens"].is_number())
        .collect();
    assert_eq!(names, [true, false, false]);
    // A rejection for another reason is the caller's to see.
    bench.fake.push(Answer::json(
        400,
        &(bench.dialect.failure)("no such parameter: foo"),
    ));
    assert_eq!(bench.fails().await.code(), "invalid_request");
    assert_eq!(bench.fake.asked().len(), 4);

    let bench = anthropic.bench().await;
    let mut request = bench.request();
    request.reasoning_effort = Some("high".into());
    bench.fake.push(Answer::json(
        400,
        &(bench.dialect.failure)("thinking.type: `enabled` is not supported, use `adaptive`"),
    ));
    for _ in 0..2 {
        bench.fake.push(Answer::stream(bench.dialect.whole()));
        let stream = bench
            .provider
            .chat(request.clone(), &CallContext::default())
            .await;
        assert_eq!(read(stream.unwrap()).await.0.text, SAID);
    }
    let types: Vec<String> = bench
        .fake
        .asked()
        .iter()
        .map(|asked| asked.body["thinking"]["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, ["enabled", "adaptive", "adaptive"]);
}

#[tokio::test]
async fn an_answer_in_one_piece_is_an_answer() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let body = match bench.dialect.kind {
            ProviderKind::OpenAi => {
                json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": SAID},
                "finish_reason": "stop"}], "usage": {"prompt_tokens": 5, "completion_tokens": 3}})
            }
            ProviderKind::Anthropic => json!({"type": "message", "content": [{"type": "text", "text": SAID}],
                "stop_reason": "end_turn", "usage": {"input_tokens": 5, "output_tokens": 3}}),
            _ => json!([{"candidates": [{"content": {"parts": [{"text": SAID}]}, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 3}}]),
        };
        bench.fake.push(Answer::json(200, &body));
        let (answer, error) = read(bench.chat().await.unwrap()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(
            (answer.text.as_str(), answer.finish),
            (SAID, Some(FinishReason::Stop))
        );
        assert_eq!(answer.usage.unwrap().prompt_tokens, 5);
    }
}
