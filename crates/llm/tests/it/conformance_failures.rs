//! The same suite for what goes wrong: refusals, limits, broken streams and hosts that are not there become the same errors.

use std::time::Duration;

use llm::{CallContext, ChatRequest, Error, Limits, Message, Net, connect};

use crate::dialects::{SAID, data, dialects, read};
use crate::fake::{Answer, Fake, Piece};

#[tokio::test]
async fn statuses_and_bodies_become_errors_with_the_upstreams_words() {
    let table = [
        (400, "invalid_request"),
        (401, "upstream_authentication"),
        (403, "upstream_authentication"),
        (402, "insufficient_quota"),
        (404, "model_not_found"),
        (413, "context_length_exceeded"),
        (500, "upstream_error"),
        (502, "upstream_error"),
        (503, "upstream_error"),
        (529, "upstream_error"),
    ];
    for dialect in dialects() {
        let bench = dialect.bench().await;
        for (status, code) in table {
            bench.fake.push(Answer::json(
                status,
                &(bench.dialect.failure)("the upstream's own words"),
            ));
            let error = bench.fails().await;
            assert_eq!(error.code(), code, "{} {status}: {error}", bench.dialect.kind);
            assert!(error.to_string().contains("the upstream's own words"), "{error}");
        }
        bench.fake.push(Answer::json(
            400,
            &(bench.dialect.failure)("prompt is too long: 9 tokens"),
        ));
        assert_eq!(bench.fails().await.code(), "context_length_exceeded");
    }
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back_and_the_guard_comes_back() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let limited = |after: &str| {
            Answer::json(429, &(bench.dialect.failure)("slow down")).header("retry-after", after)
        };
        bench.fake.push(limited("3"));
        let error = bench.fails().await;
        assert!(matches!(&error, Error::RateLimited { .. }), "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));

        bench.fake.push(limited("0"));
        bench
            .fake
            .push(Answer::json(503, &(bench.dialect.failure)("busy")).header("retry-after", "0"));
        bench.fake.push(Answer::stream(bench.dialect.whole()));
        let provider = bench.guarded(Limits::default());
        let (answer, _) = read(
            provider
                .chat(bench.request(), &CallContext::default())
                .await
                .unwrap(),
        )
        .await;
        assert_eq!((answer.text.as_str(), bench.fake.asked().len()), (SAID, 4));
    }
}

#[tokio::test]
async fn an_error_inside_the_stream_is_the_last_event() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let failure = data((bench.dialect.failure)("lost the GPU"));
        bench
            .fake
            .push(Answer::stream(bench.dialect.begun().into_iter().chain([failure])).then(Piece::Hang));
        let (answer, error) = read(bench.chat().await.unwrap()).await;
        assert_eq!(answer.text, SAID);
        let error = error.unwrap();
        assert!(
            matches!(&error, Error::Upstream { status: 500, message, .. } if message == "lost the GPU"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_line_without_an_end_is_refused() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let mut answer = Answer::stream(bench.dialect.begun()).then(Piece::Bytes(b"data: \"".to_vec()));
        for _ in 0..64 {
            answer = answer.then(Piece::Bytes(vec![b'x'; 64 * 1024]));
        }
        bench.fake.push(answer.then(Piece::Hang));
        let (answer, error) = read(bench.chat().await.unwrap()).await;
        assert_eq!(answer.text, SAID);
        assert!(
            matches!(error, Some(Error::Protocol(message)) if message.contains("more than 1048576 bytes"))
        );
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for dialect in dialects() {
        let bench = dialect.bench().await;
        let target = bench.fake.url("/elsewhere").to_string();
        bench.fake.push(Answer {
            status: 307,
            headers: vec![("location", target)],
            body: Vec::new(),
        });
        let error = bench.fails().await;
        assert!(
            error.to_string().contains("redirects are not followed"),
            "{error}"
        );
        assert_eq!(bench.fake.asked().len(), 1);
    }
}

#[tokio::test]
async fn who_is_not_there_is_unreachable() {
    for dialect in dialects() {
        let fake = Fake::start().await;
        let mut connection = dialect.connection(&fake);
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        connection
            .base_url
            .as_mut()
            .unwrap()
            .set_port(Some(port))
            .unwrap();
        let provider = connect(&connection, &Net::new()).unwrap();
        let request = ChatRequest::new(dialect.model, vec![Message::user("Hello?")]);
        let error = provider
            .chat(request, &CallContext::default())
            .await
            .err()
            .unwrap();
        assert_eq!(
            (error.code(), error.http_status(), error.is_passing()),
            ("upstream_unreachable", 503, true)
        );
        assert_eq!(error.to_string(), "FabriX API cannot be reached");
    }
}

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    for dialect in dialects() {
        let fake = Fake::start().await;
        let mut connection = dialect.connection(&fake);
        connection.allow_private = false;
        let error = connect(&connection, &Net::new()).err().unwrap();
        assert!(matches!(error, Error::AddressRefused(_)), "{error}");
        // A name that leads there is found out when it is resolved.
        connection
            .base_url
            .as_mut()
            .unwrap()
            .set_host(Some("localhost"))
            .unwrap();
        let provider = connect(&connection, &Net::new()).unwrap();
        let request = ChatRequest::new(dialect.model, vec![Message::user("Hello?")]);
        let error = provider
            .chat(request, &CallContext::default())
            .await
            .err()
            .unwrap();
        assert!(matches!(error, Error::AddressRefused(_)), "{error}");
        assert!(fake.asked().is_empty());
    }
}
