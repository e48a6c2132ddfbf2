//! Asks the local chat model and measures it: time to load, prompt and generation speed, two answers at once.
//!
//! `cargo run --release -p local --example say -- [--threads N] [--models FOLDER] [PROMPT]`; without a prompt it measures.

use std::io::Write;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use llm::{CallContext, ChatEvent, ChatModel, ChatRequest, Error, Message, Usage};
use local::{Local, LocalConfig};

const MODEL: &str = "qwen2.5-coder-0.5b";

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut config = LocalConfig::default();
    let mut folder = std::env::home_dir()
        .unwrap_or_default()
        .join(".local/share/stoa/models");
    let mut prompt = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--threads" => config.threads = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1),
            "--models" => folder = arguments.next().unwrap_or_default().into(),
            text => prompt = Some(text.to_owned()),
        }
    }
    println!("{} threads", config.threads);
    let local = Local::open(folder, config);
    let before = resident_mb();
    if let Some(prompt) = prompt {
        let answer = ask(&local, &prompt, 400, Show::Yes).await?;
        println!("\n{answer:?}");
        return Ok(());
    }
    let first = ask(&local, "Say hello.", 4, Show::No).await?;
    println!(
        "first answer, with loading: {:?}; resident {before} -> {} MB",
        first.first_word,
        resident_mb()
    );

    let long = "The committee met again on Thursday to discuss the budget of the new library. ".repeat(30);
    let read = ask(
        &local,
        &format!("{long}\nWhat was discussed? Answer in one word."),
        1,
        Show::No,
    )
    .await?;
    println!(
        "prompt: {:.1} tokens/s ({} tokens)",
        rate(read.usage.prompt_tokens - read.usage.cached_tokens, read.total),
        read.usage.prompt_tokens
    );

    let story = |who: &str| format!("Write a long story about {who} who repairs clocks.");
    let one = ask(&local, &story("an old man"), 64, Show::No).await?;
    println!(
        "generation: {:.1} tokens/s",
        rate(
            one.usage.completion_tokens,
            one.total.saturating_sub(one.first_word)
        )
    );

    let started = Instant::now();
    ask(&local, &story("a young woman"), 64, Show::No).await?;
    ask(&local, &story("a tall sailor"), 64, Show::No).await?;
    let sequential = started.elapsed();
    let started = Instant::now();
    let (a, b) = (story("a small child"), story("a grey cat"));
    let (a, b) = tokio::join!(ask(&local, &a, 64, Show::No), ask(&local, &b, 64, Show::No));
    println!(
        "two answers of {} and {} tokens: one after the other {sequential:?}, at once {:?}",
        a?.usage.completion_tokens,
        b?.usage.completion_tokens,
        started.elapsed()
    );

    let mut turns = vec![Message::user(format!("{long}\nRemember this. Say OK."))];
    let mut request = ChatRequest::new(MODEL, turns.clone());
    request.max_tokens = Some(8);
    let before_turn = Instant::now();
    let (answer, text) = run(&local, request, Show::No).await?;
    let first_turn = before_turn.elapsed();
    turns.extend([Message::assistant(text), Message::user("Who met?")]);
    let mut request = ChatRequest::new(MODEL, turns);
    request.max_tokens = Some(8);
    let (second, _) = run(&local, request, Show::No).await?;
    println!(
        "a conversation of {} tokens: first turn {first_turn:?}, second turn's first word after {:?} ({} tokens kept)",
        answer.usage.prompt_tokens, second.first_word, second.usage.cached_tokens
    );
    println!(
        "resident {} MB, estimate {} MB",
        resident_mb(),
        local.stats().resident_bytes / 1_000_000
    );
    local.close();
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Yes,
    No,
}

#[derive(Debug)]
struct Answer {
    first_word: Duration,
    total: Duration,
    usage: Usage,
}

async fn ask(local: &Local, prompt: &str, max_tokens: u32, show: Show) -> Result<Answer, Error> {
    let mut request = ChatRequest::new(MODEL, vec![Message::user(prompt)]);
    request.max_tokens = Some(max_tokens);
    Ok(run(local, request, show).await?.0)
}

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
async fn run(local: &Local, request: ChatRequest, show: Show) -> Result<(Answer, String), Error> {
    let started = Instant::now();
    let mut stream = local.chat(request, &CallContext::default()).await?;
    let mut answer = Answer {
        first_word: Duration::ZERO,
        total: Duration::ZERO,
        usage: Usage::default(),
    };
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        match event? {
            ChatEvent::Text(piece) => {
                if answer.first_word.is_zero() {
                    answer.first_word = started.elapsed();
                }
                if show == Show::Yes {
                    print!("{piece}");
                    // A terminal that is gone shows nothing; that is no failure of the model.
                    let _ = std::io::stdout().flush();
                }
                text.push_str(&piece);
            }
            ChatEvent::Usage(usage) => answer.usage = usage,
            _ => {}
        }
    }
    answer.total = started.elapsed();
    Ok((answer, text))
}

fn rate(tokens: u64, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64()
}

fn resident_mb() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok())
        .unwrap_or(0)
        * 4096
        / 1_000_000
}
