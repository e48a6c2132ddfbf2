-- What models cost from which day on, and what limits a user.

-- Of the whole installation. Which price counts for a call is decided in memory: the most specific pattern, and of that the
-- latest that has begun.
CREATE TABLE prices (
  id {id} NOT NULL PRIMARY KEY,
  -- Of outward names of models: `openai/gpt-5`, `openai/*`, `*`.
  pattern {text} NOT NULL,
  valid_from {time} NOT NULL,
  -- Of a million tokens each, in micro-units. Null: as what is read.
  input_micros {int} NOT NULL,
  cached_input_micros {int},
  cache_write_micros {int},
  output_micros {int} NOT NULL,
  note {text} NOT NULL,
  created_by {id},
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
) {strict};
-- Also the order of the list.
CREATE UNIQUE INDEX prices_pattern_valid_from_key ON prices (pattern, valid_from);

-- {requests_per_minute, tokens_per_minute, concurrent}, over all keys and sessions; null when nothing is limited.
ALTER TABLE users ADD COLUMN limits {json};
