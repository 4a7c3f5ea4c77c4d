-- dispatch: command centres (119), what was handed over to them, what they said, and who telephoned where no receipt came.

create schema dispatch;
grant usage on schema dispatch to zhigan_person;

-- A command centre. `areas`: reporting areas that it serves, none: the whole city. Secrets are sealed by access's vault.
create table dispatch.target (
  id uuid primary key,
  name text not null,
  areas text[] not null default '{}',
  adapter text not null check (adapter in ('json', 'xml26875', 'cap')),
  url text not null,
  proof text not null check (proof in ('none', 'bearer', 'signature')),
  secret bytea,                             -- ours, shown to them
  feedback bytea,                           -- theirs, shown to us
  feedback_proof text not null default 'bearer' check (feedback_proof in ('none', 'bearer', 'signature')),
  map text not null,
  map_version integer not null default 1,
  answer_s real not null check (answer_s between 0.5 and 30),
  receipt_s real not null check (receipt_s between 3 and 300),
  phone text not null default '119',
  automatic boolean not null default true,
  enabled boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null,
  created_by text not null default '',
  changed_at timestamptz not null,
  changed_by text not null default '',
  retired_at timestamptz
);
create unique index target_name on dispatch.target (lower(name)) where retired_at is null;
-- Whoever's whole scope is areas sees the centres that serve nothing beyond them.
create function dispatch.held(areas text[]) returns boolean
    language sql stable parallel safe
    as $$
        select access.whole() or (
            areas <> '{}'
            and (select bool_and(a like any (coalesce(access.under(true), '{}'))) from unnest(areas) a)
            and coalesce(access.allowed('industry'), access.allowed('community'), access.allowed('grid'), access.allowed('unit'),
                         access.allowed('station'), access.allowed('firm'), access.allowed('org')) is null)
    $$;
alter table dispatch.target enable row level security;
create policy held on dispatch.target for select to zhigan_person using (dispatch.held(areas));
grant select (id, name, areas, adapter, url, proof, feedback_proof, map, map_version, answer_s, receipt_s, phone, automatic,
              enabled, version, created_at, created_by, changed_at, changed_by, retired_at) on dispatch.target to zhigan_person;

-- Field maps as they were, so that a change can be taken back.
create table dispatch.map (
  target uuid not null references dispatch.target (id),
  version integer not null,
  map text not null,
  at timestamptz not null,
  who text not null,
  primary key (target, version)
);
alter table dispatch.map enable row level security;
create policy held on dispatch.map for select to zhigan_person
  using (exists (select 1 from dispatch.target t where t.id = target));
grant select on dispatch.map to zhigan_person;

-- One message to one centre, however often it is tried: its id is what the centre knows it by.
create table dispatch.hand_over (
  id uuid primary key,
  incident uuid,                            -- null: an exercise
  origin uuid,                              -- the incident for which it was put down; others have gone into `incident`
  target uuid not null references dispatch.target (id),
  act text not null check (act in ('alert', 'update', 'cancel', 'exercise')),
  state text not null check (state in ('waiting', 'sending', 'acknowledged', 'refused', 'failed', 'cancelled')),
  seq integer not null,
  alert uuid,
  automatic boolean not null default true,
  asked_by text not null default '',
  asked_at timestamptz not null,            -- the limit counts from here: confirmed, or asked for by the desk
  due_at timestamptz not null,
  attempts integer not null default 0,
  first_sent_at timestamptz,
  sent_at timestamptz,
  acknowledged_at timestamptz,
  number text not null default '',          -- the centre's own
  said text not null default '',
  note text not null default '',
  cause text not null default '',
  alarms integer not null default 0,
  told boolean not null default false,
  at timestamptz not null                   -- of the state
) with (fillfactor = 70);
create index hand_over_incident on dispatch.hand_over (incident, seq);
create index hand_over_due on dispatch.hand_over (due_at) where state = 'waiting';
create index hand_over_open on dispatch.hand_over (asked_at) where act = 'alert' and state in ('waiting', 'sending', 'refused', 'failed');
create unique index hand_over_alert on dispatch.hand_over (origin, target) where act = 'alert';
create index hand_over_proof on dispatch.hand_over (asked_at) where acknowledged_at is not null;
alter table dispatch.hand_over enable row level security;
create policy follow on dispatch.hand_over for select to zhigan_person
  using (case when incident is null then exists (select 1 from dispatch.target t where t.id = target)
         else exists (select 1 from incidents.incident i where i.id = incident) end);
grant select on dispatch.hand_over to zhigan_person;

-- Every exchange as it stood on the wire, secrets left out.
create table dispatch.exchange (
  id uuid primary key,
  target uuid not null references dispatch.target (id),
  hand_over uuid,
  incident uuid,
  at timestamptz not null,
  direction text not null check (direction in ('out', 'in')),
  act text not null,
  ok boolean not null,
  status integer,
  ms integer not null default 0,
  said text not null default '',
  request text not null default '',
  answer text not null default '',
  words text not null default ''            -- what is searched
);
create index exchange_at on dispatch.exchange (at desc, id desc);
create index exchange_target on dispatch.exchange (target, at desc, id desc);
create index exchange_incident on dispatch.exchange (incident, at desc) where incident is not null;
alter table dispatch.exchange enable row level security;
create policy held on dispatch.exchange for select to zhigan_person
  using (exists (select 1 from dispatch.target t where t.id = target));
grant select on dispatch.exchange to zhigan_person;

-- What a centre said of an incident, once.
create table dispatch.feedback (
  id uuid primary key,
  target uuid not null references dispatch.target (id),
  incident uuid not null,
  key text not null,
  stage text not null,
  at timestamptz not null,                  -- by the centre's clock
  received_at timestamptz not null,
  text text not null default '',
  number text not null default '',
  vehicles integer,
  people integer,
  unique (target, key)
);
create index feedback_incident on dispatch.feedback (incident, at, received_at);
alter table dispatch.feedback enable row level security;
create policy follow on dispatch.feedback for select to zhigan_person
  using (exists (select 1 from incidents.incident i where i.id = incident));
grant select on dispatch.feedback to zhigan_person;

-- No receipt in time: somebody must telephone. One open call an incident.
create table dispatch.call (
  id uuid primary key,
  incident uuid not null,
  target uuid references dispatch.target (id),
  phone text not null,
  why text not null,
  state text not null check (state in ('wanted', 'done', 'withdrawn')),
  wanted_at timestamptz not null,
  done_at timestamptz,
  account text not null default '',
  who text not null default '',
  number text not null default '',
  note text not null default ''
);
create unique index call_open on dispatch.call (incident) where state = 'wanted';
create index call_incident on dispatch.call (incident, wanted_at);
create index call_wanted on dispatch.call (wanted_at) where state = 'wanted';
alter table dispatch.call enable row level security;
create policy follow on dispatch.call for select to zhigan_person
  using (exists (select 1 from incidents.incident i where i.id = incident));
grant select on dispatch.call to zhigan_person;
