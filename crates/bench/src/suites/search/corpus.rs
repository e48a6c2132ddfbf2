//! What is searched: passages about topics, with words as unevenly spread as people's, and vectors around those of the topics.
//!
//! Embedding a million passages takes hours, so only the topics and the questions have vectors that a model made; that of a
//! passage is its topic's, mixed with another one's and with noise. What costs time (how many passages hold a word, how many
//! vectors there are and how they cluster) is as it is with real ones; whether the answers are good is measured elsewhere.

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use search::{Index, Kind, NewPassage, Owner};
use sql::{Batch, Clock as _, Db, SystemClock, Time};

/// Topics of the passages.
const TOPICS: usize = 256;
/// Messages of a conversation, all on one topic.
const CONVERSATION: u64 = 20;
/// Owners that are published, and vectors that are stored, in one transaction.
const AT_ONCE: u64 = 500;
/// Times of messages, a minute apart, from here on.
const BEGIN_MICROS: i64 = 1_700_000_000_000_000;

/// Words that topics share.
const NOUNS: [&str; 96] = [
    "harbour",
    "invoice",
    "garden",
    "budget",
    "engine",
    "recipe",
    "violin",
    "contract",
    "river",
    "holiday",
    "server",
    "bicycle",
    "doctor",
    "painting",
    "school",
    "winter",
    "coffee",
    "market",
    "bridge",
    "camera",
    "dentist",
    "energy",
    "forest",
    "guitar",
    "hotel",
    "island",
    "jacket",
    "kitchen",
    "library",
    "museum",
    "novel",
    "office",
    "passport",
    "quarter",
    "railway",
    "salary",
    "ticket",
    "umbrella",
    "village",
    "weather",
    "wedding",
    "yoga",
    "airport",
    "battery",
    "castle",
    "delivery",
    "election",
    "factory",
    "glacier",
    "hospital",
    "insurance",
    "journey",
    "keyboard",
    "lawyer",
    "mountain",
    "neighbour",
    "orchestra",
    "parcel",
    "queue",
    "radio",
    "sailing",
    "theatre",
    "university",
    "vaccine",
    "window",
    "software",
    "release",
    "meeting",
    "customer",
    "deadline",
    "design",
    "review",
    "project",
    "roadmap",
    "hiring",
    "training",
    "security",
    "password",
    "backup",
    "network",
    "printer",
    "logo",
    "website",
    "report",
    "survey",
    "launch",
    "pricing",
    "support",
    "warranty",
    "repair",
    "festival",
    "marathon",
    "football",
    "chess",
    "puppy",
    "telescope",
];
/// Words that are everywhere.
const COMMON: [&str; 24] = [
    "think", "really", "good", "time", "people", "want", "know", "make", "next", "week", "maybe", "year",
    "thing", "look", "find", "sure", "talk", "send", "help", "start", "nice", "great", "work", "day",
];
const SYLLABLES: [&str; 20] = [
    "ka", "lo", "mi", "ren", "tas", "vo", "zu", "bel", "dor", "fin", "gra", "hul", "jen", "kor", "lum",
    "nap", "pir", "qua", "sel", "tov",
];

/// What a passage is about.
struct Topic {
    /// Nouns that other topics have too.
    nouns: Vec<&'static str>,
    /// Names that it has alone.
    names: Vec<String>,
}

/// Everything that passages and questions are made of.
pub(super) struct Corpus {
    topics: Vec<Topic>,
}

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) memories: u64,
    pub(super) messages: u64,
}

impl Size {
    pub(super) fn passages(self) -> u64 {
        self.memories + self.messages
    }
}

fn name(random: &mut StdRng) -> String {
    (0..4)
        .map(|_| SYLLABLES[random.random_range(0..SYLLABLES.len())])
        .collect()
}

impl Corpus {
    pub(super) fn new() -> Self {
        let mut random = StdRng::seed_from_u64(1);
        let topics = (0..TOPICS)
            .map(|_| Topic {
                nouns: (0..4)
                    .map(|_| NOUNS[random.random_range(0..NOUNS.len())])
                    .collect(),
                names: (0..8).map(|_| name(&mut random)).collect(),
            })
            .collect();
        Self { topics }
    }

    /// A sentence for each topic, to be embedded.
    pub(super) fn sentences(&self) -> Vec<String> {
        let sentence = |topic: &Topic| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|at| topic.nouns[at]);
            format!("About the {a} and the {b}, and what the {c} has to do with the {d}.")
        };
        self.topics.iter().map(sentence).collect()
    }

    /// Questions; two of three name somebody, the others only what everybody speaks of.
    pub(super) fn questions(&self, count: usize) -> Vec<String> {
        let mut random = StdRng::seed_from_u64(2);
        (0..count)
            .map(|number| {
                let topic = &self.topics[random.random_range(0..self.topics.len())];
                let (a, b) = (topic.nouns[number % 4], topic.nouns[(number + 1) % 4]);
                let name = &topic.names[random.random_range(0..topic.names.len())];
                match number % 3 {
                    0 => format!("What did {name} say about the {a}?"),
                    1 => format!("When does {name} need the {a} for the {b}?"),
                    _ => format!("Who knows something about the {a} and the {b}?"),
                }
            })
            .collect()
    }

    fn text(&self, topic: usize, random: &mut StdRng) -> String {
        let topic = &self.topics[topic];
        let count = random.random_range(8..32);
        let words: Vec<&str> = (0..count)
            .map(|_| match random.random_range(0..20) {
                0..3 => topic.nouns[random.random_range(0..topic.nouns.len())],
                3 => topic.names[random.random_range(0..topic.names.len())].as_str(),
                4 => NOUNS[random.random_range(0..NOUNS.len())],
                5..9 => COMMON[random.random_range(0..COMMON.len())],
                9..14 => "the",
                14..17 => "and",
                _ => "is",
            })
            .collect();
        words.join(" ") + "."
    }

    /// Publishes everything in a workspace as features do; passages a second.
    pub(super) async fn publish(&self, db: &Db, workspace_id: &str, size: Size) -> anyhow::Result<f64> {
        let mut random = StdRng::seed_from_u64(3);
        let began = std::time::Instant::now();
        let mut at = 0;
        while at < size.passages() {
            let mut batch = Batch::new();
            let end = size.passages().min(at + AT_ONCE);
            for number in at..end {
                let message = number.checked_sub(size.memories);
                let conversation = message.map(|message| format!("conv_bench{}", message / CONVERSATION));
                let series = conversation
                    .as_deref()
                    .zip(message)
                    .map(|(conversation, message)| (conversation, (message % CONVERSATION) as i64));
                let (kind, id) = match message {
                    None => (Kind::Memory, format!("mem_bench{number}")),
                    Some(message) => (Kind::Message, format!("msg_bench{message}")),
                };
                let owner = Owner {
                    workspace_id,
                    kind,
                    id: &id,
                    parent_id: conversation.as_deref(),
                    series,
                    at: Time::from_micros(BEGIN_MICROS + number as i64 * 60_000_000),
                };
                let passage = NewPassage {
                    text: self.text(topic_of(number, size), &mut random),
                    ..NewPassage::default()
                };
                search::publish(&mut batch, &owner, vec![passage]);
            }
            db.write(batch).await?;
            at = end;
        }
        Ok(size.passages() as f64 / began.elapsed().as_secs_f64())
    }

    /// Gives everything that waits in a workspace its vector; vectors a second.
    pub(super) async fn store(
        &self,
        db: &Db,
        (model, topics): (&str, &[Vec<f32>]),
        size: Size,
    ) -> anyhow::Result<f64> {
        let index = Index::new(db.clone());
        let mut random = StdRng::seed_from_u64(4);
        let began = std::time::Instant::now();
        let mut first = None;
        let mut stored = 0;
        loop {
            let claimed = index.claim(SystemClock.now(), AT_ONCE as usize).await?;
            let Some(least) = claimed.first().map(|claimed| claimed.number) else {
                break;
            };
            // Numbers rise in the order of publishing.
            let first = *first.get_or_insert(least);
            let vectors = claimed
                .into_iter()
                .map(|claimed| {
                    let topic = topic_of((claimed.number - first) as u64, size);
                    let vector = around(topics, topic, &mut random);
                    (claimed, vector)
                })
                .collect::<Vec<_>>();
            stored += vectors.len();
            index.store(model, vectors).await?;
        }
        anyhow::ensure!(stored as u64 >= size.passages(), "only {stored} passages waited");
        Ok(stored as f64 / began.elapsed().as_secs_f64())
    }
}

/// Conversations and memories go through all topics, in no order.
fn topic_of(number: u64, size: Size) -> usize {
    let group = number
        .checked_sub(size.memories)
        .map_or(number, |message| message / CONVERSATION);
    (group.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % TOPICS
}

fn around(topics: &[Vec<f32>], topic: usize, random: &mut StdRng) -> Vec<f32> {
    let other = &topics[random.random_range(0..topics.len())];
    // Each number of a vector of length 1 is about this large.
    let usual = (topics[topic].len() as f32).sqrt().recip();
    topics[topic]
        .iter()
        .zip(other)
        .map(|(own, other)| 0.7 * own + 0.4 * other + random.random_range(-1.0..1.0) * usual)
        .collect()
}

/// The database of a data folder, for what is written and read beside the server.
pub(super) async fn open(folder: &std::path::Path) -> anyhow::Result<Db> {
    let path = folder.join("stoa.db");
    Db::open(&sql::DbConfig::sqlite(path))
        .await
        .context("cannot open the database")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_always_the_same_and_speaks_of_its_topic() {
        let (one, other) = (Corpus::new(), Corpus::new());
        assert_eq!(one.sentences(), other.sentences());
        assert_eq!(one.questions(9), other.questions(9));
        let text = |corpus: &Corpus| corpus.text(5, &mut StdRng::seed_from_u64(8));
        assert_eq!(text(&one), text(&other));
        let size = Size {
            memories: 10,
            messages: 100,
        };
        let of_one = [10, 29].map(|number| topic_of(number, size));
        assert_eq!(of_one[0], of_one[1], "a conversation has one topic");
        assert_ne!(of_one[0], topic_of(30, size));
    }

    #[test]
    fn a_vector_is_nearer_to_its_topic_than_to_others() {
        let mut random = StdRng::seed_from_u64(5);
        let mut topic = || search::normalised((0..64).map(|_| random.random_range(-1.0..1.0)).collect());
        let topics: Vec<Vec<f32>> = (0..9).map(|_| topic()).collect();
        let mut random = StdRng::seed_from_u64(6);
        let product = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let vectors: Vec<Vec<f32>> = (0..50)
            .map(|_| search::normalised(around(&topics, 3, &mut random)))
            .collect();
        let mean = |topic: usize| {
            vectors
                .iter()
                .map(|vector| product(vector, &topics[topic]))
                .sum::<f32>()
                / 50.0
        };
        assert!((0..9).all(|topic| topic == 3 || mean(3) > mean(topic) + 0.2));
    }
}
