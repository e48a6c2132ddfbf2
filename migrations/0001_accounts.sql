-- Who may do what: users, their credentials, workspaces, memberships, invitations, and the settings of the installation.

CREATE TABLE users (
  id {id} NOT NULL PRIMARY KEY,
  -- Lower case; the constraint decides who was first.
  email {text} NOT NULL,
  name {text} NOT NULL,
  password_hash {text} NOT NULL,
  is_admin {bool} NOT NULL,
  disabled_at {time},
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE INDEX users_created_at_idx ON users (created_at, id);

-- Browser logins and API keys alike: what a request presents. Revoking deletes the row.
CREATE TABLE credentials (
  id {id} NOT NULL PRIMARY KEY,
  user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- session | key
  kind {text} NOT NULL,
  -- SHA-256 of the token; the token itself is never stored.
  token_hash {text} NOT NULL,
  name {text} NOT NULL,
  -- The first characters of the token, to recognise it by.
  prefix {text} NOT NULL,
  -- Separated by spaces: read, write, models.
  scopes {text} NOT NULL,
  user_agent {text},
  address {text},
  created_at {time} NOT NULL,
  last_used_at {time},
  expires_at {time}
) {strict};
CREATE UNIQUE INDEX credentials_token_hash_key ON credentials (token_hash);
CREATE INDEX credentials_user_id_kind_idx ON credentials (user_id, kind, created_at);

CREATE TABLE workspaces (
  id {id} NOT NULL PRIMARY KEY,
  slug {text} NOT NULL,
  name {text} NOT NULL,
  description {text} NOT NULL,
  owner_id {id} NOT NULL REFERENCES users (id),
  personal {bool} NOT NULL,
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX workspaces_slug_key ON workspaces (slug);
CREATE INDEX workspaces_owner_id_updated_at_idx ON workspaces (owner_id, updated_at DESC);

-- Clustered by user: what a request asks first is what its caller belongs to.
CREATE TABLE memberships (
  user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- owner | admin | member | observer
  role {text} NOT NULL,
  created_at {time} NOT NULL,
  PRIMARY KEY (user_id, workspace_id)
) {clustered};
CREATE INDEX memberships_workspace_id_created_at_idx ON memberships (workspace_id, created_at, user_id);

CREATE TABLE invitations (
  id {id} NOT NULL PRIMARY KEY,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  email {text} NOT NULL,
  role {text} NOT NULL,
  token_hash {text} NOT NULL,
  invited_by {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX invitations_workspace_id_email_key ON invitations (workspace_id, email);
CREATE UNIQUE INDEX invitations_token_hash_key ON invitations (token_hash);
CREATE INDEX invitations_email_idx ON invitations (email);
CREATE INDEX invitations_invited_by_idx ON invitations (invited_by);

-- The settings that an administrator changes while Stoa runs; what is absent has its default.
CREATE TABLE settings (
  name {text} NOT NULL PRIMARY KEY,
  value {json} NOT NULL,
  updated_at {time} NOT NULL,
  updated_by {id}
) {clustered};
