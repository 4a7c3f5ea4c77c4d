-- notify: telephones and browsers that are woken by push, and the platform's own keys.

alter table notify.way add column name text not null default '';   -- what its owner calls the device

-- Keys that the platform made for itself, sealed by a key that is not in the database.
create table notify.key (
  name text primary key,
  sealed bytea not null,
  at timestamptz not null
);
alter table notify.key enable row level security;
