-- 0001_accounts
-- Who may do what: users, their credentials, workspaces, memberships, invitations, and the settings of the installation.

CREATE TABLE users (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- Lower case; the constraint decides who was first.
  email TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  password_hash TEXT COLLATE "C" NOT NULL,
  is_admin BOOLEAN NOT NULL,
  disabled_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE INDEX users_created_at_idx ON users (created_at, id);

-- Browser logins and API keys alike: what a request presents. Revoking deletes the row.
CREATE TABLE credentials (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- session | key
  kind TEXT COLLATE "C" NOT NULL,
  -- SHA-256 of the token; the token itself is never stored.
  token_hash TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  -- The first characters of the token, to recognise it by.
  prefix TEXT COLLATE "C" NOT NULL,
  -- Separated by spaces: read, write, models.
  scopes TEXT COLLATE "C" NOT NULL,
  user_agent TEXT COLLATE "C",
  address TEXT COLLATE "C",
  created_at TIMESTAMPTZ NOT NULL,
  last_used_at TIMESTAMPTZ,
  expires_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX credentials_token_hash_key ON credentials (token_hash);
CREATE INDEX credentials_user_id_kind_idx ON credentials (user_id, kind, created_at);

CREATE TABLE workspaces (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  slug TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  personal BOOLEAN NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX workspaces_slug_key ON workspaces (slug);
CREATE INDEX workspaces_owner_id_updated_at_idx ON workspaces (owner_id, updated_at DESC);

-- Clustered by user: what a request asks first is what its caller belongs to.
CREATE TABLE memberships (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- owner | admin | member | observer
  role TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (user_id, workspace_id)
);
CREATE INDEX memberships_workspace_id_created_at_idx ON memberships (workspace_id, created_at, user_id);

CREATE TABLE invitations (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  email TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  token_hash TEXT COLLATE "C" NOT NULL,
  invited_by TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX invitations_workspace_id_email_key ON invitations (workspace_id, email);
CREATE UNIQUE INDEX invitations_token_hash_key ON invitations (token_hash);
CREATE INDEX invitations_email_idx ON invitations (email);
CREATE INDEX invitations_invited_by_idx ON invitations (invited_by);

-- The settings that an administrator changes while Stoa runs; what is absent has its default.
CREATE TABLE settings (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value JSONB NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  updated_by TEXT COLLATE "C"
);

-- 0002_runs
-- Runs: everything that calls a model or takes time, in a tree; and the numbered events each run shows.
-- The engine crate owns both tables. No foreign key leaves them: the engine knows no table of the product.

CREATE TABLE runs (
    id TEXT COLLATE "C" PRIMARY KEY,
    parent_id TEXT COLLATE "C" REFERENCES runs (id) ON DELETE CASCADE,
    root_id TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C",
    user_id TEXT COLLATE "C",
    conversation_id TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL,
    -- 0 interactive, 1 background
    lane BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    input JSONB NOT NULL,
    output JSONB,
    error JSONB,
    -- Counts claims; with the owner it is the fence of every write that moves a run on.
    attempt BIGINT NOT NULL DEFAULT 0,
    -- Counts attempts that ended badly; this is what attempts_max limits.
    failures BIGINT NOT NULL DEFAULT 0,
    attempts_max BIGINT NOT NULL DEFAULT 1,
    available_at TIMESTAMPTZ NOT NULL,
    lease_owner TEXT COLLATE "C",
    lease_expires_at TIMESTAMPTZ,
    -- Found without a living owner; the next attempt begins with the step's recovery.
    orphaned BOOLEAN NOT NULL DEFAULT FALSE,
    cancel_requested_at TIMESTAMPTZ,
    children BIGINT NOT NULL DEFAULT 0,
    children_ended BIGINT NOT NULL DEFAULT 0,
    -- A waiting run is queued again when children_ended reaches this.
    wake_at BIGINT NOT NULL DEFAULT 0,
    idempotency_key TEXT COLLATE "C",
    prompt_tokens BIGINT NOT NULL DEFAULT 0,
    completion_tokens BIGINT NOT NULL DEFAULT 0,
    cost_micros BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    CONSTRAINT runs_status_check CHECK (status IN
        ('queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'skipped'))
);

-- What may be claimed. Partial, so it stays as small as the queue however many runs have finished.
CREATE INDEX runs_queue_idx ON runs (lane, available_at) WHERE status IN ('queued', 'paused');
-- What is running: by node for renewal and cancellation, by time for recovery.
CREATE INDEX runs_owner_idx ON runs (lease_owner) WHERE status = 'running';
CREATE INDEX runs_lease_idx ON runs (lease_expires_at) WHERE status = 'running';
CREATE INDEX runs_parent_idx ON runs (parent_id, created_at) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_root_idx ON runs (root_id, created_at) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_workspace_created_idx ON runs (workspace_id, created_at);
CREATE INDEX runs_user_status_created_idx ON runs (user_id, status, created_at);
CREATE INDEX runs_conversation_created_idx ON runs (conversation_id, created_at);
CREATE UNIQUE INDEX runs_user_idempotency_key ON runs (user_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

-- The log of a run in chunks: many events a row, because tokens come one by one and rows are dear.
-- `events` is a JSON array of [time in microseconds, kind, data], numbered from first_seq; text, so that a
-- replayed event has the very bytes of the live one.
CREATE TABLE run_events (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    events TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, first_seq)
);

-- 0003_models
-- Where models come from: connections to providers, the catalogue that each of them has, and what calls of models cost.

CREATE TABLE connections (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- system | workspace | user
  scope TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
  -- openai | anthropic | gemini | mock
  kind TEXT COLLATE "C" NOT NULL,
  -- The part of a model's name before the slash.
  slug TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  base_url TEXT COLLATE "C",
  -- Sealed with the installation's key.
  api_key_sealed TEXT COLLATE "C",
  -- The last characters of the key, to recognise it by.
  api_key_hint TEXT COLLATE "C",
  -- Sealed as well: headers often carry credentials.
  headers_sealed TEXT COLLATE "C",
  -- Prices, and what only this kind of provider knows.
  settings JSONB NOT NULL,
  enabled BOOLEAN NOT NULL,
  created_by TEXT COLLATE "C",
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT connections_scope_check CHECK (
    (scope = 'system' AND workspace_id IS NULL AND user_id IS NULL)
    OR (scope = 'workspace' AND workspace_id IS NOT NULL AND user_id IS NULL)
    OR (scope = 'user' AND workspace_id IS NULL AND user_id IS NOT NULL)
  )
);
CREATE UNIQUE INDEX connections_system_slug_key ON connections (slug) WHERE scope = 'system';
CREATE UNIQUE INDEX connections_workspace_slug_key ON connections (workspace_id, slug) WHERE scope = 'workspace';
CREATE UNIQUE INDEX connections_user_slug_key ON connections (user_id, slug) WHERE scope = 'user';
-- For the foreign keys, which make no use of partial indexes.
CREATE INDEX connections_workspace_id_idx ON connections (workspace_id);
CREATE INDEX connections_user_id_idx ON connections (user_id);

-- What each connection serves: read from the provider in the background, whole, never on a page's path. A table of its
-- own, so that reading it again does not change the connection, and lists of connections stay narrow.
CREATE TABLE catalogues (
  connection_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
  -- Rises when the models change; a process that knows this revision does not read them again.
  revision BIGINT NOT NULL,
  -- A list of models with their capabilities and limits.
  models JSONB NOT NULL,
  -- When it is read next; the node that moves it on is the one that reads.
  due_at TIMESTAMPTZ NOT NULL,
  -- When it was last read well.
  read_at TIMESTAMPTZ,
  -- What the last reading failed with; null when it went well.
  error_code TEXT COLLATE "C",
  error TEXT COLLATE "C"
);
CREATE INDEX catalogues_due_at_idx ON catalogues (due_at);

-- One row a call, written when it ends; settled into usage_hours by a background step.
CREATE TABLE usage_calls (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  at TIMESTAMPTZ NOT NULL,
  user_id TEXT COLLATE "C",
  workspace_id TEXT COLLATE "C",
  credential_id TEXT COLLATE "C",
  run_id TEXT COLLATE "C",
  -- chat | embeddings | title
  purpose TEXT COLLATE "C" NOT NULL,
  model TEXT COLLATE "C" NOT NULL,
  prompt_tokens BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  cost_micros BIGINT NOT NULL,
  latency_ms BIGINT NOT NULL,
  first_token_ms BIGINT,
  -- ok, cancelled, or the code of the error
  outcome TEXT COLLATE "C" NOT NULL,
  -- When it was counted into usage_hours.
  settled_at TIMESTAMPTZ
);
CREATE INDEX usage_calls_unsettled_idx ON usage_calls (id) WHERE settled_at IS NULL;
CREATE INDEX usage_calls_workspace_id_at_idx ON usage_calls (workspace_id, at);

-- Calls by the hour. A call without a workspace or a user counts under the empty text.
CREATE TABLE usage_hours (
  hour TIMESTAMPTZ NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  model TEXT COLLATE "C" NOT NULL,
  purpose TEXT COLLATE "C" NOT NULL,
  calls BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  prompt_tokens BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  cost_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, hour, user_id, model, purpose)
);
CREATE INDEX usage_hours_user_id_hour_idx ON usage_hours (user_id, hour);

-- 0004_conversations
-- Conversations and their messages. Messages are rows, append-only but for the reply that is being written.

CREATE TABLE conversations (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- chat (later: comparison, breakout)
  kind TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  -- none | first_words | model | user
  title_source TEXT COLLATE "C" NOT NULL,
  model TEXT COLLATE "C",
  agent_id TEXT COLLATE "C",
  system_prompt TEXT COLLATE "C",
  -- The last message of the branch that is shown.
  head_id TEXT COLLATE "C",
  -- False as long as every message has at most one child: then a page is a range of the clustered key.
  branched BOOLEAN NOT NULL,
  -- The run that is writing a reply.
  active_run_id TEXT COLLATE "C",
  pinned_at TIMESTAMPTZ,
  archived_at TIMESTAMPTZ,
  -- Kept by the writes, never counted by a list.
  message_count BIGINT NOT NULL,
  last_message_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX conversations_workspace_id_last_message_at_idx ON conversations (workspace_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_user_id_last_message_at_idx ON conversations (user_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_user_id_created_at_idx ON conversations (user_id, created_at DESC);
CREATE INDEX conversations_updated_at_user_id_idx ON conversations (updated_at DESC, user_id);
CREATE INDEX conversations_agent_id_idx ON conversations (agent_id);
CREATE INDEX conversations_created_at_idx ON conversations (created_at);
CREATE INDEX conversations_updated_at_idx ON conversations (updated_at);

-- Clustered by conversation: opening one reads neighbouring pages of the file.
CREATE TABLE messages (
  conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  id TEXT COLLATE "C" NOT NULL,
  -- The message it answers or follows; empty for the first of a branch, so that equality finds siblings.
  parent_id TEXT COLLATE "C" NOT NULL,
  -- system | user | assistant
  role TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C",
  content TEXT COLLATE "C" NOT NULL,
  reasoning TEXT COLLATE "C",
  model TEXT COLLATE "C",
  -- complete | generating | partial | failed | cancelled
  status TEXT COLLATE "C" NOT NULL,
  error JSONB,
  run_id TEXT COLLATE "C",
  prompt_tokens BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  cost_micros BIGINT NOT NULL,
  latency_ms BIGINT,
  first_token_ms BIGINT,
  pinned_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (conversation_id, id)
);
-- A message by its id alone: /api/messages/TEXT COLLATE "C".
CREATE UNIQUE INDEX messages_id_key ON messages (id);
CREATE INDEX messages_conversation_id_parent_id_idx ON messages (conversation_id, parent_id);
CREATE INDEX messages_conversation_id_created_at_idx ON messages (conversation_id, created_at);
CREATE INDEX messages_conversation_id_role_idx ON messages (conversation_id, role);
CREATE INDEX messages_role_idx ON messages (role);
CREATE INDEX messages_created_at_idx ON messages (created_at);

-- 0005_preferences
-- What each user has set for themselves: theme, language, model. Null until something is set; absent fields have their defaults.

ALTER TABLE users ADD COLUMN preferences JSONB;

-- 0006_founder
-- Who had the first account. At most one row holds true and the others null, so two first registrations in the same instant
-- can not both become administrators, whatever each of them saw.

ALTER TABLE users ADD COLUMN founder BOOLEAN;
CREATE UNIQUE INDEX users_founder_key ON users (founder);

-- 0007_alerts
-- What an administrator should look at: one row for each time that a measurement of a node left its bounds. An id begins with
-- the time at which it was made, so the order of the ids is the order of the list.

CREATE TABLE alerts (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- The node that noticed it: each looks at itself.
  node TEXT COLLATE "C" NOT NULL,
  -- response_time | error_rate | pool_exhausted | memory | cpu
  kind TEXT COLLATE "C" NOT NULL,
  opened_at TIMESTAMPTZ NOT NULL,
  -- Null while it is open.
  closed_at TIMESTAMPTZ,
  -- When its node last said that it is still so. A node that stopped saying it is gone.
  seen_at TIMESTAMPTZ NOT NULL,
  -- What was measured when it opened, the worst since, and the bound.
  value DOUBLE PRECISION NOT NULL,
  worst DOUBLE PRECISION NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  -- A sentence for people.
  detail TEXT COLLATE "C" NOT NULL,
  acknowledged_at TIMESTAMPTZ,
  acknowledged_by TEXT COLLATE "C"
);
CREATE UNIQUE INDEX alerts_node_kind_key ON alerts (node, kind) WHERE closed_at IS NULL;
CREATE INDEX alerts_open_idx ON alerts (id) WHERE closed_at IS NULL;

-- 0008_search
-- The one search index: passages of everything that can be searched, their words, their vectors.

-- The text of a passage is never changed: what is written again gets new ones. Numbers are made by the database and never used twice, so
-- that a copy of the index in memory is right when it has the same numbers.
CREATE TABLE passages (
  number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- memory | file | message | command
  kind TEXT COLLATE "C" NOT NULL,
  owner_id TEXT COLLATE "C" NOT NULL,
  -- The conversation of a message, the folder of a file.
  parent_id TEXT COLLATE "C",
  -- What stands in an order with others: the messages of a conversation, the parts of a file, memories of one source. Beside
  -- the passage of a position and part stand the part before and behind it, and those of the positions before and behind.
  series TEXT COLLATE "C",
  position BIGINT NOT NULL,
  -- Which of its owner's passages it is, from 0.
  part BIGINT NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  tags TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  -- What stands around it: searched with less weight, never shown.
  context TEXT COLLATE "C" NOT NULL,
  -- Where it stands in its owner: characters, page, heading.
  place JSONB NOT NULL,
  -- The time of what it is about, for recency.
  at TIMESTAMPTZ NOT NULL
  ,
  words tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title || ' ' || tags), 'A') || setweight(to_tsvector('english', text), 'B')
    || setweight(to_tsvector('english', context), 'D')
  ) STORED
);
CREATE UNIQUE INDEX passages_owner_id_part_key ON passages (owner_id, part);
CREATE INDEX passages_workspace_id_number_idx ON passages (workspace_id, number);
CREATE INDEX passages_parent_id_idx ON passages (parent_id);

CREATE INDEX passages_words_idx ON passages USING gin (words);

-- Full precision; the index in memory holds eight bits a number and looks here for the last word.
CREATE TABLE passage_vectors (
  number BIGINT NOT NULL REFERENCES passages (number) ON DELETE CASCADE,
  model TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  -- The workspace's epoch when it was written: what a copy of the index lacks are the vectors of later epochs.
  epoch BIGINT NOT NULL,
  vector BYTEA NOT NULL,
  PRIMARY KEY (number, model)
);
CREATE INDEX passage_vectors_model_workspace_id_epoch_idx ON passage_vectors (model, workspace_id, epoch);

-- What waits for its vector. Taken for a while by the node that makes it.
CREATE TABLE passage_queue (
  number BIGINT NOT NULL PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
  workspace_id TEXT COLLATE "C" NOT NULL,
  -- Memories and files before messages.
  rank BIGINT NOT NULL,
  taken_until TIMESTAMPTZ NOT NULL
);
CREATE INDEX passage_queue_rank_number_idx ON passage_queue (rank, number);
CREATE INDEX passage_queue_workspace_id_idx ON passage_queue (workspace_id);

-- Moves on whenever vectors of a workspace are written, so that every node sees that its copy is behind.
CREATE TABLE passage_epochs (
  workspace_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
  epoch BIGINT NOT NULL
);

-- 0009_memories
-- Memories: what a workspace knows, each a text with a title. What lists show comes first in the row; the text, which no list
-- reads, comes last, so that a list does not touch the pages it overflows into.

CREATE TABLE memories (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- Who made it. A memory outlives its author's membership.
  user_id TEXT COLLATE "C" NOT NULL,
  -- Who wrote what it says now.
  edited_by TEXT COLLATE "C" NOT NULL,
  -- active | proposed | rejected
  status TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  -- The title in lower case, for order and for searching by name.
  title_key TEXT COLLATE "C" NOT NULL,
  -- The beginning of the text.
  snippet TEXT COLLATE "C" NOT NULL,
  -- A list of words, also in memory_tags.
  tags JSONB NOT NULL,
  -- Where it comes from: a list of {kind, id, conversation_id, url, name}.
  sources JSONB NOT NULL,
  -- Memories of one series stand in an order: turns of a conversation, parts of a file.
  series TEXT COLLATE "C",
  position BIGINT,
  valid_from TIMESTAMPTZ,
  valid_until TIMESTAMPTZ,
  version BIGINT NOT NULL,
  -- 1970 when it never was.
  last_used_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  content TEXT COLLATE "C" NOT NULL
);
CREATE INDEX memories_workspace_id_status_updated_at_idx ON memories (workspace_id, status, updated_at DESC, id DESC);
CREATE INDEX memories_workspace_id_status_created_at_idx ON memories (workspace_id, status, created_at DESC, id DESC);
CREATE INDEX memories_workspace_id_status_title_key_idx ON memories (workspace_id, status, title_key, id);
CREATE INDEX memories_workspace_id_status_last_used_at_idx ON memories (workspace_id, status, last_used_at DESC, id DESC);
CREATE INDEX memories_workspace_id_series_position_idx ON memories (workspace_id, series, position) WHERE series IS NOT NULL;

-- What a memory said before, one row for each version that was replaced.
CREATE TABLE memory_versions (
  memory_id TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  version BIGINT NOT NULL,
  -- Who wrote this version, and when.
  user_id TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  snippet TEXT COLLATE "C" NOT NULL,
  tags JSONB NOT NULL,
  valid_from TIMESTAMPTZ,
  valid_until TIMESTAMPTZ,
  content TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (memory_id, version)
);

-- The tags of memories, to find by one and to count them.
CREATE TABLE memory_tags (
  workspace_id TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  tag TEXT COLLATE "C" NOT NULL,
  memory_id TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  PRIMARY KEY (workspace_id, status, tag, memory_id)
);
CREATE INDEX memory_tags_memory_id_idx ON memory_tags (memory_id);

-- The memories that somebody has put beside a conversation; the active ones are shown to its models.
CREATE TABLE context_items (
  conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  memory_id TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  -- active | paused
  state TEXT COLLATE "C" NOT NULL,
  added_by TEXT COLLATE "C" NOT NULL,
  added_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (conversation_id, memory_id)
);
CREATE INDEX context_items_memory_id_idx ON context_items (memory_id);

-- 0010_files
-- Files and folders, the bytes they stand for, and uploads under way. Bytes are kept once for each content in a workspace.

-- Bytes that are there. The counter is moved on by the writes that add and purge files, in their transactions.
CREATE TABLE blobs (
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- SHA-256 of the content, hex.
  hash TEXT COLLATE "C" NOT NULL,
  -- Where the storage has them.
  key TEXT COLLATE "C" NOT NULL,
  size_bytes BIGINT NOT NULL,
  uses BIGINT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (workspace_id, hash)
);
CREATE UNIQUE INDEX blobs_key_key ON blobs (key);
CREATE INDEX blobs_unused_idx ON blobs (workspace_id) WHERE uses = 0;

CREATE TABLE files (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- Who put it there.
  user_id TEXT COLLATE "C" NOT NULL,
  -- The folder; empty at the top, so that equality finds what is there.
  parent_id TEXT COLLATE "C" NOT NULL,
  -- folder | file
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  -- The name in lower case: what lists sort by and search in. Folders come first: theirs begins with a space.
  name_key TEXT COLLATE "C" NOT NULL,
  -- From the top, with the name: a folder's content is a range of paths.
  path TEXT COLLATE "C" NOT NULL,
  size_bytes BIGINT NOT NULL,
  media_type TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C",
  hidden BOOLEAN NOT NULL,
  -- none | queued | running | done | failed | unsupported
  ingest_status TEXT COLLATE "C" NOT NULL,
  ingest_error JSONB,
  ingest_run_id TEXT COLLATE "C",
  -- The content that the passages are of.
  ingest_hash TEXT COLLATE "C",
  passages BIGINT NOT NULL,
  pages BIGINT,
  deleted_at TIMESTAMPTZ,
  -- The file or folder with which it was deleted: they come back together.
  deleted_with TEXT COLLATE "C",
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
-- Two live files of a folder have different names; so the paths of a workspace are different too.
CREATE UNIQUE INDEX files_workspace_id_path_key ON files (workspace_id, path) WHERE deleted_at IS NULL;
CREATE INDEX files_parent_name_idx ON files (workspace_id, parent_id, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX files_parent_size_idx ON files (workspace_id, parent_id, size_bytes, id) WHERE deleted_at IS NULL;
CREATE INDEX files_parent_updated_idx ON files (workspace_id, parent_id, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX files_name_idx ON files (workspace_id, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX files_size_idx ON files (workspace_id, size_bytes, id) WHERE deleted_at IS NULL;
CREATE INDEX files_updated_idx ON files (workspace_id, updated_at, id) WHERE deleted_at IS NULL;
-- For a workspace that goes.
CREATE INDEX files_workspace_id_idx ON files (workspace_id);
-- What lies in the bin, and what is purged.
CREATE INDEX files_deleted_idx ON files (workspace_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX files_deleted_at_idx ON files (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX files_deleted_with_idx ON files (deleted_with) WHERE deleted_with IS NOT NULL;

-- Uploads under way. Each has its row before its first byte is stored, so nothing can be left behind.
CREATE TABLE uploads (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL,
  parent_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  media_type TEXT COLLATE "C" NOT NULL,
  -- rename | replace | fail
  on_conflict TEXT COLLATE "C" NOT NULL,
  size_bytes BIGINT NOT NULL,
  -- Where its bytes are; the storage's own name of an upload in parts.
  key TEXT COLLATE "C" NOT NULL,
  multipart_id TEXT COLLATE "C",
  -- How much has arrived, and the hash up to there.
  received BIGINT NOT NULL,
  hash_state BYTEA,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);
CREATE INDEX uploads_workspace_id_idx ON uploads (workspace_id);

-- The parts of an upload that the storage has, in their order.
CREATE TABLE upload_parts (
  upload_id TEXT COLLATE "C" NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  content_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (upload_id, number)
);

-- Bytes that nothing stands for any more; removed from the storage soon, however often that is tried.
CREATE TABLE blob_garbage (
  key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  multipart_id TEXT COLLATE "C",
  since TIMESTAMPTZ NOT NULL
);
CREATE INDEX blob_garbage_since_idx ON blob_garbage (since);

-- 0011_citations
-- Answers with sources: what a conversation may draw on, what one question may (instead of its conversation's), and what an
-- answer drew on.
ALTER TABLE conversations ADD COLUMN collection JSONB;
ALTER TABLE messages ADD COLUMN collection JSONB;
ALTER TABLE messages ADD COLUMN sources JSONB;

-- 0012_backfills
-- How far it is with what was written before it could be found by search: a row for each kind of thing, made when it begins.

CREATE TABLE backfills (
  -- messages | memories | files
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- The last one that was looked at, as the program wrote it.
  at TEXT COLLATE "C" NOT NULL,
  -- Null while there are more.
  finished_at TIMESTAMPTZ
);

-- 0013_compare
-- Comparisons: one question to several models, what people think of the answers, and sets of models to ask again.

-- The lanes of a comparison, by number: [{model, label, settings}]; null for a chat. One value with the row, because a
-- comparison is never read without them and they never change.
ALTER TABLE conversations ADD COLUMN lanes JSONB;
-- Null for what is no comparison, or an open one. Time at which a blind comparison was begun, and at which it was revealed.
ALTER TABLE conversations ADD COLUMN blind_at TIMESTAMPTZ;
ALTER TABLE conversations ADD COLUMN revealed_at TIMESTAMPTZ;

-- The lane that an answer of a comparison belongs to.
ALTER TABLE messages ADD COLUMN lane BIGINT;
-- The lanes that a question of a comparison went to, a bit each; null means all.
ALTER TABLE messages ADD COLUMN lanes BIGINT;

-- What somebody thinks of the answers to a question: one vote for each person and question.
CREATE TABLE votes (
  message_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  conversation_id TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- best | tie | all_bad
  verdict TEXT COLLATE "C" NOT NULL,
  -- The best lane, or those that are tied, a bit each.
  lanes BIGINT NOT NULL,
  reason TEXT COLLATE "C",
  -- A JSON array of words, for showing; `vote_tags` is for looking them up.
  tags JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (message_id, user_id),
  CONSTRAINT votes_message_fk FOREIGN KEY (conversation_id, message_id) REFERENCES messages (conversation_id, id) ON DELETE CASCADE
);
CREATE INDEX votes_conversation_id_message_id_idx ON votes (conversation_id, message_id);
CREATE INDEX votes_user_id_idx ON votes (user_id);
CREATE INDEX votes_workspace_id_idx ON votes (workspace_id);

-- The answers that were voted on, as they were then: a rating does not change because a model was renamed.
CREATE TABLE vote_answers (
  message_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  lane BIGINT NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  model TEXT COLLATE "C" NOT NULL,
  -- 0 for the best and the tied ones, 1 for the others; null where all were bad, which says nothing about who is better.
  place BIGINT,
  cost_micros BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  latency_ms BIGINT,
  first_token_ms BIGINT,
  PRIMARY KEY (message_id, user_id, lane),
  CONSTRAINT vote_answers_vote_fk FOREIGN KEY (message_id, user_id) REFERENCES votes (message_id, user_id) ON DELETE CASCADE
);
CREATE INDEX vote_answers_workspace_id_message_id_user_id_idx ON vote_answers (workspace_id, message_id, user_id, lane);

CREATE TABLE vote_tags (
  workspace_id TEXT COLLATE "C" NOT NULL,
  tag TEXT COLLATE "C" NOT NULL,
  message_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace_id, tag, message_id, user_id),
  CONSTRAINT vote_tags_vote_fk FOREIGN KEY (message_id, user_id) REFERENCES votes (message_id, user_id) ON DELETE CASCADE
);
CREATE INDEX vote_tags_message_id_user_id_idx ON vote_tags (message_id, user_id);

-- Named sets of models, for everybody in a workspace.
CREATE TABLE presets (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  -- As in `conversations.lanes`.
  models JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX presets_workspace_id_name_key ON presets (workspace_id, name);

-- 0014_budgets
-- Budgets: how much money the calls of models may cost in a day or a month, and what of it is spent or promised.

CREATE TABLE budgets (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- installation | workspace | user | key
  scope TEXT COLLATE "C" NOT NULL,
  -- Whose calls: the id of the workspace, the user or the API key; empty for the installation.
  subject_id TEXT COLLATE "C" NOT NULL,
  -- day | month, of UTC
  period TEXT COLLATE "C" NOT NULL,
  limit_micros BIGINT NOT NULL,
  -- refuse | wait | cheaper
  when_spent TEXT COLLATE "C" NOT NULL,
  -- For `cheaper`: the model that takes over, and from which part of the limit on.
  cheaper_model TEXT COLLATE "C",
  cheaper_from_percent BIGINT NOT NULL,
  -- Set by an administrator of the installation: nobody else changes it.
  locked BOOLEAN NOT NULL,
  created_by TEXT COLLATE "C",
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
-- Ids are unique among all kinds of things, so the scope is not needed to find a budget by whose it is.
CREATE UNIQUE INDEX budgets_subject_id_period_key ON budgets (subject_id, period);

-- What was spent and is promised of a budget in the day or month that began then. Spent and promised change together, in
-- the transactions that promise before a call and settle after it.
CREATE TABLE budget_windows (
  budget_id TEXT COLLATE "C" NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  begins TIMESTAMPTZ NOT NULL,
  spent_micros BIGINT NOT NULL,
  reserved_micros BIGINT NOT NULL,
  PRIMARY KEY (budget_id, begins)
);
CREATE INDEX budget_windows_begins_idx ON budget_windows (begins);

-- Promises of calls under way: the most that each may cost. A call that never says how it ended counts as that much.
CREATE TABLE budget_reservations (
  call_id TEXT COLLATE "C" NOT NULL,
  budget_id TEXT COLLATE "C" NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  begins TIMESTAMPTZ NOT NULL,
  bound_micros BIGINT NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (call_id, budget_id)
);
CREATE INDEX budget_reservations_budget_id_idx ON budget_reservations (budget_id);
CREATE INDEX budget_reservations_expires_at_idx ON budget_reservations (expires_at);

-- 0015_tags
-- The tags of a passage stand one a line: between blanks a tag of two words could not be told from two tags.
UPDATE passages SET tags = COALESCE((SELECT string_agg(t.value, chr(10) ORDER BY t.n) FROM memories AS m
  CROSS JOIN LATERAL jsonb_array_elements_text(m.tags) WITH ORDINALITY AS t (value, n)
  WHERE m.id = passages.owner_id), tags) WHERE kind = 'memory' AND tags LIKE '% %';

-- 0016_administration
-- What administrators look at: who changed what, what models cost and how fast they are by the hour, what a conversation cost.

CREATE TABLE audit_log (
  -- Begins with the time at which it was made: the order of the ids is the order of the list.
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  at TIMESTAMPTZ NOT NULL,
  -- Null for the command line.
  actor_id TEXT COLLATE "C",
  -- <kind of thing>.<what was done>
  action TEXT COLLATE "C" NOT NULL,
  subject_id TEXT COLLATE "C",
  -- What it was called then: it may be gone now.
  subject_name TEXT COLLATE "C",
  workspace_id TEXT COLLATE "C",
  -- {"<field>": {"from": …, "to": …}}; never a secret, never what somebody wrote.
  detail JSONB NOT NULL
);

-- The calls of an hour whose first word was seen: how long that took and how fast they wrote then, as sums.
ALTER TABLE usage_hours ADD COLUMN timed_calls BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN first_token_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN writing_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN written_tokens BIGINT NOT NULL DEFAULT 0;
CREATE INDEX usage_hours_hour_idx ON usage_hours (hour);

-- What the answers of a conversation cost, kept by the writes that end them. What is deleted was paid for all the same.
ALTER TABLE conversations ADD COLUMN cost_micros BIGINT NOT NULL DEFAULT 0;
UPDATE conversations SET cost_micros = (SELECT COALESCE(SUM(m.cost_micros), 0) FROM messages m WHERE m.conversation_id = conversations.id)
WHERE EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = conversations.id AND m.cost_micros > 0);

-- 0017_limits
-- What limits an API key, and keys of workspaces, which stay when their maker leaves.

-- Null for what belongs to the user. A key of a workspace calls models there, and for nobody.
ALTER TABLE credentials ADD COLUMN workspace_id TEXT COLLATE "C" REFERENCES workspaces (id) ON DELETE CASCADE;
-- {models, requests_per_minute, tokens_per_minute, concurrent}; null when nothing is limited.
ALTER TABLE credentials ADD COLUMN limits JSONB;
CREATE INDEX credentials_workspace_id_created_at_idx ON credentials (workspace_id, created_at);
CREATE INDEX credentials_kind_created_at_idx ON credentials (kind, created_at, id);

-- 0018_prices
-- What models cost from which day on, and what limits a user.

-- Of the whole installation. Which price counts for a call is decided in memory: the most specific pattern, and of that the
-- latest that has begun.
CREATE TABLE prices (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- Of outward names of models: `openai/gpt-5`, `openai/*`, `*`.
  pattern TEXT COLLATE "C" NOT NULL,
  valid_from TIMESTAMPTZ NOT NULL,
  -- Of a million tokens each, in micro-units. Null: as what is read.
  input_micros BIGINT NOT NULL,
  cached_input_micros BIGINT,
  cache_write_micros BIGINT,
  output_micros BIGINT NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C",
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
-- Also the order of the list.
CREATE UNIQUE INDEX prices_pattern_valid_from_key ON prices (pattern, valid_from);

-- {requests_per_minute, tokens_per_minute, concurrent}, over all keys and sessions; null when nothing is limited.
ALTER TABLE users ADD COLUMN limits JSONB;

-- 0019_routes
-- Routes: named ways to models, of the installation and of workspaces.

CREATE TABLE routes (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- Null for those of the installation.
  workspace_id TEXT COLLATE "C" REFERENCES workspaces (id) ON DELETE CASCADE,
  -- The part of its outward name behind `route/`.
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  -- What it is the rule for, if it is one.
  tag TEXT COLLATE "C",
  -- Strategy, targets, limits and cache: one value, because a route is never read without them.
  spec JSONB NOT NULL,
  enabled BOOLEAN NOT NULL,
  created_by TEXT COLLATE "C",
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX routes_system_name_key ON routes (name) WHERE workspace_id IS NULL;
CREATE UNIQUE INDEX routes_workspace_id_name_key ON routes (workspace_id, name) WHERE workspace_id IS NOT NULL;
CREATE UNIQUE INDEX routes_system_tag_key ON routes (tag) WHERE workspace_id IS NULL AND tag IS NOT NULL;
CREATE UNIQUE INDEX routes_workspace_id_tag_key ON routes (workspace_id, tag) WHERE workspace_id IS NOT NULL AND tag IS NOT NULL;

-- 0020_batches
-- Batches: many prompts asked of several models by one run, and every answer in a grid of rows and lanes.

CREATE TABLE batches (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT COLLATE "C" NOT NULL,
  -- running | paused: what is wanted of it; completed | cancelled | failed: what became of it.
  status TEXT COLLATE "C" NOT NULL,
  -- Why it is paused or failed: {code, detail}.
  reason JSONB,
  -- prompts | csv | conversations
  source TEXT COLLATE "C" NOT NULL,
  -- Its lanes, as in `conversations.lanes`.
  models JSONB NOT NULL,
  -- The names of the columns of its table, in their order.
  columns JSONB NOT NULL,
  template TEXT COLLATE "C",
  concurrency BIGINT NOT NULL,
  -- The API key it was begun with, whose limits and budgets count.
  key_id TEXT COLLATE "C",
  -- The run that works on it, or was the last to.
  run_id TEXT COLLATE "C" NOT NULL,
  -- Kept by the writes, never counted by a reading.
  row_count BIGINT NOT NULL,
  cell_count BIGINT NOT NULL,
  done_count BIGINT NOT NULL,
  failed_count BIGINT NOT NULL,
  prompt_tokens BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  cost_micros BIGINT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  finished_at TIMESTAMPTZ
);
CREATE INDEX batches_workspace_id_created_at_idx ON batches (workspace_id, created_at DESC, id DESC);
CREATE INDEX batches_user_id_idx ON batches (user_id);
CREATE INDEX batches_updated_at_idx ON batches (updated_at);

-- What each lane of a batch adds up to.
CREATE TABLE batch_lanes (
  batch_id TEXT COLLATE "C" NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  lane BIGINT NOT NULL,
  done_count BIGINT NOT NULL,
  failed_count BIGINT NOT NULL,
  prompt_tokens BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  cost_micros BIGINT NOT NULL,
  -- Sums over the cells that are done, and how many of those had a first token.
  latency_ms BIGINT NOT NULL,
  first_token_ms BIGINT NOT NULL,
  first_token_count BIGINT NOT NULL,
  PRIMARY KEY (batch_id, lane)
);

-- What is asked. Never changed.
CREATE TABLE batch_rows (
  batch_id TEXT COLLATE "C" NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  prompt TEXT COLLATE "C" NOT NULL,
  -- What is told first when the lane says nothing of its own: that of a conversation.
  system_prompt TEXT COLLATE "C",
  -- The values of the columns, by name.
  variables JSONB,
  -- An answer to compare with.
  expected TEXT COLLATE "C",
  -- Of a replayed conversation: which, who gave the answer that is compared with, and the turns before the prompt.
  conversation_id TEXT COLLATE "C",
  original_model TEXT COLLATE "C",
  history JSONB,
  PRIMARY KEY (batch_id, position)
);

-- A row asked of a lane. There from the beginning, so that what waits is a range of the index.
CREATE TABLE batch_cells (
  batch_id TEXT COLLATE "C" NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  lane BIGINT NOT NULL,
  -- pending | done | failed
  status TEXT COLLATE "C" NOT NULL,
  answer TEXT COLLATE "C",
  error JSONB,
  finish_reason TEXT COLLATE "C",
  -- Who answered: a budget may have chosen a cheaper one.
  model TEXT COLLATE "C",
  -- Of every call that was made for it.
  prompt_tokens BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  cost_micros BIGINT NOT NULL,
  latency_ms BIGINT,
  first_token_ms BIGINT,
  -- Calls that were made for it. A write names the number it saw, so of two that came at once one counts.
  attempts BIGINT NOT NULL,
  finished_at TIMESTAMPTZ,
  PRIMARY KEY (batch_id, position, lane)
);
CREATE INDEX batch_cells_batch_id_status_idx ON batch_cells (batch_id, status, position, lane);

-- 0021_uploads
-- An upload in parts that has become a file is remembered for a day, so that whoever did not hear of it can ask again.
ALTER TABLE uploads ADD COLUMN file_id TEXT COLLATE "C";
-- Parts have names of their own from here on. Those of uploads under way have none: they are given up, and begun again.
UPDATE uploads SET expires_at = created_at WHERE size_bytes > 0;

