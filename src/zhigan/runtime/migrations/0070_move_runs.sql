-- history: what the mover did, run by run, for the platform's page and for whoever watches it. The newest hundred are kept.
create table history.run (
    started_at timestamptz not null primary key,
    ended_at   timestamptz not null,
    days       integer     not null default 0,   -- moved to the archive
    rows       bigint      not null default 0,
    bytes      bigint      not null default 0,
    forgotten  integer     not null default 0,   -- files
    failed     text        not null default ''   -- why; empty: it did what was due
);
alter table history.run enable row level security;
