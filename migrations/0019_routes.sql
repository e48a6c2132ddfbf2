-- Routes: named ways to models, of the installation and of workspaces.

CREATE TABLE routes (
  id {id} NOT NULL PRIMARY KEY,
  -- Null for those of the installation.
  workspace_id {id} REFERENCES workspaces (id) ON DELETE CASCADE,
  -- The part of its outward name behind `route/`.
  name {text} NOT NULL,
  description {text} NOT NULL,
  -- What it is the rule for, if it is one.
  tag {text},
  -- Strategy, targets, limits and cache: one value, because a route is never read without them.
  spec {json} NOT NULL,
  enabled {bool} NOT NULL,
  created_by {id},
  created_at {time} NOT NULL,
  updated_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX routes_system_name_key ON routes (name) WHERE workspace_id IS NULL;
CREATE UNIQUE INDEX routes_workspace_id_name_key ON routes (workspace_id, name) WHERE workspace_id IS NOT NULL;
CREATE UNIQUE INDEX routes_system_tag_key ON routes (tag) WHERE workspace_id IS NULL AND tag IS NOT NULL;
CREATE UNIQUE INDEX routes_workspace_id_tag_key ON routes (workspace_id, tag) WHERE workspace_id IS NOT NULL AND tag IS NOT NULL;
