-- Conversations and their messages. Messages are rows, append-only but for the reply that is being written.

CREATE TABLE conversations (
  id {id} NOT NULL PRIMARY KEY,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- chat (later: comparison, breakout)
  kind {text} NOT NULL,
  title {text} NOT NULL,
  -- none | first_words | model | user
  title_source {text} NOT NULL,
  model {text},
  agent_id {id},
  system_prompt {text},
  -- The last message of the branch that is shown.
  head_id {id},
  -- False as long as every message has at most one child: then a page is a range of the clustered key.
  branched {bool} NOT NULL,
  -- The run that is writing a reply.
  active_run_id {id},
  pinned_at {time},
  archived_at {time},
  -- Kept by the writes, never counted by a list.
  message_count {int} NOT NULL,
  last_message_at {time} NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
) {strict};
CREATE INDEX conversations_workspace_id_last_message_at_idx ON conversations (workspace_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_user_id_last_message_at_idx ON conversations (user_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_user_id_created_at_idx ON conversations (user_id, created_at DESC);
CREATE INDEX conversations_updated_at_user_id_idx ON conversations (updated_at DESC, user_id);
CREATE INDEX conversations_agent_id_idx ON conversations (agent_id);
CREATE INDEX conversations_created_at_idx ON conversations (created_at);
CREATE INDEX conversations_updated_at_idx ON conversations (updated_at);

-- Clustered by conversation: opening one reads neighbouring pages of the file.
CREATE TABLE messages (
  conversation_id {id} NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  id {id} NOT NULL,
  -- The message it answers or follows; empty for the first of a branch, so that equality finds siblings.
  parent_id {id} NOT NULL,
  -- system | user | assistant
  role {text} NOT NULL,
  user_id {id},
  content {text} NOT NULL,
  reasoning {text},
  model {text},
  -- complete | generating | partial | failed | cancelled
  status {text} NOT NULL,
  error {json},
  run_id {id},
  prompt_tokens {int} NOT NULL,
  completion_tokens {int} NOT NULL,
  cost_micros {int} NOT NULL,
  latency_ms {int},
  first_token_ms {int},
  pinned_at {time},
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL,
  PRIMARY KEY (conversation_id, id)
) {clustered};
-- A message by its id alone: /api/messages/{id}.
CREATE UNIQUE INDEX messages_id_key ON messages (id);
CREATE INDEX messages_conversation_id_parent_id_idx ON messages (conversation_id, parent_id);
CREATE INDEX messages_conversation_id_created_at_idx ON messages (conversation_id, created_at);
CREATE INDEX messages_conversation_id_role_idx ON messages (conversation_id, role);
CREATE INDEX messages_role_idx ON messages (role);
CREATE INDEX messages_created_at_idx ON messages (created_at);
