-- Runs: everything that calls a model or takes time, in a tree; and the numbered events each run shows.
-- The engine crate owns both tables. No foreign key leaves them: the engine knows no table of the product.

CREATE TABLE runs (
    id {id} PRIMARY KEY,
    parent_id {id} REFERENCES runs (id) ON DELETE CASCADE,
    root_id {id} NOT NULL,
    workspace_id {id},
    user_id {id},
    conversation_id {id},
    kind {text} NOT NULL,
    -- 0 interactive, 1 background
    lane {int} NOT NULL,
    status {text} NOT NULL,
    input {json} NOT NULL,
    output {json},
    error {json},
    -- Counts claims; with the owner it is the fence of every write that moves a run on.
    attempt {int} NOT NULL DEFAULT 0,
    -- Counts attempts that ended badly; this is what attempts_max limits.
    failures {int} NOT NULL DEFAULT 0,
    attempts_max {int} NOT NULL DEFAULT 1,
    available_at {time} NOT NULL,
    lease_owner {text},
    lease_expires_at {time},
    -- Found without a living owner; the next attempt begins with the step's recovery.
    orphaned {bool} NOT NULL DEFAULT FALSE,
    cancel_requested_at {time},
    children {int} NOT NULL DEFAULT 0,
    children_ended {int} NOT NULL DEFAULT 0,
    -- A waiting run is queued again when children_ended reaches this.
    wake_at {int} NOT NULL DEFAULT 0,
    idempotency_key {text},
    prompt_tokens {int} NOT NULL DEFAULT 0,
    completion_tokens {int} NOT NULL DEFAULT 0,
    cost_micros {int} NOT NULL DEFAULT 0,
    created_at {time} NOT NULL,
    started_at {time},
    finished_at {time},
    CONSTRAINT runs_status_check CHECK (status IN
        ('queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'skipped'))
) {strict};

-- What may be claimed. Partial, so it stays as small as the queue however many runs have finished.
CREATE INDEX runs_queue_idx ON runs (lane, available_at) WHERE status IN ('queued', 'paused');
-- What is running: by node for renewal and cancellation, by time for recovery.
CREATE INDEX runs_owner_idx ON runs (lease_owner) WHERE status = 'running';
CREATE INDEX runs_lease_idx ON runs (lease_expires_at) WHERE status = 'running';
CREATE INDEX runs_parent_idx ON runs (parent_id, created_at) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_root_idx ON runs (root_id, created_at) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_workspace_created_idx ON runs (workspace_id, created_at);
CREATE INDEX runs_user_status_created_idx ON runs (user_id, status, created_at);
CREATE INDEX runs_conversation_created_idx ON runs (conversation_id, created_at);
CREATE UNIQUE INDEX runs_user_idempotency_key ON runs (user_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

-- The log of a run in chunks: many events a row, because tokens come one by one and rows are dear.
-- `events` is a JSON array of [time in microseconds, kind, data], numbered from first_seq; text, so that a
-- replayed event has the very bytes of the live one.
CREATE TABLE run_events (
    run_id {id} NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    first_seq {int} NOT NULL,
    last_seq {int} NOT NULL,
    events {text} NOT NULL,
    PRIMARY KEY (run_id, first_seq)
) {clustered};
