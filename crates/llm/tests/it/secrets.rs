//! No secret appears in what can be printed or logged.

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex};

use llm::{
    Breakers, CallContext, ChatModel as _, ChatRequest, Connection, Limits, Message, Net, ProviderKind,
    Secret, Url, connect, guarded,
};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::dialects::dialects;
use crate::fake::{Answer, Fake};

const SECRETS: [&str; 4] = [
    "sk-conformance-0123456789",
    "tenant-secret-42",
    "hunter2-password",
    "query-secret-77",
];

fn check(what: impl Debug + std::fmt::Display) {
    for text in [format!("{what:?}"), format!("{what:#?}"), format!("{what}")] {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn secrets_and_connections_print_without_them() {
    let connection = Connection {
        base_url: Some(
            Url::parse("https://user:hunter2-password@example.com/v1?key=query-secret-77").unwrap(),
        ),
        api_key: Some(SECRETS[0].into()),
        headers: vec![("authorization".into(), SECRETS[1].into())],
        settings: json!({"token": "query-secret-77"}),
        ..Connection::new(ProviderKind::OpenAi)
    };
    let printed = format!("{connection:?} {connection:#?} {:?}", Secret::from(SECRETS[0]));
    for secret in SECRETS {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(
        printed.contains("https://example.com/v1") && printed.contains("authorization"),
        "{printed}"
    );
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// An upstream that quotes everything it was sent, with every log line of every crate on.
#[tokio::test]
async fn an_upstream_that_quotes_the_key_is_not_quoted() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let ctx = CallContext::default();
    for dialect in dialects() {
        let fake = Fake::start().await;
        let mut connection = dialect.connection(&fake);
        let url = connection.base_url.as_mut().unwrap();
        url.set_query(Some("key=query-secret-77"));
        let provider = connect(&connection, &Net::new()).unwrap();
        let provider = guarded(
            "Up",
            provider,
            Limits {
                retries: 1,
                ..Limits::default()
            },
            Arc::new(Breakers::default()),
        );
        let quote = format!("bad key {} of {} at {}", SECRETS[0], SECRETS[1], SECRETS[3]);
        let request = || ChatRequest::new("gemini-2.5-flash", vec![Message::user("a very private prompt")]);
        for status in [400, 401, 402, 404, 413, 429, 500] {
            // Passing failures are asked for once more.
            for _ in 0..if status >= 429 { 2 } else { 1 } {
                fake.push(Answer::json(status, &json!({"error": {"message": quote}})));
            }
            let error = provider.chat(request(), &ctx).await.err().unwrap();
            assert!(error.to_string().contains("bad key *** of *** at ***"), "{error}");
            check(error);
        }
        let failure = json!({"error": {"message": quote}, "type": "error"});
        for _ in 0..2 {
            fake.push(Answer::stream([format!("data: {failure}\n\n")]));
        }
        check(provider.chat(request(), &ctx).await.err().unwrap());
        let location = vec![("location", format!("/?{}", SECRETS[3]))];
        fake.push(Answer {
            status: 302,
            headers: location,
            body: Vec::new(),
        });
        check(provider.chat(request(), &ctx).await.err().unwrap());
        assert!(!format!("{:?}", provider.health()).contains(SECRETS[0]));
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("Trying a model call again"),
        "this crate logs at this level"
    );
    for secret in SECRETS.iter().chain(&["a very private prompt"]) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }
}
