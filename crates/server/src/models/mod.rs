//! Models: which there are, who may use them, and the way from a name such as `openai/gpt-5` to a provider.
//!
//! Routes ([`crate::routing`]) are models too, named `route/<name>`; they are read with the connections of their owner.
//! A name is the slug of a connection and the provider's own name, with a slash between. The same slug may be used by the
//! installation, a workspace and a user: the user's own wins over the workspace's, that over the installation's, and that
//! over what comes with Stoa ([`builtin`]). [`Registry`] keeps what is known of connections and their models in memory,
//! [`refresh`] reads the models from the providers in the background; a request never waits for either but once, when
//! its caller's connections are not in memory yet.

mod builtin;
mod place;
mod prices;
mod refresh;
mod registry;
mod resolve;
pub mod routes;
pub(crate) mod store;
mod views;

pub use place::{Place, PlaceParams, WORKSPACE_HEADER};
pub use prices::{PriceList, Prices};
pub use refresh::{keep_fresh, refresh_due};
pub use registry::{Live, Owner, Registry, View};
pub use resolve::{PriceSource, Resolved};
pub use views::{CapabilitiesView, ModelView, list};
