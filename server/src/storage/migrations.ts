/** @file The database's numbered migrations. A migration that has shipped is never changed; a new one is added behind it. */

export const migrations: readonly string[] = [
  // 1: contexts, candidates, decisions
  `
  CREATE TABLE contexts (
    id TEXT PRIMARY KEY,
    time INTEGER NOT NULL,
    document TEXT NOT NULL,
    workspace TEXT NOT NULL,
    language TEXT NOT NULL,
    task TEXT NOT NULL,
    instruction TEXT NOT NULL,
    original TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
  ) STRICT;
  CREATE TABLE candidates (
    id TEXT PRIMARY KEY,
    context_id TEXT NOT NULL REFERENCES contexts(id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    round INTEGER NOT NULL,
    text TEXT NOT NULL,
    model TEXT NOT NULL,
    adapter INTEGER,
    log_prob REAL,
    total_ms REAL NOT NULL
  ) STRICT;
  CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    context_id TEXT NOT NULL REFERENCES contexts(id) ON DELETE CASCADE,
    candidate_id TEXT REFERENCES candidates(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    time INTEGER NOT NULL,
    final_text TEXT,
    share REAL
  ) STRICT;
  CREATE TABLE seen_candidates (
    decision_id TEXT NOT NULL REFERENCES decisions(id) ON DELETE CASCADE,
    candidate_id TEXT NOT NULL REFERENCES candidates(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (decision_id, candidate_id)
  ) STRICT;
  -- which adapters were trained on a decision; outlives the decision's text
  CREATE TABLE adapter_decisions (
    adapter INTEGER NOT NULL,
    decision_id TEXT NOT NULL,
    PRIMARY KEY (adapter, decision_id)
  ) STRICT;
  CREATE INDEX candidates_by_context ON candidates(context_id);
  CREATE INDEX decisions_by_time ON decisions(time);
  CREATE INDEX decisions_by_context ON decisions(context_id);
  `,
  // 2: what the comparisons of an imported decision weigh; a table of its own, as windows of the version before go on writing
  `
  CREATE TABLE comparison_weights (
    decision_id TEXT NOT NULL REFERENCES decisions(id) ON DELETE CASCADE,
    candidate_id TEXT NOT NULL REFERENCES candidates(id) ON DELETE CASCADE,
    weight REAL NOT NULL,
    PRIMARY KEY (decision_id, candidate_id)
  ) STRICT;
  `,
  // 3: for listing and deleting many decisions
  `CREATE INDEX adapters_by_decision ON adapter_decisions(decision_id);`,
];
