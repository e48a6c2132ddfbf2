-- Comparisons: one question to several models, what people think of the answers, and sets of models to ask again.

-- The lanes of a comparison, by number: [{model, label, settings}]; null for a chat. One value with the row, because a
-- comparison is never read without them and they never change.
ALTER TABLE conversations ADD COLUMN lanes {json};
-- Null for what is no comparison, or an open one. Time at which a blind comparison was begun, and at which it was revealed.
ALTER TABLE conversations ADD COLUMN blind_at {time};
ALTER TABLE conversations ADD COLUMN revealed_at {time};

-- The lane that an answer of a comparison belongs to.
ALTER TABLE messages ADD COLUMN lane {int};
-- The lanes that a question of a comparison went to, a bit each; null means all.
ALTER TABLE messages ADD COLUMN lanes {int};

-- What somebody thinks of the answers to a question: one vote for each person and question.
CREATE TABLE votes (
  message_id {id} NOT NULL,
  user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  conversation_id {id} NOT NULL,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- best | tie | all_bad
  verdict {text} NOT NULL,
  -- The best lane, or those that are tied, a bit each.
  lanes {int} NOT NULL,
  reason {text},
  -- A JSON array of words, for showing; `vote_tags` is for looking them up.
  tags {json} NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL,
  PRIMARY KEY (message_id, user_id),
  CONSTRAINT votes_message_fk FOREIGN KEY (conversation_id, message_id) REFERENCES messages (conversation_id, id) ON DELETE CASCADE
) {clustered};
CREATE INDEX votes_conversation_id_message_id_idx ON votes (conversation_id, message_id);
CREATE INDEX votes_user_id_idx ON votes (user_id);
CREATE INDEX votes_workspace_id_idx ON votes (workspace_id);

-- The answers that were voted on, as they were then: a rating does not change because a model was renamed.
CREATE TABLE vote_answers (
  message_id {id} NOT NULL,
  user_id {id} NOT NULL,
  lane {int} NOT NULL,
  workspace_id {id} NOT NULL,
  model {text} NOT NULL,
  -- 0 for the best and the tied ones, 1 for the others; null where all were bad, which says nothing about who is better.
  place {int},
  cost_micros {int} NOT NULL,
  completion_tokens {int} NOT NULL,
  latency_ms {int},
  first_token_ms {int},
  PRIMARY KEY (message_id, user_id, lane),
  CONSTRAINT vote_answers_vote_fk FOREIGN KEY (message_id, user_id) REFERENCES votes (message_id, user_id) ON DELETE CASCADE
) {clustered};
CREATE INDEX vote_answers_workspace_id_message_id_user_id_idx ON vote_answers (workspace_id, message_id, user_id, lane);

CREATE TABLE vote_tags (
  workspace_id {id} NOT NULL,
  tag {text} NOT NULL,
  message_id {id} NOT NULL,
  user_id {id} NOT NULL,
  PRIMARY KEY (workspace_id, tag, message_id, user_id),
  CONSTRAINT vote_tags_vote_fk FOREIGN KEY (message_id, user_id) REFERENCES votes (message_id, user_id) ON DELETE CASCADE
) {clustered};
CREATE INDEX vote_tags_message_id_user_id_idx ON vote_tags (message_id, user_id);

-- Named sets of models, for everybody in a workspace.
CREATE TABLE presets (
  id {id} NOT NULL PRIMARY KEY,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id {id} NOT NULL,
  name {text} NOT NULL,
  -- As in `conversations.lanes`.
  models {json} NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX presets_workspace_id_name_key ON presets (workspace_id, name);
