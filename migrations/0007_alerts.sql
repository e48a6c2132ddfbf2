-- What an administrator should look at: one row for each time that a measurement of a node left its bounds. An id begins with
-- the time at which it was made, so the order of the ids is the order of the list.

CREATE TABLE alerts (
  id {id} NOT NULL PRIMARY KEY,
  -- The node that noticed it: each looks at itself.
  node {text} NOT NULL,
  -- response_time | error_rate | pool_exhausted | memory | cpu
  kind {text} NOT NULL,
  opened_at {time} NOT NULL,
  -- Null while it is open.
  closed_at {time},
  -- When its node last said that it is still so. A node that stopped saying it is gone.
  seen_at {time} NOT NULL,
  -- What was measured when it opened, the worst since, and the bound.
  value {real} NOT NULL,
  worst {real} NOT NULL,
  threshold {real} NOT NULL,
  -- A sentence for people.
  detail {text} NOT NULL,
  acknowledged_at {time},
  acknowledged_by {id}
) {strict};
CREATE UNIQUE INDEX alerts_node_kind_key ON alerts (node, kind) WHERE closed_at IS NULL;
CREATE INDEX alerts_open_idx ON alerts (id) WHERE closed_at IS NULL;
