-- rollcall: where somebody is who has said that he is coming. One row a person, the newest; nobody's way is kept.

create schema rollcall;

create table rollcall.position (
  account uuid primary key references access.account (id) on delete cascade,
  at timestamptz not null,
  lon double precision not null check (lon between -180 and 180),
  lat double precision not null check (lat between -90 and 90),
  accuracy_m real not null default 0
);
-- Told only through the roll call of an alarm in one's scope: no policy, so that nobody reads the table itself.
alter table rollcall.position enable row level security;

-- Whose scope names a unit, a station, a community: found without reading every account of a city.
create index account_scope_words on access.account using gin (regexp_split_to_array(scope, '[:+,]'));
