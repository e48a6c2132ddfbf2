-- How far it is with what was written before it could be found by search: a row for each kind of thing, made when it begins.

CREATE TABLE backfills (
  -- messages | memories | files
  name {text} NOT NULL PRIMARY KEY,
  -- The last one that was looked at, as the program wrote it.
  at {text} NOT NULL,
  -- Null while there are more.
  finished_at {time}
) {strict};
