-- Files and folders, the bytes they stand for, and uploads under way. Bytes are kept once for each content in a workspace.

-- Bytes that are there. The counter is moved on by the writes that add and purge files, in their transactions.
CREATE TABLE blobs (
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- SHA-256 of the content, hex.
  hash {text} NOT NULL,
  -- Where the storage has them.
  key {text} NOT NULL,
  size_bytes {int} NOT NULL,
  uses {int} NOT NULL,
  created_at {time} NOT NULL,
  PRIMARY KEY (workspace_id, hash)
) {clustered};
CREATE UNIQUE INDEX blobs_key_key ON blobs (key);
CREATE INDEX blobs_unused_idx ON blobs (workspace_id) WHERE uses = 0;

CREATE TABLE files (
  id {id} NOT NULL PRIMARY KEY,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  -- Who put it there.
  user_id {id} NOT NULL,
  -- The folder; empty at the top, so that equality finds what is there.
  parent_id {id} NOT NULL,
  -- folder | file
  kind {text} NOT NULL,
  name {text} NOT NULL,
  -- The name in lower case: what lists sort by and search in. Folders come first: theirs begins with a space.
  name_key {text} NOT NULL,
  -- From the top, with the name: a folder's content is a range of paths.
  path {text} NOT NULL,
  size_bytes {int} NOT NULL,
  media_type {text} NOT NULL,
  hash {text},
  hidden {bool} NOT NULL,
  -- none | queued | running | done | failed | unsupported
  ingest_status {text} NOT NULL,
  ingest_error {json},
  ingest_run_id {id},
  -- The content that the passages are of.
  ingest_hash {text},
  passages {int} NOT NULL,
  pages {int},
  deleted_at {time},
  -- The file or folder with which it was deleted: they come back together.
  deleted_with {id},
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
) {strict};
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
  id {id} NOT NULL PRIMARY KEY,
  workspace_id {id} NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id {id} NOT NULL,
  parent_id {id} NOT NULL,
  name {text} NOT NULL,
  media_type {text} NOT NULL,
  -- rename | replace | fail
  on_conflict {text} NOT NULL,
  size_bytes {int} NOT NULL,
  -- Where its bytes are; the storage's own name of an upload in parts.
  key {text} NOT NULL,
  multipart_id {text},
  -- How much has arrived, and the hash up to there.
  received {int} NOT NULL,
  hash_state {bytes},
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL
) {strict};
CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);
CREATE INDEX uploads_workspace_id_idx ON uploads (workspace_id);

-- The parts of an upload that the storage has, in their order.
CREATE TABLE upload_parts (
  upload_id {id} NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  number {int} NOT NULL,
  content_id {text} NOT NULL,
  PRIMARY KEY (upload_id, number)
) {clustered};

-- Bytes that nothing stands for any more; removed from the storage soon, however often that is tried.
CREATE TABLE blob_garbage (
  key {text} NOT NULL PRIMARY KEY,
  multipart_id {text},
  since {time} NOT NULL
) {strict};
CREATE INDEX blob_garbage_since_idx ON blob_garbage (since);
