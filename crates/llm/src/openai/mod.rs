//! OpenAI's chat/completions and embeddings: what Stoa speaks to most upstreams and to its own `/v1` clients.

pub mod wire;
