-- history: days that have left PostgreSQL for Parquet files. A file counts from the moment it stands here, and the
-- partition it holds is dropped in that same transaction: there is no moment in which a reading is twice or nowhere.
create table history.moved (
    file     text        primary key,   -- below the archive's folder
    kind     text        not null check (kind in ('readings', 'signals')),
    day      integer     not null,      -- days since 1970 UTC in which we heard it
    block    integer     not null,      -- history.signal.device / 1024
    rows     bigint      not null,
    bytes    bigint      not null,
    first_at timestamptz not null,      -- the readings' own time
    last_at  timestamptz not null,
    moved_at timestamptz not null
);
create index moved_block on history.moved (kind, block, last_at);
create index moved_day on history.moved (day);
alter table history.moved enable row level security;
