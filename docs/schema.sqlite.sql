-- 0001_accounts
-- Who may do what: users, their credentials, workspaces, memberships, invitations, and the settings of the installation.

CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  -- Lower case; the constraint decides who was first.
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  is_admin INTEGER NOT NULL,
  disabled_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE INDEX users_created_at_idx ON users (created_at, id);

-- Browser logins and API keys alike: what a request presents. Revoking deletes the row.
CREATE TABLE credentials (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- session | key
  kind TEXT NOT NULL,
  -- SHA-256 of the token; the token itself is never stored.
  token_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The first characters of the token, to recognise it by.
  prefix TEXT NOT NULL,
  -- Separated by spaces: read, write, models.
  scopes TEXT NOT NULL,
  user_agent TEXT,
  address TEXT,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  expires_at INTEGER
) STRICT;
CREATE UNIQUE INDEX credentials_token_hash_key ON credentials (token_hash);
CREATE INDEX credentials_user_id_kind_idx ON credentials (user_id, kind, created_at);

CREATE TABLE workspaces (
  id TEXT NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  owner_id TEXT NOT NULL REFERENCES users (id),
  personal INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX workspaces_slug_key ON workspaces (slug);
CREATE INDEX workspaces_owner_id_updated_at_idx ON workspaces (owner_id, updated_at DESC);

-- Clustered by user: what a request asks first is what its caller belongs to.
CREATE TABLE memberships (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- owner | admin | member | observer
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, workspace_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_workspace_id_created_at_idx ON memberships (workspace_id, created_at, user_id);

CREATE TABLE invitations (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  role TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  invited_by TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invitations_workspace_id_email_key ON invitations (workspace_id, email);
CREATE UNIQUE INDEX invitations_token_hash_key ON invitations (token_hash);
CREATE INDEX invitations_email_idx ON invitations (email);
CREATE INDEX invitations_invited_by_idx ON invitations (invited_by);

-- The settings that an administrator changes while Stoa runs; what is absent has its default.
CREATE TABLE settings (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT
) STRICT, WITHOUT ROWID;

-- 0002_runs
-- Runs: everything that calls a model or takes time, in a tree; and the numbered events each run shows.
-- The engine crate owns both tables. No foreign key leaves them: the engine knows no table of the product.

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    parent_id TEXT REFERENCES runs (id) ON DELETE CASCADE,
    root_id TEXT NOT NULL,
    workspace_id TEXT,
    user_id TEXT,
    conversation_id TEXT,
    kind TEXT NOT NULL,
    -- 0 interactive, 1 background
    lane INTEGER NOT NULL,
    status TEXT NOT NULL,
    input TEXT NOT NULL,
    output TEXT,
    error TEXT,
    -- Counts claims; with the owner it is the fence of every write that moves a run on.
    attempt INTEGER NOT NULL DEFAULT 0,
    -- Counts attempts that ended badly; this is what attempts_max limits.
    failures INTEGER NOT NULL DEFAULT 0,
    attempts_max INTEGER NOT NULL DEFAULT 1,
    available_at INTEGER NOT NULL,
    lease_owner TEXT,
    lease_expires_at INTEGER,
    -- Found without a living owner; the next attempt begins with the step's recovery.
    orphaned INTEGER NOT NULL DEFAULT FALSE,
    cancel_requested_at INTEGER,
    children INTEGER NOT NULL DEFAULT 0,
    children_ended INTEGER NOT NULL DEFAULT 0,
    -- A waiting run is queued again when children_ended reaches this.
    wake_at INTEGER NOT NULL DEFAULT 0,
    idempotency_key TEXT,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    CONSTRAINT runs_status_check CHECK (status IN
        ('queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'skipped'))
) STRICT;

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
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    events TEXT NOT NULL,
    PRIMARY KEY (run_id, first_seq)
) STRICT, WITHOUT ROWID;

-- 0003_models
-- Where models come from: connections to providers, the catalogue that each of them has, and what calls of models cost.

CREATE TABLE connections (
  id TEXT NOT NULL PRIMARY KEY,
  -- system | workspace | user
  scope TEXT NOT NULL,
  workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  -- openai | anthropic | gemini | mock
  kind TEXT NOT NULL,
  -- The part of a model's name before the slash.
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  base_url TEXT,
  -- Sealed with the installation's key.
  api_key_sealed TEXT,
  -- The last characters of the key, to recognise it by.
  api_key_hint TEXT,
  -- Sealed as well: headers often carry credentials.
  headers_sealed TEXT,
  -- Prices, and what only this kind of provider knows.
  settings TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT connections_scope_check CHECK (
    (scope = 'system' AND workspace_id IS NULL AND user_id IS NULL)
    OR (scope = 'workspace' AND workspace_id IS NOT NULL AND user_id IS NULL)
    OR (scope = 'user' AND workspace_id IS NULL AND user_id IS NOT NULL)
  )
) STRICT;
CREATE UNIQUE INDEX connections_system_slug_key ON connections (slug) WHERE scope = 'system';
CREATE UNIQUE INDEX connections_workspace_slug_key ON connections (workspace_id, slug) WHERE scope = 'workspace';
CREATE UNIQUE INDEX connections_user_slug_key ON connections (user_id, slug) WHERE scope = 'user';
-- For the foreign keys, which make no use of partial indexes.
CREATE INDEX connections_workspace_id_idx ON connections (workspace_id);
CREATE INDEX connections_user_id_idx ON connections (user_id);

-- What each connection serves: read from the provider in the background, whole, never on a page's path. A table of its
-- own, so that reading it again does not change the connection, and lists of connections stay narrow.
CREATE TABLE catalogues (
  connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
  -- Rises when the models change; a process that knows this revision does not read them again.
  revision INTEGER NOT NULL,
  -- A list of models with their capabilities and limits.
  models TEXT NOT NULL,
  -- When it is read next; the node that moves it on is the one that reads.
  due_at INTEGER NOT NULL,
  -- When it was last read well.
  read_at INTEGER,
  -- What the last reading failed with; null when it went well.
  error_code TEXT,
  error TEXT
) STRICT;
CREATE INDEX catalogues_due_at_idx ON catalogues (due_at);

-- One row a call, written when it ends; settled into usage_hours by a background step.
CREATE TABLE usage_calls (
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  user_id TEXT,
  workspace_id TEXT,
  credential_id TEXT,
  run_id TEXT,
  -- chat | embeddings | title
  purpose TEXT NOT NULL,
  model TEXT NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  first_token_ms INTEGER,
  -- ok, cancelled, or the code of the error
  outcome TEXT NOT NULL,
  -- When it was counted into usage_hours.
  settled_at INTEGER
) STRICT;
CREATE INDEX usage_calls_unsettled_idx ON usage_calls (id) WHERE settled_at IS NULL;
CREATE INDEX usage_calls_workspace_id_at_idx ON usage_calls (workspace_id, at);

-- Calls by the hour. A call without a workspace or a user counts under the empty text.
CREATE TABLE usage_hours (
  hour INTEGER NOT NULL,
  workspace_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  model TEXT NOT NULL,
  purpose TEXT NOT NULL,
  calls INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, hour, user_id, model, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_hours_user_id_hour_idx ON usage_hours (user_id, hour);

-- 0004_conversations
-- Conversations and their messages. Messages are rows, append-only but for the reply that is being written.

CREATE TABLE conversations (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- chat (later: comparison, breakout)
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  -- none | first_words | model | user
  title_source TEXT NOT NULL,
  model TEXT,
  agent_id TEXT,
  system_prompt TEXT,
  -- The last message of the branch that is shown.
  head_id TEXT,
  -- False as long as every message has at most one child: then a page is a range of the clustered key.
  branched INTEGER NOT NULL,
  -- The run that is writing a reply.
  active_run_id TEXT,
  pinned_at INTEGER,
  archived_at INTEGER,
  -- Kept by the writes, never counted by a list.
  message_count INTEGER NOT NULL,
  last_message_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_workspace_id_last_message_at_idx ON conversations (workspace_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_user_id_last_message_at_idx ON conversations (user_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_user_id_created_at_idx ON conversations (user_id, created_at DESC);
CREATE INDEX conversations_updated_at_user_id_idx ON conversations (updated_at DESC, user_id);
CREATE INDEX conversations_agent_id_idx ON conversations (agent_id);
CREATE INDEX conversations_created_at_idx ON conversations (created_at);
CREATE INDEX conversations_updated_at_idx ON conversations (updated_at);

-- Clustered by conversation: opening one reads neighbouring pages of the file.
CREATE TABLE messages (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  -- The message it answers or follows; empty for the first of a branch, so that equality finds siblings.
  parent_id TEXT NOT NULL,
  -- system | user | assistant
  role TEXT NOT NULL,
  user_id TEXT,
  content TEXT NOT NULL,
  reasoning TEXT,
  model TEXT,
  -- complete | generating | partial | failed | cancelled
  status TEXT NOT NULL,
  error TEXT,
  run_id TEXT,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  latency_ms INTEGER,
  first_token_ms INTEGER,
  pinned_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, id)
) STRICT, WITHOUT ROWID;
-- A message by its id alone: /api/messages/TEXT.
CREATE UNIQUE INDEX messages_id_key ON messages (id);
CREATE INDEX messages_conversation_id_parent_id_idx ON messages (conversation_id, parent_id);
CREATE INDEX messages_conversation_id_created_at_idx ON messages (conversation_id, created_at);
CREATE INDEX messages_conversation_id_role_idx ON messages (conversation_id, role);
CREATE INDEX messages_role_idx ON messages (role);
CREATE INDEX messages_created_at_idx ON messages (created_at);

-- 0005_preferences
-- What each user has set for themselves: theme, language, model. Null until something is set; absent fields have their defaults.

ALTER TABLE users ADD COLUMN preferences TEXT;

-- 0006_founder
-- Who had the first account. At most one row holds true and the others null, so two first registrations in the same instant
-- can not both become administrators, whatever each of them saw.

ALTER TABLE users ADD COLUMN founder INTEGER;
CREATE UNIQUE INDEX users_founder_key ON users (founder);

-- 0007_alerts
-- What an administrator should look at: one row for each time that a measurement of a node left its bounds. An id begins with
-- the time at which it was made, so the order of the ids is the order of the list.

CREATE TABLE alerts (
  id TEXT NOT NULL PRIMARY KEY,
  -- The node that noticed it: each looks at itself.
  node TEXT NOT NULL,
  -- response_time | error_rate | pool_exhausted | memory | cpu
  kind TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  -- Null while it is open.
  closed_at INTEGER,
  -- When its node last said that it is still so. A node that stopped saying it is gone.
  seen_at INTEGER NOT NULL,
  -- What was measured when it opened, the worst since, and the bound.
  value REAL NOT NULL,
  worst REAL NOT NULL,
  threshold REAL NOT NULL,
  -- A sentence for people.
  detail TEXT NOT NULL,
  acknowledged_at INTEGER,
  acknowledged_by TEXT
) STRICT;
CREATE UNIQUE INDEX alerts_node_kind_key ON alerts (node, kind) WHERE closed_at IS NULL;
CREATE INDEX alerts_open_idx ON alerts (id) WHERE closed_at IS NULL;

-- 0008_search
-- The one search index: passages of everything that can be searched, their words, their vectors.

-- The text of a passage is never changed: what is written again gets new ones. Numbers are made by the database and never used twice, so
-- that a copy of the index in memory is right when it has the same numbers.
CREATE TABLE passages (
  number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- memory | file | message | command
  kind TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  -- The conversation of a message, the folder of a file.
  parent_id TEXT,
  -- What stands in an order with others: the messages of a conversation, the parts of a file, memories of one source. Beside
  -- the passage of a position and part stand the part before and behind it, and those of the positions before and behind.
  series TEXT,
  position INTEGER NOT NULL,
  -- Which of its owner's passages it is, from 0.
  part INTEGER NOT NULL,
  title TEXT NOT NULL,
  tags TEXT NOT NULL,
  text TEXT NOT NULL,
  -- What stands around it: searched with less weight, never shown.
  context TEXT NOT NULL,
  -- Where it stands in its owner: characters, page, heading.
  place TEXT NOT NULL,
  -- The time of what it is about, for recency.
  at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX passages_owner_id_part_key ON passages (owner_id, part);
CREATE INDEX passages_workspace_id_number_idx ON passages (workspace_id, number);
CREATE INDEX passages_parent_id_idx ON passages (parent_id);

CREATE VIRTUAL TABLE passage_words USING fts5 (
  scope, title, tags, text, context,
  content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
);
-- The scope is a word of the workspace, so that the index itself leaves out what a search may not see. It weighs nothing.
INSERT INTO passage_words (passage_words, rank) VALUES ('rank', 'bm25(0.0, 2.0, 1.0, 1.0, 0.5)');
CREATE TRIGGER passages_insert AFTER INSERT ON passages BEGIN
  INSERT INTO passage_words (rowid, scope, title, tags, text, context)
  VALUES (new.number, replace(new.workspace_id, '_', ''), new.title, new.tags, new.text, new.context);
END;
CREATE TRIGGER passages_update AFTER UPDATE OF title, tags ON passages BEGIN
  DELETE FROM passage_words WHERE rowid = old.number;
  INSERT INTO passage_words (rowid, scope, title, tags, text, context)
  VALUES (new.number, replace(new.workspace_id, '_', ''), new.title, new.tags, new.text, new.context);
END;
CREATE TRIGGER passages_delete AFTER DELETE ON passages BEGIN
  DELETE FROM passage_words WHERE rowid = old.number;
END;

-- Full precision; the index in memory holds eight bits a number and looks here for the last word.
CREATE TABLE passage_vectors (
  number INTEGER NOT NULL REFERENCES passages (number) ON DELETE CASCADE,
  model TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  -- The workspace's epoch when it was written: what a copy of the index lacks are the vectors of later epochs.
  epoch INTEGER NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY (number, model)
) STRICT;
CREATE INDEX passage_vectors_model_workspace_id_epoch_idx ON passage_vectors (model, workspace_id, epoch);

-- What waits for its vector. Taken for a while by the node that makes it.
CREATE TABLE passage_queue (
  number INTEGER NOT NULL PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL,
  -- Memories and files before messages.
  rank INTEGER NOT NULL,
  taken_until INTEGER NOT NULL
) STRICT;
CREATE INDEX passage_queue_rank_number_idx ON passage_queue (rank, number);
CREATE INDEX passage_queue_workspace_id_idx ON passage_queue (workspace_id);

-- Moves on whenever vectors of a workspace are written, so that every node sees that its copy is behind.
CREATE TABLE passage_epochs (
  workspace_id TEXT NOT NULL PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL
) STRICT;

-- 0009_memories
-- Memories: what a workspace knows, each a text with a title. What lists show comes first in the row; the text, which no list
-- reads, comes last, so that a list does not touch the pages it overflows into.

CREATE TABLE memories (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- Who made it. A memory outlives its author's membership.
  user_id TEXT NOT NULL,
  -- Who wrote what it says now.
  edited_by TEXT NOT NULL,
  -- active | proposed | rejected
  status TEXT NOT NULL,
  title TEXT NOT NULL,
  -- The title in lower case, for order and for searching by name.
  title_key TEXT NOT NULL,
  -- The beginning of the text.
  snippet TEXT NOT NULL,
  -- A list of words, also in memory_tags.
  tags TEXT NOT NULL,
  -- Where it comes from: a list of {kind, id, conversation_id, url, name}.
  sources TEXT NOT NULL,
  -- Memories of one series stand in an order: turns of a conversation, parts of a file.
  series TEXT,
  position INTEGER,
  valid_from INTEGER,
  valid_until INTEGER,
  version INTEGER NOT NULL,
  -- 1970 when it never was.
  last_used_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT;
CREATE INDEX memories_workspace_id_status_updated_at_idx ON memories (workspace_id, status, updated_at DESC, id DESC);
CREATE INDEX memories_workspace_id_status_created_at_idx ON memories (workspace_id, status, created_at DESC, id DESC);
CREATE INDEX memories_workspace_id_status_title_key_idx ON memories (workspace_id, status, title_key, id);
CREATE INDEX memories_workspace_id_status_last_used_at_idx ON memories (workspace_id, status, last_used_at DESC, id DESC);
CREATE INDEX memories_workspace_id_series_position_idx ON memories (workspace_id, series, position) WHERE series IS NOT NULL;

-- What a memory said before, one row for each version that was replaced.
CREATE TABLE memory_versions (
  memory_id TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  -- Who wrote this version, and when.
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  title TEXT NOT NULL,
  snippet TEXT NOT NULL,
  tags TEXT NOT NULL,
  valid_from INTEGER,
  valid_until INTEGER,
  content TEXT NOT NULL,
  PRIMARY KEY (memory_id, version)
) STRICT, WITHOUT ROWID;

-- The tags of memories, to find by one and to count them.
CREATE TABLE memory_tags (
  workspace_id TEXT NOT NULL,
  status TEXT NOT NULL,
  tag TEXT NOT NULL,
  memory_id TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  PRIMARY KEY (workspace_id, status, tag, memory_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_tags_memory_id_idx ON memory_tags (memory_id);

-- The memories that somebody has put beside a conversation; the active ones are shown to its models.
CREATE TABLE context_items (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  memory_id TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  -- active | paused
  state TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, memory_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX context_items_memory_id_idx ON context_items (memory_id);

-- 0010_files
-- Files and folders, the bytes they stand for, and uploads under way. Bytes are kept once for each content in a workspace.

-- Bytes that are there. The counter is moved on by the writes that add and purge files, in their transactions.
CREATE TABLE blobs (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- SHA-256 of the content, hex.
  hash TEXT NOT NULL,
  -- Where the storage has them.
  key TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, hash)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX blobs_key_key ON blobs (key);
CREATE INDEX blobs_unused_idx ON blobs (workspace_id) WHERE uses = 0;

CREATE TABLE files (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- Who put it there.
  user_id TEXT NOT NULL,
  -- The folder; empty at the top, so that equality finds what is there.
  parent_id TEXT NOT NULL,
  -- folder | file
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The name in lower case: what lists sort by and search in. Folders come first: theirs begins with a space.
  name_key TEXT NOT NULL,
  -- From the top, with the name: a folder's content is a range of paths.
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  hash TEXT,
  hidden INTEGER NOT NULL,
  -- none | queued | running | done | failed | unsupported
  ingest_status TEXT NOT NULL,
  ingest_error TEXT,
  ingest_run_id TEXT,
  -- The content that the passages are of.
  ingest_hash TEXT,
  passages INTEGER NOT NULL,
  pages INTEGER,
  deleted_at INTEGER,
  -- The file or folder with which it was deleted: they come back together.
  deleted_with TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
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
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  -- rename | replace | fail
  on_conflict TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  -- Where its bytes are; the storage's own name of an upload in parts.
  key TEXT NOT NULL,
  multipart_id TEXT,
  -- How much has arrived, and the hash up to there.
  received INTEGER NOT NULL,
  hash_state BLOB,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);
CREATE INDEX uploads_workspace_id_idx ON uploads (workspace_id);

-- The parts of an upload that the storage has, in their order.
CREATE TABLE upload_parts (
  upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  content_id TEXT NOT NULL,
  PRIMARY KEY (upload_id, number)
) STRICT, WITHOUT ROWID;

-- Bytes that nothing stands for any more; removed from the storage soon, however often that is tried.
CREATE TABLE blob_garbage (
  key TEXT NOT NULL PRIMARY KEY,
  multipart_id TEXT,
  since INTEGER NOT NULL
) STRICT;
CREATE INDEX blob_garbage_since_idx ON blob_garbage (since);

-- 0011_citations
-- Answers with sources: what a conversation may draw on, what one question may (instead of its conversation's), and what an
-- answer drew on.
ALTER TABLE conversations ADD COLUMN collection TEXT;
ALTER TABLE messages ADD COLUMN collection TEXT;
ALTER TABLE messages ADD COLUMN sources TEXT;

-- 0012_backfills
-- How far it is with what was written before it could be found by search: a row for each kind of thing, made when it begins.

CREATE TABLE backfills (
  -- messages | memories | files
  name TEXT NOT NULL PRIMARY KEY,
  -- The last one that was looked at, as the program wrote it.
  at TEXT NOT NULL,
  -- Null while there are more.
  finished_at INTEGER
) STRICT;

-- 0013_compare
-- Comparisons: one question to several models, what people think of the answers, and sets of models to ask again.

-- The lanes of a comparison, by number: [{model, label, settings}]; null for a chat. One value with the row, because a
-- comparison is never read without them and they never change.
ALTER TABLE conversations ADD COLUMN lanes TEXT;
-- Null for what is no comparison, or an open one. Time at which a blind comparison was begun, and at which it was revealed.
ALTER TABLE conversations ADD COLUMN blind_at INTEGER;
ALTER TABLE conversations ADD COLUMN revealed_at INTEGER;

-- The lane that an answer of a comparison belongs to.
ALTER TABLE messages ADD COLUMN lane INTEGER;
-- The lanes that a question of a comparison went to, a bit each; null means all.
ALTER TABLE messages ADD COLUMN lanes INTEGER;

-- What somebody thinks of the answers to a question: one vote for each person and question.
CREATE TABLE votes (
  message_id TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  conversation_id TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- best | tie | all_bad
  verdict TEXT NOT NULL,
  -- The best lane, or those that are tied, a bit each.
  lanes INTEGER NOT NULL,
  reason TEXT,
  -- A JSON array of words, for showing; `vote_tags` is for looking them up.
  tags TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (message_id, user_id),
  CONSTRAINT votes_message_fk FOREIGN KEY (conversation_id, message_id) REFERENCES messages (conversation_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX votes_conversation_id_message_id_idx ON votes (conversation_id, message_id);
CREATE INDEX votes_user_id_idx ON votes (user_id);
CREATE INDEX votes_workspace_id_idx ON votes (workspace_id);

-- The answers that were voted on, as they were then: a rating does not change because a model was renamed.
CREATE TABLE vote_answers (
  message_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  lane INTEGER NOT NULL,
  workspace_id TEXT NOT NULL,
  model TEXT NOT NULL,
  -- 0 for the best and the tied ones, 1 for the others; null where all were bad, which says nothing about who is better.
  place INTEGER,
  cost_micros INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  latency_ms INTEGER,
  first_token_ms INTEGER,
  PRIMARY KEY (message_id, user_id, lane),
  CONSTRAINT vote_answers_vote_fk FOREIGN KEY (message_id, user_id) REFERENCES votes (message_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX vote_answers_workspace_id_message_id_user_id_idx ON vote_answers (workspace_id, message_id, user_id, lane);

CREATE TABLE vote_tags (
  workspace_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  message_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (workspace_id, tag, message_id, user_id),
  CONSTRAINT vote_tags_vote_fk FOREIGN KEY (message_id, user_id) REFERENCES votes (message_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX vote_tags_message_id_user_id_idx ON vote_tags (message_id, user_id);

-- Named sets of models, for everybody in a workspace.
CREATE TABLE presets (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- As in `conversations.lanes`.
  models TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX presets_workspace_id_name_key ON presets (workspace_id, name);

-- 0014_budgets
-- Budgets: how much money the calls of models may cost in a day or a month, and what of it is spent or promised.

CREATE TABLE budgets (
  id TEXT NOT NULL PRIMARY KEY,
  -- installation | workspace | user | key
  scope TEXT NOT NULL,
  -- Whose calls: the id of the workspace, the user or the API key; empty for the installation.
  subject_id TEXT NOT NULL,
  -- day | month, of UTC
  period TEXT NOT NULL,
  limit_micros INTEGER NOT NULL,
  -- refuse | wait | cheaper
  when_spent TEXT NOT NULL,
  -- For `cheaper`: the model that takes over, and from which part of the limit on.
  cheaper_model TEXT,
  cheaper_from_percent INTEGER NOT NULL,
  -- Set by an administrator of the installation: nobody else changes it.
  locked INTEGER NOT NULL,
  created_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
-- Ids are unique among all kinds of things, so the scope is not needed to find a budget by whose it is.
CREATE UNIQUE INDEX budgets_subject_id_period_key ON budgets (subject_id, period);

-- What was spent and is promised of a budget in the day or month that began then. Spent and promised change together, in
-- the transactions that promise before a call and settle after it.
CREATE TABLE budget_windows (
  budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  begins INTEGER NOT NULL,
  spent_micros INTEGER NOT NULL,
  reserved_micros INTEGER NOT NULL,
  PRIMARY KEY (budget_id, begins)
) STRICT, WITHOUT ROWID;
CREATE INDEX budget_windows_begins_idx ON budget_windows (begins);

-- Promises of calls under way: the most that each may cost. A call that never says how it ended counts as that much.
CREATE TABLE budget_reservations (
  call_id TEXT NOT NULL,
  budget_id TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  begins INTEGER NOT NULL,
  bound_micros INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (call_id, budget_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX budget_reservations_budget_id_idx ON budget_reservations (budget_id);
CREATE INDEX budget_reservations_expires_at_idx ON budget_reservations (expires_at);

-- 0015_tags
-- The tags of a passage stand one a line: between blanks a tag of two words could not be told from two tags.
UPDATE passages SET tags = COALESCE((SELECT group_concat(t.value, char(10)) FROM memories AS m, json_each(m.tags) AS t
  WHERE m.id = passages.owner_id), tags) WHERE kind = 'memory' AND tags LIKE '% %';

-- 0016_administration
-- What administrators look at: who changed what, what models cost and how fast they are by the hour, what a conversation cost.

CREATE TABLE audit_log (
  -- Begins with the time at which it was made: the order of the ids is the order of the list.
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  -- Null for the command line.
  actor_id TEXT,
  -- <kind of thing>.<what was done>
  action TEXT NOT NULL,
  subject_id TEXT,
  -- What it was called then: it may be gone now.
  subject_name TEXT,
  workspace_id TEXT,
  -- {"<field>": {"from": …, "to": …}}; never a secret, never what somebody wrote.
  detail TEXT NOT NULL
) STRICT;

-- The calls of an hour whose first word was seen: how long that took and how fast they wrote then, as sums.
ALTER TABLE usage_hours ADD COLUMN timed_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN first_token_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN writing_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN written_tokens INTEGER NOT NULL DEFAULT 0;
CREATE INDEX usage_hours_hour_idx ON usage_hours (hour);

-- What the answers of a conversation cost, kept by the writes that end them. What is deleted was paid for all the same.
ALTER TABLE conversations ADD COLUMN cost_micros INTEGER NOT NULL DEFAULT 0;
UPDATE conversations SET cost_micros = (SELECT COALESCE(SUM(m.cost_micros), 0) FROM messages m WHERE m.conversation_id = conversations.id)
WHERE EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = conversations.id AND m.cost_micros > 0);

-- 0017_limits
-- What limits an API key, and keys of workspaces, which stay when their maker leaves.

-- Null for what belongs to the user. A key of a workspace calls models there, and for nobody.
ALTER TABLE credentials ADD COLUMN workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE;
-- {models, requests_per_minute, tokens_per_minute, concurrent}; null when nothing is limited.
ALTER TABLE credentials ADD COLUMN limits TEXT;
CREATE INDEX credentials_workspace_id_created_at_idx ON credentials (workspace_id, created_at);
CREATE INDEX credentials_kind_created_at_idx ON credentials (kind, created_at, id);

-- 0018_prices
-- What models cost from which day on, and what limits a user.

-- Of the whole installation. Which price counts for a call is decided in memory: the most specific pattern, and of that the
-- latest that has begun.
CREATE TABLE prices (
  id TEXT NOT NULL PRIMARY KEY,
  -- Of outward names of models: `openai/gpt-5`, `openai/*`, `*`.
  pattern TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  -- Of a million tokens each, in micro-units. Null: as what is read.
  input_micros INTEGER NOT NULL,
  cached_input_micros INTEGER,
  cache_write_micros INTEGER,
  output_micros INTEGER NOT NULL,
  note TEXT NOT NULL,
  created_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
-- Also the order of the list.
CREATE UNIQUE INDEX prices_pattern_valid_from_key ON prices (pattern, valid_from);

-- {requests_per_minute, tokens_per_minute, concurrent}, over all keys and sessions; null when nothing is limited.
ALTER TABLE users ADD COLUMN limits TEXT;

-- 0019_routes
-- Routes: named ways to models, of the installation and of workspaces.

CREATE TABLE routes (
  id TEXT NOT NULL PRIMARY KEY,
  -- Null for those of the installation.
  workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE,
  -- The part of its outward name behind `route/`.
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  -- What it is the rule for, if it is one.
  tag TEXT,
  -- Strategy, targets, limits and cache: one value, because a route is never read without them.
  spec TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX routes_system_name_key ON routes (name) WHERE workspace_id IS NULL;
CREATE UNIQUE INDEX routes_workspace_id_name_key ON routes (workspace_id, name) WHERE workspace_id IS NOT NULL;
CREATE UNIQUE INDEX routes_system_tag_key ON routes (tag) WHERE workspace_id IS NULL AND tag IS NOT NULL;
CREATE UNIQUE INDEX routes_workspace_id_tag_key ON routes (workspace_id, tag) WHERE workspace_id IS NOT NULL AND tag IS NOT NULL;

-- 0020_batches
-- Batches: many prompts asked of several models by one run, and every answer in a grid of rows and lanes.

CREATE TABLE batches (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  -- running | paused: what is wanted of it; completed | cancelled | failed: what became of it.
  status TEXT NOT NULL,
  -- Why it is paused or failed: {code, detail}.
  reason TEXT,
  -- prompts | csv | conversations
  source TEXT NOT NULL,
  -- Its lanes, as in `conversations.lanes`.
  models TEXT NOT NULL,
  -- The names of the columns of its table, in their order.
  columns TEXT NOT NULL,
  template TEXT,
  concurrency INTEGER NOT NULL,
  -- The API key it was begun with, whose limits and budgets count.
  key_id TEXT,
  -- The run that works on it, or was the last to.
  run_id TEXT NOT NULL,
  -- Kept by the writes, never counted by a reading.
  row_count INTEGER NOT NULL,
  cell_count INTEGER NOT NULL,
  done_count INTEGER NOT NULL,
  failed_count INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX batches_workspace_id_created_at_idx ON batches (workspace_id, created_at DESC, id DESC);
CREATE INDEX batches_user_id_idx ON batches (user_id);
CREATE INDEX batches_updated_at_idx ON batches (updated_at);

-- What each lane of a batch adds up to.
CREATE TABLE batch_lanes (
  batch_id TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  lane INTEGER NOT NULL,
  done_count INTEGER NOT NULL,
  failed_count INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  -- Sums over the cells that are done, and how many of those had a first token.
  latency_ms INTEGER NOT NULL,
  first_token_ms INTEGER NOT NULL,
  first_token_count INTEGER NOT NULL,
  PRIMARY KEY (batch_id, lane)
) STRICT, WITHOUT ROWID;

-- What is asked. Never changed.
CREATE TABLE batch_rows (
  batch_id TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  prompt TEXT NOT NULL,
  -- What is told first when the lane says nothing of its own: that of a conversation.
  system_prompt TEXT,
  -- The values of the columns, by name.
  variables TEXT,
  -- An answer to compare with.
  expected TEXT,
  -- Of a replayed conversation: which, who gave the answer that is compared with, and the turns before the prompt.
  conversation_id TEXT,
  original_model TEXT,
  history TEXT,
  PRIMARY KEY (batch_id, position)
) STRICT, WITHOUT ROWID;

-- A row asked of a lane. There from the beginning, so that what waits is a range of the index.
CREATE TABLE batch_cells (
  batch_id TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  -- pending | done | failed
  status TEXT NOT NULL,
  answer TEXT,
  error TEXT,
  finish_reason TEXT,
  -- Who answered: a budget may have chosen a cheaper one.
  model TEXT,
  -- Of every call that was made for it.
  prompt_tokens INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  latency_ms INTEGER,
  first_token_ms INTEGER,
  -- Calls that were made for it. A write names the number it saw, so of two that came at once one counts.
  attempts INTEGER NOT NULL,
  finished_at INTEGER,
  PRIMARY KEY (batch_id, position, lane)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_cells_batch_id_status_idx ON batch_cells (batch_id, status, position, lane);

-- 0021_uploads
-- An upload in parts that has become a file is remembered for a day, so that whoever did not hear of it can ask again.
ALTER TABLE uploads ADD COLUMN file_id TEXT;
-- Parts have names of their own from here on. Those of uploads under way have none: they are given up, and begun again.
UPDATE uploads SET expires_at = created_at WHERE size_bytes > 0;

