//! A gateway of agents over HTTP: what it is asked, and how it fails.

use std::time::Duration;

use futures_util::StreamExt;
use llm::{
    Breakers, CallContext, ChatRequest, Collected, Connection, Error, Limits, Message, Net, Provider,
    ProviderKind, Upload, connect, guarded,
};
use serde_json::{Value, json};

use crate::fake::{Answer, Fake, Piece};

fn connection(fake: &Fake) -> Connection {
    Connection {
        name: "FabriX API".to_owned(),
        base_url: Some(fake.url("/company")),
        api_key: Some("token-0123456789".into()),
        headers: vec![
            ("x-fabrix-client".to_owned(), "client-0123456789".into()),
            ("x-generative-ai-user-email".to_owned(), "ada@example.com".into()),
        ],
        settings: json!({"rag": true}),
        allow_private: true,
        ..Connection::new(ProviderKind::Fabrix)
    }
}

fn provider(fake: &Fake) -> std::sync::Arc<dyn Provider> {
    connect(&connection(fake), &Net::new()).unwrap()
}

fn ask() -> ChatRequest {
    ChatRequest::new(
        "agent-7",
        vec![
            Message::system("Be brief."),
            Message::user("Hello"),
            Message::assistant("Hi."),
            Message::user("How are you?"),
        ],
    )
}

fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

#[tokio::test]
async fn an_agent_is_asked_with_the_texts_in_turn() {
    let fake = Fake::start().await;
    fake.push(Answer::stream([
        data(&json!({"content": "Well, "})),
        data(&json!({"content": "thanks."})),
    ]));
    let stream = provider(&fake)
        .chat(ask(), &CallContext::default())
        .await
        .unwrap();
    let answer = Collected::read(stream).await.unwrap();
    assert_eq!(answer.text, "Well, thanks.");
    let used = answer.usage.unwrap();
    assert_eq!(
        (used.prompt_tokens, used.completion_tokens),
        (8, 4),
        "four bytes a token"
    );
    let asked = &fake.asked()[0];
    assert_eq!(asked.uri.path(), "/company/openapi/agent-chat/v1/agent-messages");
    assert_eq!(
        asked.body,
        json!({"agentId": "agent-7", "contents": ["Be brief.\n\nHello", "Hi.", "How are you?"], "isStream": true,
            "isRagOn": true})
    );
    for (name, value) in [
        ("x-openapi-token", "token-0123456789"),
        ("x-fabrix-client", "client-0123456789"),
        ("x-generative-ai-user-email", "ada@example.com"),
    ] {
        assert_eq!(asked.headers[name], value);
    }
}

#[tokio::test]
async fn agents_are_listed_page_by_page() {
    let fake = Fake::start().await;
    let page = |from: usize, count: usize| {
        let agents: Vec<Value> = (from..from + count)
            .map(|number| json!({"agentId": format!("agent-{number}"), "name": format!("Agent {number}")}))
            .collect();
        Answer::json(200, &json!({"agents": agents}))
    };
    fake.push(page(0, 100));
    fake.push(page(100, 7));
    let agents = provider(&fake).models().await.unwrap();
    assert_eq!(agents.len(), 107);
    assert_eq!(agents[106].display_name, "Agent 106");
    let asked: Vec<String> = fake.asked().iter().map(|asked| asked.uri.to_string()).collect();
    let path = "/company/openapi/agent-chat/v1/agents?page=";
    assert_eq!(
        asked,
        [format!("{path}1&limit=100"), format!("{path}2&limit=100")]
    );
}

#[tokio::test]
async fn a_list_that_repeats_itself_ends() {
    let fake = Fake::start().await;
    let agents: Vec<Value> = (0..100).map(|number| json!({"agentId": number})).collect();
    fake.push(Answer::json(200, &json!(agents)));
    fake.push(Answer::json(200, &json!(agents)));
    assert_eq!(provider(&fake).models().await.unwrap().len(), 100);
}

#[tokio::test]
async fn failures_name_the_gateway() {
    let fake = Fake::start().await;
    let upstream = provider(&fake);
    let fails = async |answer: Answer| {
        fake.push(answer);
        match upstream.chat(ask(), &CallContext::default()).await {
            Ok(mut stream) => loop {
                match stream.next().await {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return error,
                    None => panic!("the answer is complete"),
                }
            },
            Err(error) => error,
        }
    };
    let cases = [
        (Answer::json(500, &json!({"message": "it burns"})), 502),
        (Answer::json(401, &json!({"message": "no token"})), 502),
        (
            Answer::stream([data(&json!({"content": "Well"}))])
                .then(Piece::Wait(Duration::from_millis(20)))
                .then(Piece::Break),
            502,
        ),
        (
            Answer::stream([data(&json!({"error": {"message": "it burns"}}))]),
            502,
        ),
        (Answer::stream(["data: no json\n\n"]), 502),
    ];
    for (answer, status) in cases {
        let error = fails(answer).await;
        assert_eq!(error.http_status(), status, "{error}");
        assert!(error.to_string().contains("FabriX API"), "{error}");
    }
}

#[tokio::test]
async fn a_slow_gateway_times_out_by_its_name() {
    let fake = Fake::start().await;
    fake.push(Answer::stream([""; 0]).then(Piece::Hang));
    let limits = Limits {
        total: Duration::from_millis(300),
        retries: 0,
        ..Limits::default()
    };
    let guarded = guarded(
        "FabriX API",
        provider(&fake),
        limits,
        std::sync::Arc::new(Breakers::default()),
    );
    let error = llm::ChatModel::chat(&*guarded, ask(), &CallContext::default())
        .await
        .err()
        .unwrap();
    assert_eq!(
        (error.http_status(), error.to_string().as_str()),
        (504, "Request to FabriX API timed out")
    );
}

#[tokio::test]
async fn what_an_agent_can_not_be_told_is_not_sent() {
    let fake = Fake::start().await;
    let mut with_tools = ask();
    with_tools.tools.push(llm::Tool {
        name: "look".into(),
        description: String::new(),
        parameters: Value::Null,
        strict: None,
    });
    let refused = provider(&fake).chat(with_tools, &CallContext::default()).await;
    assert!(matches!(refused, Err(Error::BadRequest(_))));
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn a_file_is_sent_as_a_form() {
    let fake = Fake::start().await;
    fake.push(Answer::json(200, &json!({"fileId": "f-1"})));
    let pieces = ["one ", "two"].map(|piece| Ok(bytes::Bytes::from(piece)));
    let file = Upload {
        name: "a \"b\".txt".to_owned(),
        media_type: "text/plain".to_owned(),
        body: Box::pin(futures_util::stream::iter(pieces)),
    };
    let sent = provider(&fake)
        .send_file("agent-7", file, &CallContext::default())
        .await
        .unwrap();
    assert_eq!(sent, json!({"fileId": "f-1"}));
    let asked = &fake.asked()[0];
    assert_eq!(
        asked.uri.path(),
        "/company/openapi/agent-chat/v1/agent-messages/file"
    );
    let content_type = asked.headers["content-type"].to_str().unwrap();
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"agentId\"\r\n\r\nagent-7\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.txt\"\r\n\
         Content-Type: text/plain\r\n\r\none two\r\n--{boundary}--\r\n"
    );
    assert_eq!(String::from_utf8_lossy(&asked.bytes), expected);
}
