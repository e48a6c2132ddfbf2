//! Limits, retries and the breaker, with tokio's time paused: it moves only when everybody waits.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::mock::{Reply, Scripted};
use crate::{FinishReason, Message, Usage};

const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    script: Scripted,
    guarded: Guarded,
}

impl Bench {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let script = Scripted::new();
        let breakers = Arc::new(Breakers::default());
        let inner: Arc<dyn Provider> = Arc::new(script.clone());
        let counters = Arc::default();
        let guarded = Guarded {
            upstream: Arc::from("FabriX API"),
            inner,
            admission: super::admission::Admission::new(
                limits.admission,
                Arc::new(OwnRate::new(limits.admission)),
            ),
            limits,
            breakers,
            counters,
            longest: Longest::default(),
            jitter: || 0.5,
        };
        Self { script, guarded }
    }

    async fn chat(&self) -> Result<ChatStream, Error> {
        self.chat_in(&CallContext::default()).await
    }

    async fn chat_in(&self, ctx: &CallContext) -> Result<ChatStream, Error> {
        self.ask("scripted", ctx).await
    }

    async fn ask(&self, model: &str, ctx: &CallContext) -> Result<ChatStream, Error> {
        self.guarded
            .chat(ChatRequest::new(model, vec![Message::user("Hi")]), ctx)
            .await
    }

    /// Asks a model that answers so; how that ends.
    async fn told(&self, model: &str, reply: Reply) -> Result<String, &'static str> {
        self.script.push(reply);
        let stream = self.ask(model, &CallContext::default()).await;
        let (said, end) = read(stream.map_err(|error| error.code())?).await;
        end.map(|_| said).map_err(|error| error.code())
    }

    /// What a call of this model ends with before anything is sent; none when it is sent.
    async fn refused(&self, model: &str) -> Option<Error> {
        let before = self.attempts();
        self.script.push(Reply::text("Yes."));
        let error = self.ask(model, &CallContext::default()).await.err()?;
        assert_eq!(self.attempts(), before, "nothing was sent");
        Some(error)
    }

    fn suspended(&self) -> bool {
        self.guarded.is_suspended("scripted")
    }

    /// Whether no model of the connection is asked.
    fn all_suspended(&self) -> bool {
        self.guarded.health().suspended.connection
    }

    async fn fails(&self) -> Error {
        match self.chat().await {
            Ok(_) => panic!("the call must fail"),
            Err(error) => error,
        }
    }

    fn attempts(&self) -> usize {
        self.script.requests().len()
    }
}

fn text(text: &str) -> ChatEvent {
    ChatEvent::Text(text.to_owned())
}

fn broken(status: u16) -> Error {
    Error::Upstream {
        upstream: "FabriX API".into(),
        status,
        message: "boom".into(),
        retry_after: None,
    }
}

fn rate_limited(retry_after: Option<Duration>) -> Error {
    Error::RateLimited {
        retry_after,
        message: "slow down".into(),
    }
}

async fn read(mut stream: ChatStream) -> (String, Result<FinishReason, Error>) {
    let mut said = String::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(ChatEvent::Text(text)) => said.push_str(&text),
            Ok(ChatEvent::Finish(reason)) => {
                assert!(stream.next().await.is_none(), "nothing follows the finish");
                return (said, Ok(reason));
            }
            Ok(_) => {}
            Err(error) => {
                assert!(stream.next().await.is_none(), "nothing follows an error");
                return (said, Err(error));
            }
        }
    }
    panic!("a stream ends with a finish or an error");
}

#[tokio::test(start_paused = true)]
async fn passing_failures_are_tried_again_after_a_jitter() {
    let bench = Bench::new();
    bench.script.push(Reply::refuse(broken(500)));
    bench.script.push(
        Reply::new()
            .event(ChatEvent::Usage(Usage::default()))
            .fail(broken(529)),
    );
    bench.script.push(Reply::text("At last."));
    let started = Instant::now();
    let (said, end) = read(bench.chat().await.unwrap()).await;
    assert_eq!((said.as_str(), end.unwrap()), ("At last.", FinishReason::Stop));
    // Half of 500 ms and half of 1,000 ms.
    assert_eq!(started.elapsed(), Duration::from_millis(750));
    let health = bench.guarded.health();
    assert_eq!((health.calls, health.failures, health.failures_in_row), (3, 2, 0));
    assert_eq!(
        health.last_error.as_deref(),
        Some("FabriX API answered 529: boom")
    );
}

#[tokio::test(start_paused = true)]
async fn attempts_are_limited_and_lasting_failures_are_not_repeated() {
    let bench = Bench::new();
    bench.script.always(Reply::refuse(broken(503)));
    assert!(matches!(bench.fails().await, Error::Upstream { status: 503, .. }));
    assert_eq!(bench.attempts(), 3);
    for lasting in [
        Error::Authentication("no".into()),
        Error::BadRequest("no".into()),
        Error::NotFound("no".into()),
        Error::ContextTooLong("no".into()),
        Error::QuotaExhausted("no".into()),
    ] {
        let bench = Bench::new();
        bench.script.push(Reply::refuse(lasting.clone()));
        assert_eq!(bench.fails().await.code(), lasting.code());
        assert_eq!(bench.attempts(), 1, "{lasting}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_when_it_is_short() {
    let bench = Bench::new();
    bench.script.push(Reply::refuse(rate_limited(Some(2 * SECOND))));
    bench.script.push(Reply::text("Now."));
    let started = Instant::now();
    assert_eq!(read(bench.chat().await.unwrap()).await.0, "Now.");
    assert_eq!(started.elapsed(), 2 * SECOND + Duration::from_millis(250));

    let bench = Bench::new();
    bench.script.push(Reply::refuse(rate_limited(Some(11 * SECOND))));
    let started = Instant::now();
    assert_eq!(bench.fails().await.retry_after(), Some(11 * SECOND));
    assert_eq!((bench.attempts(), started.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_repeated_once_the_caller_has_seen_something() {
    let bench = Bench::new();
    bench
        .script
        .push(Reply::new().event(text("Half an ans")).fail(broken(500)));
    bench.script.push(Reply::text("never asked for"));
    let (said, end) = read(bench.chat().await.unwrap()).await;
    assert_eq!(said, "Half an ans");
    assert!(matches!(end, Err(Error::Upstream { status: 500, .. })));
    assert_eq!(bench.attempts(), 1);
    assert_eq!(bench.guarded.health().failures_in_row, 1);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_call_before_and_after_its_first_event() {
    let bench = Bench::new();
    bench.script.push(Reply::new().hang());
    let started = Instant::now();
    let error = bench.fails().await;
    assert_eq!(error.to_string(), "FabriX API sent nothing for 30 s");
    assert_eq!(
        (started.elapsed(), bench.attempts()),
        (30 * SECOND, 1),
        "not repeated: the caller has waited enough"
    );

    bench.script.push(
        Reply::new()
            .event(text("Hm"))
            .wait(20 * SECOND)
            .event(text("m"))
            .hang(),
    );
    let started = Instant::now();
    let (said, end) = read(bench.chat().await.unwrap()).await;
    assert_eq!(said, "Hmm");
    assert!(matches!(end, Err(Error::Inactive { .. })));
    assert_eq!(started.elapsed(), 50 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_total_limit_counts_everything() {
    let bench = Bench::new();
    let slow = (0..100).fold(Reply::new(), |reply, _| reply.event(text("x")).wait(SECOND));
    bench.script.push(slow);
    let started = Instant::now();
    let (said, end) = read(bench.chat().await.unwrap()).await;
    assert_eq!(end.unwrap_err().to_string(), "Request to FabriX API timed out");
    assert_eq!((started.elapsed(), said.len()), (60 * SECOND, 60));
    let health = bench.guarded.health();
    assert_eq!(health.last_error_code, Some("upstream_timeout"));
    assert_eq!(health.failures, 0, "a long answer is no fault of the upstream's");

    // Attempts and the waits between them count as well.
    let bench = Bench::with(Limits {
        retries: 100,
        ..Limits::default()
    });
    bench.script.always(Reply::refuse(rate_limited(Some(2 * SECOND))));
    let started = Instant::now();
    assert_eq!(bench.fails().await.code(), "rate_limit_exceeded");
    assert!(
        started.elapsed() < 60 * SECOND && started.elapsed() > 45 * SECOND,
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_never_pauses_meets_the_limits_too() {
    let bench = Bench::with(Limits {
        output_tokens: 100,
        ..Limits::default()
    });
    let flood = (0..1000).fold(Reply::new(), |reply, _| reply.event(text("12345678")));
    bench.script.push(flood);
    let (said, end) = read(bench.chat().await.unwrap()).await;
    assert_eq!((said.len(), end.unwrap()), (800, FinishReason::Length));

    let mut request = ChatRequest::new("scripted", vec![Message::user("Hi")]);
    for (asked, sent) in [(None, None), (Some(7), Some(7)), (Some(5000), Some(100))] {
        bench.script.push(Reply::text("Yes."));
        request.max_tokens = asked;
        let answer = bench.guarded.chat(request.clone(), &CallContext::default()).await;
        assert_eq!(read(answer.unwrap()).await.0, "Yes.");
        assert_eq!(bench.script.requests().last().unwrap().max_tokens, sent);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_an_end_is_an_error() {
    let bench = Bench::new();
    bench.script.push(Reply::new().event(text("Hi")));
    let (said, end) = read(bench.chat().await.unwrap()).await;
    assert_eq!(
        (said.as_str(), end.unwrap_err().code()),
        ("Hi", "upstream_protocol")
    );
}

#[tokio::test(start_paused = true)]
async fn cancel_ends_a_call_wherever_it_is() {
    // While it waits for the first event, for another attempt, and in the middle of the answer.
    let replies = [
        Reply::new().hang(),
        Reply::refuse(rate_limited(Some(2 * SECOND))),
        Reply::new().event(text("Hm")).hang(),
    ];
    for reply in replies {
        let bench = Bench::new();
        bench.script.push(reply);
        let cancel = CancellationToken::new();
        let ctx = CallContext::new(cancel.clone());
        tokio::spawn(async move {
            tokio::time::sleep(SECOND).await;
            cancel.cancel();
        });
        let started = Instant::now();
        let error = match bench.chat_in(&ctx).await {
            Ok(stream) => read(stream).await.1.unwrap_err(),
            Err(error) => error,
        };
        assert!(matches!(error, Error::Cancelled), "{error}");
        assert_eq!(started.elapsed(), SECOND);
        assert_eq!(
            bench.guarded.health().failures_in_row,
            0,
            "cancelling is no fault of the upstream's"
        );
    }
}

/// Fails `count` times, each attempt on its own.
async fn fail_times(bench: &Bench, count: usize) {
    for _ in 0..count {
        bench.script.push(Reply::refuse(broken(500)));
        bench.fails().await;
    }
}

fn without_retries() -> Limits {
    Limits {
        retries: 0,
        ..Limits::default()
    }
}

#[tokio::test(start_paused = true)]
async fn the_breaker_opens_probes_and_closes() {
    let bench = Bench::with(without_retries());
    fail_times(&bench, 4).await;
    assert!(!bench.suspended());
    fail_times(&bench, 1).await;
    assert!(bench.suspended());
    assert_eq!(bench.guarded.health().suspended.models, ["scripted"]);

    // Nothing is asked while it is open.
    let error = bench.fails().await;
    assert!(matches!(error, Error::CircuitOpen { .. }));
    assert_eq!(error.retry_after(), Some(30 * SECOND));
    assert_eq!(bench.attempts(), 5);

    // One probe, which fails: open again.
    tokio::time::advance(30 * SECOND).await;
    fail_times(&bench, 1).await;
    assert_eq!(
        (bench.attempts(), bench.fails().await.code()),
        (6, "upstream_suspended")
    );

    // One probe that is under way keeps the others out; its first event lets them in.
    tokio::time::advance(30 * SECOND).await;
    bench.script.push(
        Reply::new()
            .wait(5 * SECOND)
            .event(text("Hi"))
            .wait(5 * SECOND)
            .event(ChatEvent::Finish(FinishReason::Stop)),
    );
    bench.script.push(Reply::text("Me too."));
    let (probe, other) = tokio::join!(bench.chat(), bench.chat());
    assert_eq!(other.err().unwrap().code(), "upstream_suspended");
    let probe = probe.unwrap();
    assert!(!bench.suspended());
    assert_eq!(read(bench.chat().await.unwrap()).await.0, "Me too.");
    assert_eq!(read(probe).await.0, "Hi");
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_dropped_or_cancelled_leaves_the_next_call_to_probe() {
    let bench = Bench::with(without_retries());
    fail_times(&bench, 5).await;
    tokio::time::advance(30 * SECOND).await;
    bench.script.push(Reply::new().hang());
    tokio::time::timeout(SECOND, bench.chat()).await.err().unwrap();
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    assert_eq!(
        bench
            .chat_in(&CallContext::new(cancelled))
            .await
            .err()
            .unwrap()
            .code(),
        "cancelled"
    );
    bench.script.push(Reply::text("Back."));
    assert_eq!(read(bench.chat().await.unwrap()).await.0, "Back.");
    assert!(!bench.suspended());
}

#[tokio::test(start_paused = true)]
async fn only_the_upstreams_own_failures_open_the_breaker() {
    let bench = Bench::with(without_retries());
    for error in [
        rate_limited(None),
        Error::Authentication("no".into()),
        Error::BadRequest("no".into()),
    ] {
        fail_times(&bench, 4).await;
        bench.script.push(Reply::refuse(error));
        bench.fails().await;
        assert!(!bench.suspended());
    }
    // Answers that break off in the middle count, answers that end start the count again.
    for end in [FinishReason::Stop, FinishReason::Length] {
        fail_times(&bench, 2).await;
        for _ in 0..2 {
            bench
                .script
                .push(Reply::new().event(text("Hi")).fail(broken(500)));
            read(bench.chat().await.unwrap()).await.1.unwrap_err();
        }
        bench.script.push(Reply::new().event(ChatEvent::Finish(end)));
        read(bench.chat().await.unwrap()).await.1.unwrap();
    }
    assert!(!bench.suspended());
}

#[tokio::test(start_paused = true)]
async fn an_old_call_that_ends_well_does_not_close_an_open_breaker() {
    let bench = Bench::with(without_retries());
    bench.script.push(
        Reply::new()
            .event(text("Hi"))
            .wait(SECOND)
            .event(ChatEvent::Finish(FinishReason::Stop)),
    );
    let old = bench.chat().await.unwrap();
    fail_times(&bench, 5).await;
    read(old).await.1.unwrap();
    assert!(bench.suspended());
}

fn unreachable() -> Error {
    Error::Unreachable {
        upstream: "FabriX API".into(),
        source: Arc::new(std::io::Error::other("no route to host")),
    }
}

#[tokio::test(start_paused = true)]
async fn a_models_own_failures_leave_its_siblings_alone() {
    let empty = || Reply::new().event(ChatEvent::Usage(Usage::default()));
    let kinds: [fn() -> Reply; 5] = [
        || Reply::refuse(broken(500)),
        || Reply::new().hang(),
        || Reply::refuse(Error::Protocol("no JSON".into())),
        || Reply::refuse(Error::NotFound("no such model".into())),
        empty,
    ];
    for (index, kind) in kinds.into_iter().enumerate() {
        let bench = Bench::with(without_retries());
        for _ in 0..5 {
            bench.told("broken", kind()).await.unwrap_err();
            bench.told("well", Reply::text("Yes.")).await.unwrap();
        }
        let refused = bench.refused("broken").await;
        let refused = refused.unwrap_or_else(|| panic!("kind {index}")).to_string();
        assert!(
            refused.starts_with("broken of FabriX API failed repeatedly and is not tried for "),
            "{refused}"
        );
        assert!(bench.refused("well").await.is_none());
        assert!(!bench.all_suspended());
        assert_eq!(bench.guarded.health().suspended.models, ["broken"]);
        // Its probe answers: it is well again, and forgotten.
        tokio::time::advance(30 * SECOND).await;
        assert!(bench.guarded.health().suspended.models.is_empty());
        bench.script.push(Reply::text("Back."));
        read(bench.ask("broken", &CallContext::default()).await.unwrap())
            .await
            .1
            .unwrap();
        assert!(!bench.guarded.is_suspended("broken"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_can_not_be_reached_is_left_alone_whatever_model_is_asked() {
    let bench = Bench::with(without_retries());
    for model in ["one", "other", "one", "other", "one"] {
        bench.told(model, Reply::refuse(unreachable())).await.unwrap_err();
    }
    assert!(bench.all_suspended());
    for model in ["one", "other", "third"] {
        assert_eq!(
            bench.refused(model).await.unwrap().retry_after(),
            Some(30 * SECOND)
        );
    }
    assert!(
        bench.guarded.health().suspended.models.is_empty(),
        "it was not the models"
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_by_its_model_shows_that_the_host_is_there_and_a_silent_one_shows_nothing() {
    let bench = Bench::with(without_retries());
    for _ in 0..5 {
        bench.told("one", Reply::refuse(unreachable())).await.unwrap_err();
    }
    tokio::time::advance(30 * SECOND).await;
    assert_eq!(
        bench.told("one", Reply::new().hang()).await,
        Err("upstream_inactive")
    );
    assert_eq!(
        bench.told("other", Reply::refuse(broken(500))).await,
        Err("upstream_error")
    );
    // It begins to count anew, and opens for another half minute each time a probe finds nobody.
    for _ in 0..5 {
        assert!(!bench.all_suspended());
        bench.told("one", Reply::refuse(unreachable())).await.unwrap_err();
    }
    tokio::time::advance(30 * SECOND).await;
    bench.told("one", Reply::refuse(unreachable())).await.unwrap_err();
    assert_eq!(
        bench.refused("one").await.unwrap().retry_after(),
        Some(30 * SECOND)
    );
}

#[tokio::test(start_paused = true)]
async fn as_many_models_in_a_row_as_would_be_failures_are_no_fault_of_the_models() {
    let bench = Bench::with(without_retries());
    let fail = async |names: &[&str]| {
        for name in names {
            bench.told(name, Reply::refuse(broken(503))).await.unwrap_err();
        }
    };
    fail(&["a", "b", "c", "d", "a", "b", "c", "d"]).await;
    assert!(!bench.all_suspended(), "four are not five");
    bench.told("f", Reply::text("Yes.")).await.unwrap();
    fail(&["e"]).await;
    assert!(!bench.all_suspended(), "one has answered in between");
    fail(&["a", "b", "c", "d"]).await;
    assert!(bench.all_suspended());
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_of_models_is_bounded_and_forgotten() {
    let bench = Bench::with(without_retries());
    for _ in 0..4 {
        bench.told("old", Reply::refuse(broken(500))).await.unwrap_err();
        bench.told("well", Reply::text("Yes.")).await.unwrap();
    }
    tokio::time::advance(Duration::from_mins(10)).await;
    bench.told("old", Reply::refuse(broken(500))).await.unwrap_err();
    assert!(!bench.guarded.is_suspended("old"), "its failures were long ago");
    for number in 0..1_000 {
        let name = format!("made up {number}");
        bench
            .told(&name, Reply::refuse(Error::NotFound("no".into())))
            .await
            .unwrap_err();
        bench.told("well", Reply::text("Yes.")).await.unwrap();
    }
    assert_eq!(bench.guarded.breakers.remembered(), 256);
}

#[tokio::test(start_paused = true)]
async fn retries_stop_when_the_breaker_opens() {
    let bench = Bench::with(Limits {
        retries: 50,
        ..Limits::default()
    });
    bench.script.always(Reply::refuse(broken(500)));
    assert_eq!(bench.fails().await.code(), "upstream_error");
    assert_eq!(bench.attempts(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_median_time_to_the_first_token_is_known() {
    let bench = Bench::new();
    assert_eq!(bench.guarded.health().first_token_p50, None);
    for millis in [900, 100, 300] {
        bench.script.push(
            Reply::new()
                .wait(Duration::from_millis(millis))
                .event(text("x"))
                .event(ChatEvent::Finish(FinishReason::Stop)),
        );
        read(bench.chat().await.unwrap()).await.1.unwrap();
    }
    let health = bench.guarded.health();
    assert_eq!(health.first_token_p50, Some(Duration::from_millis(300)));
    assert_eq!((health.calls, health.failures, health.last_error), (3, 0, None));
}

#[tokio::test(start_paused = true)]
async fn the_backoff_grows_to_its_limit_and_never_beyond() {
    let bench = Bench::new();
    let waits: Vec<u64> = [0, 1, 2, 3, 4, 5, 30]
        .map(|tried| bench.guarded.wait(&broken(500), tried).unwrap().as_millis() as u64)
        .to_vec();
    assert_eq!(waits, [250, 500, 1000, 2000, 4000, 4000, 4000]);
}
