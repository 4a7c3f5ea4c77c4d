-- notify: own rules of a hosted sub-platform: who else is told within its scope, beside whom the city's table tells.

create table notify.own_rule (
  id uuid primary key,
  hosted uuid not null,                     -- access.hosted
  name text not null,
  kinds text[] not null,                    -- empty: whatever happens
  grades smallint[] not null check (cardinality(grades) > 0),
  from_minute smallint check (from_minute between 0 and 1439),
  until_minute smallint check (until_minute between 0 and 1439),
  parts text[] not null,                    -- parts that people play around a unit
  accounts uuid[] not null,                 -- people of the sub-platform
  ways text[] not null check (cardinality(ways) > 0),
  after integer not null check (after between 0 and 86400),
  enabled boolean not null,
  since timestamptz not null,               -- what began before is not told of by this rule
  changed_at timestamptz not null,
  changed_by text not null,
  check ((from_minute is null) = (until_minute is null)),
  check (from_minute <> until_minute),
  check (cardinality(parts) + cardinality(accounts) > 0)
);
create index own_rule_hosted on notify.own_rule (hosted, id);
alter table notify.own_rule enable row level security;
