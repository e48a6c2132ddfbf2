-- Budgets: how much money the calls of models may cost in a day or a month, and what of it is spent or promised.

CREATE TABLE budgets (
  id {id} NOT NULL PRIMARY KEY,
  -- installation | workspace | user | key
  scope {text} NOT NULL,
  -- Whose calls: the id of the workspace, the user or the API key; empty for the installation.
  subject_id {id} NOT NULL,
  -- day | month, of UTC
  period {text} NOT NULL,
  limit_micros {int} NOT NULL,
  -- refuse | wait | cheaper
  when_spent {text} NOT NULL,
  -- For `cheaper`: the model that takes over, and from which part of the limit on.
  cheaper_model {text},
  cheaper_from_percent {int} NOT NULL,
  -- Set by an administrator of the installation: nobody else changes it.
  locked {bool} NOT NULL,
  created_by {id},
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
) {strict};
-- Ids are unique among all kinds of things, so the scope is not needed to find a budget by whose it is.
CREATE UNIQUE INDEX budgets_subject_id_period_key ON budgets (subject_id, period);

-- What was spent and is promised of a budget in the day or month that began then. Spent and promised change together, in
-- the transactions that promise before a call and settle after it.
CREATE TABLE budget_windows (
  budget_id {id} NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  begins {time} NOT NULL,
  spent_micros {int} NOT NULL,
  reserved_micros {int} NOT NULL,
  PRIMARY KEY (budget_id, begins)
) {clustered};
CREATE INDEX budget_windows_begins_idx ON budget_windows (begins);

-- Promises of calls under way: the most that each may cost. A call that never says how it ended counts as that much.
CREATE TABLE budget_reservations (
  call_id {id} NOT NULL,
  budget_id {id} NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  begins {time} NOT NULL,
  bound_micros {int} NOT NULL,
  expires_at {time} NOT NULL,
  PRIMARY KEY (call_id, budget_id)
) {clustered};
CREATE INDEX budget_reservations_budget_id_idx ON budget_reservations (budget_id);
CREATE INDEX budget_reservations_expires_at_idx ON budget_reservations (expires_at);
