-- Memories: what a workspace knows, each a text with a title. What lists show comes first in the row; the text, which no list
-- reads, comes last, so that a list does not touch the pages it overflows into.

CREATE TABLE memories (
  id {id} NOT NULL PRIMARY KEY,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- Who made it. A memory outlives its author's membership.
  user_id {id} NOT NULL,
  -- Who wrote what it says now.
  edited_by {id} NOT NULL,
  -- active | proposed | rejected
  status {text} NOT NULL,
  title {text} NOT NULL,
  -- The title in lower case, for order and for searching by name.
  title_key {text} NOT NULL,
  -- The beginning of the text.
  snippet {text} NOT NULL,
  -- A list of words, also in memory_tags.
  tags {json} NOT NULL,
  -- Where it comes from: a list of {kind, id, conversation_id, url, name}.
  sources {json} NOT NULL,
  -- Memories of one series stand in an order: turns of a conversation, parts of a file.
  series {text},
  position {int},
  valid_from {time},
  valid_until {time},
  version {int} NOT NULL,
  -- 1970 when it never was.
  last_used_at {time} NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL,
  content {text} NOT NULL
) {strict};
CREATE INDEX memories_workspace_id_status_updated_at_idx ON memories (workspace_id, status, updated_at DESC, id DESC);
CREATE INDEX memories_workspace_id_status_created_at_idx ON memories (workspace_id, status, created_at DESC, id DESC);
CREATE INDEX memories_workspace_id_status_title_key_idx ON memories (workspace_id, status, title_key, id);
CREATE INDEX memories_workspace_id_status_last_used_at_idx ON memories (workspace_id, status, last_used_at DESC, id DESC);
CREATE INDEX memories_workspace_id_series_position_idx ON memories (workspace_id, series, position) WHERE series IS NOT NULL;

-- What a memory said before, one row for each version that was replaced.
CREATE TABLE memory_versions (
  memory_id {id} NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  version {int} NOT NULL,
  -- Who wrote this version, and when.
  user_id {id} NOT NULL,
  created_at {time} NOT NULL,
  title {text} NOT NULL,
  snippet {text} NOT NULL,
  tags {json} NOT NULL,
  valid_from {time},
  valid_until {time},
  content {text} NOT NULL,
  PRIMARY KEY (memory_id, version)
) {clustered};

-- The tags of memories, to find by one and to count them.
CREATE TABLE memory_tags (
  workspace_id {id} NOT NULL,
  status {text} NOT NULL,
  tag {text} NOT NULL,
  memory_id {id} NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  PRIMARY KEY (workspace_id, status, tag, memory_id)
) {clustered};
CREATE INDEX memory_tags_memory_id_idx ON memory_tags (memory_id);

-- The memories that somebody has put beside a conversation; the active ones are shown to its models.
CREATE TABLE context_items (
  conversation_id {id} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  memory_id {id} NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  -- active | paused
  state {text} NOT NULL,
  added_by {id} NOT NULL,
  added_at {time} NOT NULL,
  PRIMARY KEY (conversation_id, memory_id)
) {clustered};
CREATE INDEX context_items_memory_id_idx ON context_items (memory_id);
