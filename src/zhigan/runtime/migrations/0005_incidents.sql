-- incidents: WHAT HAPPENED. One table for all four grades; alarms and timeline lines hang on it.

create schema incidents;

create table incidents.incident (
  id uuid primary key,
  version integer not null,
  grade smallint not null check (grade between 1 and 4),
  kind text not null,
  state text not null check (state in ('open', 'verifying', 'confirmed', 'dispatched', 'responding', 'closed')),
  outcome text check (outcome in ('fire', 'false_alarm', 'test', 'drill', 'fault', 'other')),
  cause text,
  basis text,
  slot text not null,
  case_key text not null,
  locus text not null,
  place text not null default '',
  unit_id uuid,
  unit_code text not null default '',
  unit_name text not null default '',
  building_id uuid,
  building_code text not null default '',
  building_name text not null default '',
  lon double precision,
  lat double precision,
  reasons jsonb not null default '[]',
  flags text[] not null default '{}',
  opened_at timestamptz not null,
  received_at timestamptz not null,
  last_signal_at timestamptz not null,
  verify_by timestamptz,
  answer_by timestamptz,
  claimed_by text,
  claimed_name text,
  claimed_at timestamptz,
  confirmed_at timestamptz,
  closed_at timestamptz,
  merged_into uuid,
  alarm_count integer not null default 0,
  desk boolean not null,
  -- The head of the timeline: a tail cut off the chain is seen by comparing with it.
  seq integer not null,
  hash bytea not null,
  queue text not null generated always as
    (case when desk then 'desk' when grade = 3 then 'attention' else 'task' end) stored,
  area text not null default '',
  community text not null default '',
  industry text not null default '',
  grid text not null default '',
  unit text not null default '',
  station text not null default '',
  firm text not null default '',
  org text not null default '',
  check ((state = 'closed') = (closed_at is not null))
) with (fillfactor = 80);

-- Exactly one open incident a slot, whoever writes at the same time.
create unique index incident_slot on incidents.incident (slot) where state <> 'closed' and merged_into is null;
-- The lists, newest first: the trailing columns are compared inside the index, without reading the row.
create index incident_newest on incidents.incident (queue, received_at desc, id desc, grade, kind, state)
  where merged_into is null;
create index incident_open on incidents.incident (queue, received_at desc, id desc)
  where state <> 'closed' and merged_into is null;
create index incident_unit on incidents.incident (unit_id, received_at desc, id desc) where merged_into is null;
create index incident_unit_code on incidents.incident (unit, received_at desc) where merged_into is null;
create index incident_case on incidents.incident (case_key) where state <> 'closed' and merged_into is null;
create index incident_merged on incidents.incident (merged_into) where merged_into is not null;

select access.guard('incidents.incident');

create table incidents.alarm (
  id uuid primary key,
  incident uuid not null,
  device_id uuid,
  gateway text not null default '',
  address text not null,
  device text not null,
  component text not null default '',
  kind text not null,
  condition text not null,
  raised_at timestamptz not null,
  received_at timestamptz not null,
  last_at timestamptz not null,
  cleared_at timestamptz,
  count integer not null,
  text text not null default '',
  raw bytea not null default ''
) with (fillfactor = 80);
create index alarm_incident on incidents.alarm (incident, raised_at);
create index alarm_device on incidents.alarm (device_id, raised_at desc);

create table incidents.timeline (
  incident uuid not null,
  seq integer not null,
  at timestamptz not null,
  who text not null,
  what text not null,
  detail text not null,
  prev_hash bytea not null,
  hash bytea not null,
  primary key (incident, seq)
);

-- Alarms and lines follow their incident, whose own policy decides inside the sub-select: no scope columns of their own.
alter table incidents.alarm enable row level security;
create policy follow on incidents.alarm for select to zhigan_person
  using (exists (select 1 from incidents.incident i where i.id = incident));
grant select on incidents.alarm to zhigan_person;
alter table incidents.timeline enable row level security;
create policy follow on incidents.timeline for select to zhigan_person
  using (exists (select 1 from incidents.incident i where i.id = incident));
grant select on incidents.timeline to zhigan_person;
