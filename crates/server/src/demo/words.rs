//! Words for generated messages: enough of them, unevenly used, that searches and compression behave as with real text.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const WORDS: &[&str] = &[
    "the",
    "a",
    "to",
    "we",
    "of",
    "and",
    "in",
    "is",
    "for",
    "that",
    "with",
    "on",
    "this",
    "should",
    "report",
    "customer",
    "team",
    "plan",
    "week",
    "query",
    "index",
    "budget",
    "deadline",
    "draft",
    "review",
    "question",
    "answer",
    "model",
    "prompt",
    "release",
    "server",
    "cache",
    "memory",
    "search",
    "result",
    "latency",
    "invoice",
    "contract",
    "meeting",
    "summary",
    "decision",
    "risk",
    "estimate",
    "priority",
    "feature",
    "support",
    "ticket",
    "training",
    "schedule",
    "office",
    "travel",
    "design",
    "interview",
    "research",
    "experiment",
    "measurement",
    "figure",
    "table",
    "column",
    "python",
    "rust",
    "function",
    "error",
    "test",
    "deployment",
    "database",
    "message",
    "stream",
    "token",
    "quarter",
    "sales",
    "market",
    "strategy",
    "launch",
    "feedback",
    "survey",
    "onboarding",
    "policy",
    "security",
    "password",
    "backup",
    "restore",
    "migration",
    "because",
    "although",
    "between",
    "before",
    "after",
    "quickly",
    "carefully",
    "again",
    "together",
    "however",
    "perhaps",
    "usually",
    "exactly",
];

/// A source of text that gives the same for the same seed.
pub struct Words {
    rng: StdRng,
}

impl Words {
    /// For this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.rng.random_range(0..end.max(1))
    }

    fn word(&mut self) -> &'static str {
        // The square makes the first words the frequent ones.
        let at: f64 = self.rng.random();
        WORDS[((at * at) * WORDS.len() as f64) as usize % WORDS.len()]
    }

    /// A sentence of so many words.
    pub fn sentence(&mut self, words: u64) -> String {
        let mut text = String::new();
        for n in 0..words {
            let word = self.word();
            if n == 0 {
                text.extend(word.chars().next().map(|first| first.to_ascii_uppercase()));
                text.push_str(&word[1..]);
            } else {
                text.push(' ');
                text.push_str(word);
            }
        }
        text.push('.');
        text
    }

    /// Some sentences: a question's length or, when `long`, an answer's.
    pub fn text(&mut self, long: bool) -> String {
        let sentences = if long {
            3 + self.below(6)
        } else {
            1 + self.below(2)
        };
        let sentences: Vec<String> = (0..sentences)
            .map(|_| {
                let length = 6 + self.below(14);
                self.sentence(length)
            })
            .collect();
        sentences.join(" ")
    }
}
