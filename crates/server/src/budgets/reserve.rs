//! The way of a call through its budgets: reserve the most it may cost, or say why not; settle what it did cost.

use std::time::Duration;

use sql::Batch;
use tokio::time::Instant;

use super::{Budget, Scope, Spender, WhenSpent, ends_at, of, store, windows_at};
use crate::App;
use crate::changes::Notice;
use crate::http::problem::{ErrorCode, Problem};
use crate::models::Resolved;

/// The most tokens of an answer where neither the request nor the model says how many there may be.
const ANSWER_TOKENS_MAX: u64 = 16_000;
/// What a message costs beside its text: the marks around it, in tokens.
const TOKENS_PER_MESSAGE: u64 = 16;
/// A picture or another part that is not text, in tokens: the most that the large providers count for one.
const TOKENS_PER_PART: u64 = 3_000;
/// After this time a call that has not said how it ended counts as its bound.
const EXPIRES: Duration = Duration::from_hours(1);
/// How long a call waits for others to settle, and how often it asks again.
const WAIT_MAX: Duration = Duration::from_secs(30);
const WAIT_STEP: Duration = Duration::from_millis(50);
/// How often a cheaper model gives way to a cheaper one.
const SWITCHES_MAX: u32 = 3;
/// When the reservation of a caller who left is given back.
const GIVE_BACK_AFTER: Duration = Duration::from_secs(1);

/// How large a call may become.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    /// The bytes of all texts that are sent.
    pub bytes: usize,
    /// How many messages these are.
    pub messages: usize,
    /// Parts that are not text.
    pub other_parts: usize,
    /// The most tokens of the answer, when the request says so. None for a call without an answer in words.
    pub answer_tokens: Option<u64>,
}

impl Size {
    /// Of a chat request. Without a limit on its answer it may become as long as the model says.
    pub fn of_chat(request: &llm::ChatRequest, model: &Resolved) -> Self {
        let parts = || request.messages.iter().flat_map(|message| &message.parts);
        let bytes: usize = parts().filter_map(llm::Part::as_text).map(str::len).sum();
        let other_parts = parts().filter(|part| part.as_text().is_none()).count();
        let calls = request.messages.iter().flat_map(|message| &message.tool_calls);
        let calls: usize = calls.map(|call| call.name.len() + call.arguments.len()).sum();
        let tools = match request.tools.as_slice() {
            [] => 0,
            tools => serde_json::to_string(tools).map_or(0, |tools| tools.len()),
        };
        Self {
            bytes: bytes + calls + tools,
            messages: request.messages.len(),
            other_parts,
            answer_tokens: Some(Self::answer_of(request.max_tokens, model).saturating_mul(request.choices())),
        }
    }

    /// The longest answer: what a request allows, else what the model writes.
    pub fn answer_of(max_tokens: Option<u32>, model: &Resolved) -> u64 {
        let known = max_tokens.map(u64::from).or(model.output_tokens);
        known.unwrap_or(ANSWER_TOKENS_MAX)
    }

    /// The most that it may cost with this model, in micro-units. A token is at least one byte of its text, so there are
    /// never more tokens than bytes; each counts as the dearest kind of token that is read.
    pub fn bound_micros(&self, model: &Resolved) -> i64 {
        model.most_micros(self.prompt_tokens_max(), self.answer_tokens.unwrap_or(0))
    }

    /// The most tokens that it may read and write.
    pub fn tokens_max(&self) -> u64 {
        self.prompt_tokens_max()
            .saturating_add(self.answer_tokens.unwrap_or(0))
    }

    const fn prompt_tokens_max(&self) -> u64 {
        self.bytes as u64
            + self.messages as u64 * TOKENS_PER_MESSAGE
            + self.other_parts as u64 * TOKENS_PER_PART
    }
}

/// A call that may begin.
pub struct Admitted {
    /// The model that answers: the one that was asked for, or a cheaper one.
    pub model: Resolved,
    reserved: Option<Reserved>,
}

impl Admitted {
    /// Takes over what was reserved. True when the end of the call has something to [`settle`]; then the answer must not
    /// become longer than its size said.
    #[must_use = "who takes it over settles it"]
    pub fn take(&mut self) -> bool {
        self.reserved.take().is_some_and(Reserved::into_other_hands)
    }
}

/// What is reserved for a call, until somebody takes it over. Dropped before that, because the caller left, it is given
/// back.
struct Reserved {
    app: App,
    call_id: String,
    held: bool,
}

impl Reserved {
    fn into_other_hands(mut self) -> bool {
        self.held = false;
        true
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.held {
            return;
        }
        let (app, call_id) = (self.app.clone(), std::mem::take(&mut self.call_id));
        self.app.spawn(async move {
            // What was sent to the database before the caller left may be committed a moment later.
            tokio::time::sleep(GIVE_BACK_AFTER).await;
            if let Err(error) = app.db.write(settle(&call_id, 0)).await {
                tracing::warn!(%error, call_id, "A reservation was not given back; it counts until it expires");
            }
        });
    }
}

/// The writes that settle a call, for the transaction that keeps its usage.
pub fn settle(call_id: &str, cost_micros: i64) -> Batch {
    store::settle(call_id, Some(cost_micros))
}

/// Asks the budgets of a call. `call_id` is what it will be settled by; `again` says that an earlier attempt may have
/// reserved under the same. 402 when nothing is left.
pub async fn admit(
    app: &App,
    spender: Spender<'_>,
    (call_id, again): (&str, bool),
    model: Resolved,
    size: &Size,
) -> Result<Admitted, Problem> {
    if model.prices.is_free() {
        let reserved = None;
        return Ok(Admitted { model, reserved });
    }
    let attempt = Attempt {
        app,
        spender,
        call_id,
        again,
        size,
        until: Instant::now() + WAIT_MAX,
    };
    let mut model = model;
    let mut switches = 0;
    let mut next = attempt.once(&model).await?;
    loop {
        next = match next {
            Next::Begin(reserved) => return Ok(Admitted { model, reserved }),
            Next::Cheaper(_) if switches == SWITCHES_MAX => {
                let detail =
                    "The budgets of this call name each other's models as the cheaper ones, in a circle.";
                return Err(Problem::new(ErrorCode::BudgetExceeded, detail));
            }
            Next::Cheaper(at) => {
                switches += 1;
                model = attempt.cheaper(&at).await?;
                attempt.once(&model).await?
            }
            Next::AskAgain => {
                tokio::time::sleep(WAIT_STEP).await;
                // Who waits asks as often as it takes; that is not the work of the route.
                sql::Meter::new().scope(attempt.once(&model)).await?
            }
        };
    }
}

struct Attempt<'a> {
    app: &'a App,
    spender: Spender<'a>,
    call_id: &'a str,
    again: bool,
    size: &'a Size,
    /// When waiting ends.
    until: Instant,
}

/// What follows.
enum Next {
    /// The call, with what was reserved for it.
    Begin(Option<Reserved>),
    /// Asking again: calls under way may cost less than they might, or the budgets have changed.
    AskAgain,
    /// Another model, because of this budget.
    Cheaper(Box<At>),
}

/// Where a budget stands.
struct At {
    budget: Budget,
    spent: i64,
    reserved: i64,
}

impl Attempt<'_> {
    async fn once(&self, model: &Resolved) -> Result<Next, Problem> {
        if model.prices.is_free() {
            return Ok(Next::Begin(None));
        }
        let budgets = of(self.app, self.spender).await?;
        if budgets.is_empty() {
            return Ok(Next::Begin(None));
        }
        match self.reserve(&budgets, model).await? {
            Some(reserved) => Ok(Next::Begin(Some(reserved))),
            None => self.refused(&budgets, model).await,
        }
    }

    async fn reserve(&self, budgets: &[Budget], model: &Resolved) -> Result<Option<Reserved>, Problem> {
        let now = self.app.clock.now();
        let promise = store::Promise {
            call_id: self.call_id,
            budgets: ids(budgets),
            model: &model.full_name,
            bound_micros: self.size.bound_micros(model),
            windows: windows_at(now),
            expires_at: now.plus(EXPIRES),
            again: self.again,
        };
        let mut reserved = Reserved {
            app: self.app.clone(),
            call_id: self.call_id.to_owned(),
            held: true,
        };
        match store::reserve(&self.app.db, &promise).await {
            Ok(()) => Ok(Some(reserved)),
            Err(error) => {
                reserved.held = false;
                match error {
                    sql::Error::RowsAffected { .. } => Ok(None),
                    error => Err(error.into()),
                }
            }
        }
    }

    /// Finds the budget that is in the way, and what it says of that.
    async fn refused(&self, budgets: &[Budget], model: &Resolved) -> Result<Next, Problem> {
        let now = self.app.clock.now();
        let standing = store::standing(&self.app.db, ids(budgets), windows_at(now)).await?;
        if standing.len() != budgets.len() {
            // One was taken away, and its notice is on its way here.
            self.app.changes.publish(Notice::budgets()).await;
            return self.ask_again();
        }
        for (budget, (_, spent, reserved)) in budgets.iter().zip(standing) {
            let full = spent + reserved >= budget.limit_micros;
            let at = || At {
                budget: budget.clone(),
                spent,
                reserved,
            };
            if budget.when_spent == WhenSpent::Cheaper
                && let Some(cheaper) = &budget.cheaper_model
                && *cheaper != model.full_name
                && (full || spent + reserved >= budget.limit_micros / 100 * budget.cheaper_from_percent)
            {
                return Ok(Next::Cheaper(Box::new(at())));
            }
            if !full {
                continue;
            }
            let may_fall = spent < budget.limit_micros;
            if budget.when_spent == WhenSpent::Wait && may_fall && Instant::now() < self.until {
                return Ok(Next::AskAgain);
            }
            return Err(self.used_up(&at(), None));
        }
        // Between the two statements something was settled.
        self.ask_again()
    }

    /// The model that takes over. Without one that can, the budget refuses: who asked has named another and could do nothing
    /// about it.
    async fn cheaper(&self, at: &At) -> Result<Resolved, Problem> {
        let name = at.budget.cheaper_model.as_deref().unwrap_or_default();
        let user = self.spender.user_id.unwrap_or_default();
        let workspace = self.spender.workspace_id;
        let fits = |model: &Resolved| match self.size.answer_tokens {
            Some(_) => model.capabilities.chat,
            None => model.capabilities.embeddings,
        };
        let can_not = match self.app.models.resolve(self.app, user, workspace, name).await {
            Ok(model) if fits(&model) => return Ok(model),
            Ok(_) => "does not answer calls of this kind",
            Err(problem) if problem.code == ErrorCode::NotFound => "is gone",
            Err(problem) if problem.code == ErrorCode::ModelUnavailable => "can not be used now",
            Err(problem) => return Err(problem),
        };
        Err(self.used_up(at, Some(can_not)))
    }

    fn ask_again(&self) -> Result<Next, Problem> {
        if Instant::now() < self.until {
            return Ok(Next::AskAgain);
        }
        let detail = "The budgets of this call change all the time; ask again in a moment.";
        Err(Problem::new(ErrorCode::Unavailable, detail))
    }

    /// 402, with the amounts, and what can be done; also why the cheaper model does not take over, when it should.
    fn used_up(&self, at: &At, cheaper_can_not: Option<&str>) -> Problem {
        let now = self.app.clock.now();
        let (budget, spent) = (&at.budget, at.spent);
        let [day, month] = ends_at(now);
        let (period, ends) = match budget.period {
            super::Period::Day => ("day", day),
            super::Period::Month => ("month", month),
        };
        let (whose, who) = self.owner(budget);
        let state = match (cheaper_can_not, &budget.cheaper_model) {
            (Some(can_not), Some(cheaper)) => {
                format!("leaves the rest to a cheaper model, `{cheaper}`, which {can_not}")
            }
            _ => "is used up".to_owned(),
        };
        let detail = format!(
            "The {period}'s budget of {whose} {state}: {} of {} spent, {} promised to calls under way. It begins anew at \
             {ends}; it can be raised by {who}. A model without a price goes on working.",
            units(spent),
            units(budget.limit_micros),
            units(at.reserved),
        );
        // What is only promised comes back much sooner than a new day.
        let again = if spent < budget.limit_micros && cheaper_can_not.is_none() {
            Duration::from_secs(5)
        } else {
            ends.since(now)
        };
        Problem::new(ErrorCode::BudgetExceeded, detail).retry_after(again)
    }

    /// Whose budget it is, and who can raise it.
    fn owner(&self, budget: &Budget) -> (&'static str, &'static str) {
        let (whose, who) = match budget.scope {
            Scope::Installation => ("this Stoa", "its administrator"),
            Scope::Workspace => ("this workspace", "an admin of the workspace"),
            Scope::User => ("your account", "the administrator of this Stoa"),
            // A program of a workspace asks in nobody's name.
            Scope::Key if self.spender.user_id.is_none() => ("this API key", "an admin of its workspace"),
            Scope::Key => ("this API key", "you, in the settings of the key"),
        };
        if budget.locked {
            return (whose, "the administrator of this Stoa");
        }
        (whose, who)
    }
}

fn ids(budgets: &[Budget]) -> Vec<String> {
    budgets.iter().map(|budget| budget.id.clone()).collect()
}

/// Micro-units as units with four places.
fn units(micros: i64) -> String {
    format!("{}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100)
}
