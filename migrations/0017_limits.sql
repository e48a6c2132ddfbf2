-- What limits an API key, and keys of workspaces, which stay when their maker leaves.

-- Null for what belongs to the user. A key of a workspace calls models there, and for nobody.
ALTER TABLE credentials ADD COLUMN workspace_id {id} REFERENCES workspaces (id) ON DELETE CASCADE;
-- {models, requests_per_minute, tokens_per_minute, concurrent}; null when nothing is limited.
ALTER TABLE credentials ADD COLUMN limits {json};
CREATE INDEX credentials_workspace_id_created_at_idx ON credentials (workspace_id, created_at);
CREATE INDEX credentials_kind_created_at_idx ON credentials (kind, created_at, id);
