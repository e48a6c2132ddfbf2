-- Batches: many prompts asked of several models by one run, and every answer in a grid of rows and lanes.

CREATE TABLE batches (
  id {id} NOT NULL PRIMARY KEY,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name {text} NOT NULL,
  -- running | paused: what is wanted of it; completed | cancelled | failed: what became of it.
  status {text} NOT NULL,
  -- Why it is paused or failed: {code, detail}.
  reason {json},
  -- prompts | csv | conversations
  source {text} NOT NULL,
  -- Its lanes, as in `conversations.lanes`.
  models {json} NOT NULL,
  -- The names of the columns of its table, in their order.
  columns {json} NOT NULL,
  template {text},
  concurrency {int} NOT NULL,
  -- The API key it was begun with, whose limits and budgets count.
  key_id {id},
  -- The run that works on it, or was the last to.
  run_id {id} NOT NULL,
  -- Kept by the writes, never counted by a reading.
  row_count {int} NOT NULL,
  cell_count {int} NOT NULL,
  done_count {int} NOT NULL,
  failed_count {int} NOT NULL,
  prompt_tokens {int} NOT NULL,
  completion_tokens {int} NOT NULL,
  cost_micros {int} NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL,
  finished_at {time}
) {strict};
CREATE INDEX batches_workspace_id_created_at_idx ON batches (workspace_id, created_at DESC, id DESC);
CREATE INDEX batches_user_id_idx ON batches (user_id);
CREATE INDEX batches_updated_at_idx ON batches (updated_at);

-- What each lane of a batch adds up to.
CREATE TABLE batch_lanes (
  batch_id {id} NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  lane {int} NOT NULL,
  done_count {int} NOT NULL,
  failed_count {int} NOT NULL,
  prompt_tokens {int} NOT NULL,
  completion_tokens {int} NOT NULL,
  cost_micros {int} NOT NULL,
  -- Sums over the cells that are done, and how many of those had a first token.
  latency_ms {int} NOT NULL,
  first_token_ms {int} NOT NULL,
  first_token_count {int} NOT NULL,
  PRIMARY KEY (batch_id, lane)
) {clustered};

-- What is asked. Never changed.
CREATE TABLE batch_rows (
  batch_id {id} NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  position {int} NOT NULL,
  prompt {text} NOT NULL,
  -- What is told first when the lane says nothing of its own: that of a conversation.
  system_prompt {text},
  -- The values of the columns, by name.
  variables {json},
  -- An answer to compare with.
  expected {text},
  -- Of a replayed conversation: which, who gave the answer that is compared with, and the turns before the prompt.
  conversation_id {id},
  original_model {text},
  history {json},
  PRIMARY KEY (batch_id, position)
) {clustered};

-- A row asked of a lane. There from the beginning, so that what waits is a range of the index.
CREATE TABLE batch_cells (
  batch_id {id} NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  position {int} NOT NULL,
  lane {int} NOT NULL,
  -- pending | done | failed
  status {text} NOT NULL,
  answer {text},
  error {json},
  finish_reason {text},
  -- Who answered: a budget may have chosen a cheaper one.
  model {text},
  -- Of every call that was made for it.
  prompt_tokens {int} NOT NULL,
  completion_tokens {int} NOT NULL,
  cost_micros {int} NOT NULL,
  latency_ms {int},
  first_token_ms {int},
  -- Calls that were made for it. A write names the number it saw, so of two that came at once one counts.
  attempts {int} NOT NULL,
  finished_at {time},
  PRIMARY KEY (batch_id, position, lane)
) {clustered};
CREATE INDEX batch_cells_batch_id_status_idx ON batch_cells (batch_id, status, position, lane);
