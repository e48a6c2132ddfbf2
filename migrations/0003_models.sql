-- Where models come from: connections to providers, the catalogue that each of them has, and what calls of models cost.

CREATE TABLE connections (
  id {id} NOT NULL PRIMARY KEY,
  -- system | workspace | user
  scope {text} NOT NULL,
  workspace_id {id} REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id {id} REFERENCES users (id) ON DELETE CASCADE,
  -- openai | anthropic | gemini | mock
  kind {text} NOT NULL,
  -- The part of a model's name before the slash.
  slug {text} NOT NULL,
  name {text} NOT NULL,
  base_url {text},
  -- Sealed with the installation's key.
  api_key_sealed {text},
  -- The last characters of the key, to recognise it by.
  api_key_hint {text},
  -- Sealed as well: headers often carry credentials.
  headers_sealed {text},
  -- Prices, and what only this kind of provider knows.
  settings {json} NOT NULL,
  enabled {bool} NOT NULL,
  created_by {id},
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL,
  CONSTRAINT connections_scope_check CHECK (
    (scope = 'system' AND workspace_id IS NULL AND user_id IS NULL)
    OR (scope = 'workspace' AND workspace_id IS NOT NULL AND user_id IS NULL)
    OR (scope = 'user' AND workspace_id IS NULL AND user_id IS NOT NULL)
  )
) {strict};
CREATE UNIQUE INDEX connections_system_slug_key ON connections (slug) WHERE scope = 'system';
CREATE UNIQUE INDEX connections_workspace_slug_key ON connections (workspace_id, slug) WHERE scope = 'workspace';
CREATE UNIQUE INDEX connections_user_slug_key ON connections (user_id, slug) WHERE scope = 'user';
-- For the foreign keys, which make no use of partial indexes.
CREATE INDEX connections_workspace_id_idx ON connections (workspace_id);
CREATE INDEX connections_user_id_idx ON connections (user_id);

-- What each connection serves: read from the provider in the background, whole, never on a page's path. A table of its
-- own, so that reading it again does not change the connection, and lists of connections stay narrow.
CREATE TABLE catalogues (
  connection_id {id} NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
  -- Rises when the models change; a process that knows this revision does not read them again.
  revision {int} NOT NULL,
  -- A list of models with their capabilities and limits.
  models {json} NOT NULL,
  -- When it is read next; the node that moves it on is the one that reads.
  due_at {time} NOT NULL,
  -- When it was last read well.
  read_at {time},
  -- What the last reading failed with; null when it went well.
  error_code {text},
  error {text}
) {strict};
CREATE INDEX catalogues_due_at_idx ON catalogues (due_at);

-- One row a call, written when it ends; settled into usage_hours by a background step.
CREATE TABLE usage_calls (
  id {id} NOT NULL PRIMARY KEY,
  at {time} NOT NULL,
  user_id {id},
  workspace_id {id},
  credential_id {id},
  run_id {id},
  -- chat | embeddings | title
  purpose {text} NOT NULL,
  model {text} NOT NULL,
  prompt_tokens {int} NOT NULL,
  completion_tokens {int} NOT NULL,
  cost_micros {int} NOT NULL,
  latency_ms {int} NOT NULL,
  first_token_ms {int},
  -- ok, cancelled, or the code of the error
  outcome {text} NOT NULL,
  -- When it was counted into usage_hours.
  settled_at {time}
) {strict};
CREATE INDEX usage_calls_unsettled_idx ON usage_calls (id) WHERE settled_at IS NULL;
CREATE INDEX usage_calls_workspace_id_at_idx ON usage_calls (workspace_id, at);

-- Calls by the hour. A call without a workspace or a user counts under the empty text.
CREATE TABLE usage_hours (
  hour {time} NOT NULL,
  workspace_id {id} NOT NULL,
  user_id {id} NOT NULL,
  model {text} NOT NULL,
  purpose {text} NOT NULL,
  calls {int} NOT NULL,
  failures {int} NOT NULL,
  prompt_tokens {int} NOT NULL,
  completion_tokens {int} NOT NULL,
  cost_micros {int} NOT NULL,
  PRIMARY KEY (workspace_id, hour, user_id, model, purpose)
) {clustered};
CREATE INDEX usage_hours_user_id_hour_idx ON usage_hours (user_id, hour);
