//! The connections that come with Stoa and need no row: the models of this process (`local`) and, when the configuration
//! allows it, the scripted ones (`mock`). They belong to the installation and yield to a stored connection of their slug.

use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::FutureExt;
use llm::{Capabilities, Guarded, Limits, ModelInfo, Provider, ProviderKind, guarded};

use super::prices::PriceList;
use super::registry::{Catalogue, Live, Opened, Owner, breakers};
use crate::changes::Hub;

/// The id of the connection to the models of this process.
pub const LOCAL_ID: &str = "con_local";
/// The id of the connection to the mock models.
pub const MOCK_ID: &str = "con_mock";

/// The models that `stoa models pull` fetches: shown as missing when their files are not there.
const DELIVERED: [(&str, &str, bool); 2] = [
    ("qwen2.5-coder-0.5b", "Qwen2.5 Coder 0.5B", true),
    ("all-minilm-l6-v2", "all-MiniLM-L6-v2", false),
];

/// How much longer than a provider's call a local one may take: a processor is slower than a data centre, and what it
/// writes is seen as it comes.
const LOCAL_TIME_FACTOR: u32 = 10;

impl Live {
    /// Whether it is one of these, and its models run in this process.
    pub(super) fn comes_with_stoa(&self) -> bool {
        [LOCAL_ID, MOCK_ID].contains(&self.id.as_str())
    }
}

/// A connection that comes with Stoa. Its catalogue is read from the provider again and again.
pub(super) struct Builtin {
    id: &'static str,
    kind: ProviderKind,
    name: String,
    provider: Arc<dyn Provider>,
    guarded: Arc<Guarded>,
    live: ArcSwap<Live>,
}

impl Builtin {
    pub fn new(kind: ProviderKind, provider: Arc<dyn Provider>, mut limits: Limits, changes: &Hub) -> Self {
        let id = if kind == ProviderKind::Local {
            LOCAL_ID
        } else {
            MOCK_ID
        };
        if kind == ProviderKind::Local {
            limits.total *= LOCAL_TIME_FACTOR;
            limits.inactivity *= LOCAL_TIME_FACTOR;
        }
        let name = llm::Connection::new(kind).name;
        let guarded = guarded(
            name.clone(),
            Arc::clone(&provider),
            limits,
            breakers(changes, Owner::System),
        );
        // Neither the mock nor a folder makes anybody wait, so the first reading is part of the start.
        let first = provider
            .models()
            .now_or_never()
            .map(|read| catalogue(kind, read))
            .unwrap_or_default();
        let live = ArcSwap::from_pointee(live(id, kind, &name, &guarded, first));
        Self {
            id,
            kind,
            name,
            provider,
            guarded,
            live,
        }
    }

    /// The connection with the models of the last reading.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Reads the models. Cheap: the mock knows its own, the local ones are the files of a folder. True when there are others
    /// than before.
    pub async fn refresh(&self) -> bool {
        let catalogue = catalogue(self.kind, self.provider.models().await);
        let others = self.live().models() != catalogue.models.as_slice();
        self.live.store(Arc::new(live(
            self.id,
            self.kind,
            &self.name,
            &self.guarded,
            catalogue,
        )));
        others
    }
}

fn catalogue(kind: ProviderKind, read: Result<Vec<ModelInfo>, llm::Error>) -> Catalogue {
    match read {
        Ok(models) => Catalogue {
            missing: missing(kind, &models),
            models: Arc::new(models),
            ..Catalogue::default()
        },
        Err(llm::Error::NotFound(_)) => Catalogue {
            missing: missing(kind, &[]),
            ..Catalogue::default()
        },
        Err(error) => Catalogue {
            error: Some((error.code().to_owned(), error.to_string())),
            ..Catalogue::default()
        },
    }
}

fn live(id: &str, kind: ProviderKind, name: &str, guarded: &Arc<Guarded>, catalogue: Catalogue) -> Live {
    Live {
        id: id.to_owned(),
        owner: Owner::System,
        kind,
        slug: kind.as_str().to_owned(),
        name: name.to_owned(),
        enabled: true,
        created_at: sql::Time::EPOCH,
        opened: Arc::new(Opened::of(sql::Time::EPOCH, Ok(Arc::clone(guarded)))),
        prices: Arc::new(PriceList::default()),
        catalogue: Arc::new(catalogue),
    }
}

/// The delivered models that are not among those there are.
fn missing(kind: ProviderKind, there: &[ModelInfo]) -> Vec<ModelInfo> {
    if kind != ProviderKind::Local {
        return Vec::new();
    }
    let absent = DELIVERED
        .into_iter()
        .filter(|(name, ..)| there.iter().all(|model| model.name != *name));
    absent
        .map(|(name, display_name, chat)| ModelInfo {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            context_tokens: None,
            output_tokens: None,
            capabilities: Capabilities {
                chat,
                embeddings: !chat,
                ..Capabilities::default()
            },
        })
        .collect()
}
