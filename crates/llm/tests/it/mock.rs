//! The mock's models, with time paused.

use std::time::Duration;

use futures_util::StreamExt;
use llm::mock::{DIMENSIONS, embed_text, words};
use llm::{
    CallContext, ChatEvent, ChatRequest, Collected, Connection, Error, FinishReason, Message, Net, Provider,
    ProviderKind, connect,
};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

fn mock(settings: Value) -> std::sync::Arc<dyn Provider> {
    connect(
        &Connection {
            settings,
            ..Connection::new(ProviderKind::Mock)
        },
        &Net::new(),
    )
    .unwrap()
}

fn ask(model: &str, text: &str) -> ChatRequest {
    ChatRequest::new(
        model,
        vec![
            Message::user("earlier"),
            Message::assistant("yes"),
            Message::user(text),
        ],
    )
}

async fn collect(settings: Value, request: ChatRequest) -> Result<Collected, Error> {
    Collected::read(mock(settings).chat(request, &CallContext::default()).await?).await
}

#[tokio::test(start_paused = true)]
async fn echo_is_byte_equal_for_any_text() {
    for text in [
        "Hello there, Ünïcode ☃!",
        "  leading",
        "trailing \n",
        "a\n\nb\tc  d",
        "",
        "   ",
        "one",
        "日本語 テキスト\r\nx",
    ] {
        let stream = mock(Value::Null)
            .chat(ask("echo", text), &CallContext::default())
            .await
            .unwrap();
        let events: Vec<ChatEvent> = stream.map(Result::unwrap).collect().await;
        let pieces: Vec<String> = events
            .iter()
            .filter_map(|event| match event {
                ChatEvent::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(pieces.concat(), text);
        assert_eq!(pieces, words(text));
        assert!(matches!(
            events.last(),
            Some(ChatEvent::Finish(FinishReason::Stop))
        ));
    }
    assert_eq!(words("Hello there,  you\n"), ["Hello ", "there,  ", "you\n"]);
    let answer = collect(Value::Null, ask("echo", "three words here"))
        .await
        .unwrap();
    let usage = answer.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (5, 3));
}

#[tokio::test(start_paused = true)]
async fn words_come_at_the_pace_that_was_set() {
    let started = Instant::now();
    let settings =
        json!({"first_token_ms": 300, "tokens_per_second": 50, "models": {"lorem": {"tokens": 101}}});
    let answer = collect(settings.clone(), ask("lorem", "")).await.unwrap();
    assert_eq!(answer.text.split(' ').count(), 101);
    let took = started.elapsed();
    assert!(
        took >= Duration::from_millis(2300) && took < Duration::from_millis(2310),
        "{took:?}"
    );
    // A request may set its own pace; what it does not set stays.
    let mut request = ask("lorem", "");
    request
        .extra
        .insert("mock".into(), json!({"tokens": 11, "first_token_ms": 0}));
    let started = Instant::now();
    assert_eq!(
        collect(settings, request)
            .await
            .unwrap()
            .usage
            .unwrap()
            .completion_tokens,
        11
    );
    assert!(
        started.elapsed() < Duration::from_millis(210),
        "{:?}",
        started.elapsed()
    );
    // The limit of tokens holds.
    let mut request = ask("echo", "one two three");
    request.max_tokens = Some(2);
    let answer = collect(Value::Null, request).await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.finish),
        ("one two ", Some(FinishReason::Length))
    );
}

#[tokio::test(start_paused = true)]
async fn fail_fails_before_or_in_the_middle() {
    let error = collect(Value::Null, ask("fail", "")).await.unwrap_err();
    assert_eq!(error.to_string(), "Mock answered 500: the mock was told to fail");
    let settings = json!({"models": {"fail": {"status": 429, "message": "too fast", "after_tokens": 3}}});
    let mut stream = mock(settings)
        .chat(ask("fail", ""), &CallContext::default())
        .await
        .unwrap();
    for _ in 0..3 {
        assert!(matches!(stream.next().await, Some(Ok(ChatEvent::Text(_)))));
    }
    assert_eq!(
        stream.next().await.unwrap().unwrap_err().to_string(),
        "rate limited: too fast"
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn silent_says_nothing_until_it_is_cancelled() {
    let cancel = CancellationToken::new();
    let mut stream = mock(Value::Null)
        .chat(ask("silent", ""), &CallContext::new(cancel.clone()))
        .await
        .unwrap();
    assert!(
        tokio::time::timeout(Duration::from_hours(1), stream.next())
            .await
            .is_err()
    );
    cancel.cancel();
    assert!(matches!(stream.next().await, Some(Err(Error::Cancelled))));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_cancel_after_the_end_changes_nothing() {
    let cancel = CancellationToken::new();
    let mut stream = mock(Value::Null)
        .chat(ask("echo", "hi"), &CallContext::new(cancel.clone()))
        .await
        .unwrap();
    while !matches!(stream.next().await.unwrap().unwrap(), ChatEvent::Finish(_)) {}
    cancel.cancel();
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn vectors_are_the_same_each_time_and_near_when_words_are_shared() {
    let texts = [
        "The cat sat on the mat",
        "the CAT sat, on a mat",
        "Stock prices fell sharply",
    ];
    let embed = || async {
        let texts = texts.map(str::to_owned).to_vec();
        mock(Value::Null)
            .embed("embed", texts, &CallContext::default())
            .await
            .unwrap()
    };
    let first = embed().await;
    assert_eq!(first, embed().await);
    assert_eq!(first.prompt_tokens, 6 + 6 + 4);
    let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let [a, b, c] = [&first.vectors[0], &first.vectors[1], &first.vectors[2]];
    assert_eq!(a.len(), DIMENSIONS);
    assert!((cosine(a, a) - 1.0).abs() < 1e-5);
    assert!(cosine(a, b) > 0.7, "{}", cosine(a, b));
    assert!(cosine(a, c).abs() < 0.3, "{}", cosine(a, c));
    assert!((cosine(&embed_text(""), &embed_text("")) - 1.0).abs() < 1e-5);
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let message = |settings: Value| {
        let connection = Connection {
            settings,
            ..Connection::new(ProviderKind::Mock)
        };
        connect(&connection, &Net::new()).err().unwrap().to_string()
    };
    assert!(message(json!({"tokens_per_secnd": 5})).contains("unknown field `tokens_per_secnd`"));
    assert!(message(json!([])).contains("expected an object"));
    assert_eq!(
        collect(Value::Null, ask("nope", "")).await.unwrap_err().code(),
        "model_not_found"
    );
    let names: Vec<String> = mock(Value::Null)
        .models()
        .await
        .unwrap()
        .into_iter()
        .map(|model| model.name)
        .collect();
    assert_eq!(names, ["echo", "lorem", "fail", "silent", "embed"]);
    // Nonsense in a pace is no pace.
    for rate in [json!(0), json!(-5), json!(1e308)] {
        collect(json!({"tokens_per_second": rate}), ask("echo", "hi there"))
            .await
            .unwrap();
    }
}

/// 1,000 streams at 50 tokens a second, one second of them: each word in its time, all of them on one thread.
#[tokio::test(start_paused = true)]
async fn a_thousand_streams_at_once_keep_their_pace() {
    let provider = mock(json!({"tokens_per_second": 50, "models": {"lorem": {"tokens": 51}}}));
    let started = Instant::now();
    let streams = (0..1000).map(|_| {
        let provider = provider.clone();
        tokio::spawn(async move {
            let stream = provider
                .chat(ask("lorem", ""), &CallContext::default())
                .await
                .unwrap();
            Collected::read(stream)
                .await
                .unwrap()
                .usage
                .unwrap()
                .completion_tokens
        })
    });
    let mut words = 0;
    for stream in streams.collect::<Vec<_>>() {
        words += stream.await.unwrap();
    }
    assert_eq!(words, 51_000);
    assert!(
        started.elapsed() < Duration::from_millis(1010),
        "{:?}",
        started.elapsed()
    );
}
