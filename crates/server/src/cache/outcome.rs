//! What the cache had to do with an answer.

/// What the cache had to do with an answer. A response carries it as an extension until it is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The kept body was sent.
    Hit,
    /// The client has what is kept: 304.
    NotModified,
    /// The answer was made, and kept.
    Miss,
    /// The route keeps no answers, or its namespace is switched off.
    #[default]
    None,
}

impl Outcome {
    /// The word for `Server-Timing` and logs; none when the cache had nothing to do with it.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Hit => Some("hit"),
            Self::NotModified => Some("not-modified"),
            Self::Miss => Some("miss"),
            Self::None => None,
        }
    }
}
