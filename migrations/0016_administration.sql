-- What administrators look at: who changed what, what models cost and how fast they are by the hour, what a conversation cost.

CREATE TABLE audit_log (
  -- Begins with the time at which it was made: the order of the ids is the order of the list.
  id {id} NOT NULL PRIMARY KEY,
  at {time} NOT NULL,
  -- Null for the command line.
  actor_id {id},
  -- <kind of thing>.<what was done>
  action {text} NOT NULL,
  subject_id {id},
  -- What it was called then: it may be gone now.
  subject_name {text},
  workspace_id {id},
  -- {"<field>": {"from": …, "to": …}}; never a secret, never what somebody wrote.
  detail {json} NOT NULL
) {strict};

-- The calls of an hour whose first word was seen: how long that took and how fast they wrote then, as sums.
ALTER TABLE usage_hours ADD COLUMN timed_calls {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN first_token_ms {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN writing_ms {int} NOT NULL DEFAULT 0;
ALTER TABLE usage_hours ADD COLUMN written_tokens {int} NOT NULL DEFAULT 0;
CREATE INDEX usage_hours_hour_idx ON usage_hours (hour);

-- What the answers of a conversation cost, kept by the writes that end them. What is deleted was paid for all the same.
ALTER TABLE conversations ADD COLUMN cost_micros {int} NOT NULL DEFAULT 0;
UPDATE conversations SET cost_micros = (SELECT COALESCE(SUM(m.cost_micros), 0) FROM messages m WHERE m.conversation_id = conversations.id)
WHERE EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = conversations.id AND m.cost_micros > 0);
