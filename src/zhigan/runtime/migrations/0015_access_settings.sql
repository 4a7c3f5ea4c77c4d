-- Secrets of the second factor lie sealed (AES-256-GCM, the key outside the database): a copy of the database opens
-- nothing. `key` names the key that sealed it; '' is a row from before, sealed when the platform starts.

alter table access.second_factor add column key text not null default '';

-- What the security administrator decides about entering. One row.
create table access.setting (
    only_one           boolean primary key default true check (only_one),
    idle_minutes       integer not null default 720,  -- a session unused for so long has ended: a shift and its handover
    life_days          integer not null default 14,   -- and after so many days in any case
    shortest_password  integer not null default 8,
    changed_at         timestamptz,                   -- null: as delivered
    changed_by         text not null default ''
);
insert into access.setting default values;
