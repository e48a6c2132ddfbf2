//! Plans of statements for whoever looks at them, each asked for at most once a minute.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sql::{Db, Statement, plan::Hint};

use crate::schema;

/// How old a plan may be.
const FRESH: Duration = Duration::from_mins(1);

/// How the database runs a statement.
#[derive(Debug, Clone)]
pub struct Plan {
    /// As the database prints it.
    pub text: String,
    /// What would make it faster.
    pub hints: Vec<Hint>,
}

#[derive(Default)]
pub(super) struct Plans(Mutex<HashMap<&'static str, (Instant, Arc<Plan>)>>);

impl Plans {
    pub async fn of(&self, db: &Db, statement: &'static Statement) -> Arc<Plan> {
        let name = statement.name();
        if let Some((_, plan)) = self.0.lock().get(name).filter(|(at, _)| at.elapsed() < FRESH) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(match db.explain(statement).await {
            Ok(text) => Plan {
                hints: sql::plan::hints(db.kind(), statement.text(db.kind()), &text, schema::GROWING),
                text,
            },
            Err(error) => Plan {
                text: format!("no plan: {error}"),
                hints: Vec::new(),
            },
        });
        self.0.lock().insert(name, (Instant::now(), Arc::clone(&plan)));
        plan
    }
}

/// The statement of the product with this name.
pub(super) fn statement(name: &str) -> Option<&'static Statement> {
    schema::statements()
        .into_iter()
        .find(|statement| statement.name() == name)
}
