-- notify: who is told, by what, and what came back. A chain per incident, a row per person and channel.

create schema notify;

-- How far an incident's escalation has come. `next_at`: when the rules are asked again; null: never.
create table notify.chain (
  incident uuid primary key,
  grade smallint not null check (grade between 1 and 4),
  kind text not null,
  flags text[] not null default '{}',
  state text not null check (state in ('running', 'acknowledged', 'closed', 'merged')),
  unit_id uuid,
  unit_name text not null default '',
  place text not null default '',
  class smallint not null default 4,
  opened_at timestamptz not null,
  started_at timestamptz not null,          -- when the table of this grade began
  verify_by timestamptz,
  accepted_at timestamptz,
  answered_at timestamptz,
  answered_by text not null default '',
  answered_how text not null default '',
  help_at timestamptz,                      -- somebody said: not there, send help
  confirmed boolean not null default false,
  unanswered_at timestamptz,                -- came back to the desk
  done text[] not null default '{}',
  next_at timestamptz,
  closed_at timestamptz,
  merged_into uuid
);
create index chain_next on notify.chain (next_at) where next_at is not null;
alter table notify.chain enable row level security;
create policy follow on notify.chain for select to zhigan_person
  using (exists (select 1 from incidents.incident i where i.id = incident));
grant usage on schema notify to zhigan_person;
grant select on notify.chain to zhigan_person;

create table notify.notification (
  id uuid primary key,
  incident uuid not null,
  origin uuid not null,                     -- the incident for which it was put down; others have gone into `incident`
  step text not null,
  grade smallint not null,
  holder text not null,                     -- the person: "phone:…", "account:…", or a post: "robot:…", "webhook:…"
  person text not null,
  role text not null,
  channel text not null,
  address text not null,
  place_key text not null,
  purpose text not null check (purpose in ('alarm', 'status', 'cleared')),
  state text not null check (state in ('waiting', 'handed', 'unknown', 'sent', 'delivered', 'answered', 'failed', 'merged',
                                       'cancelled', 'limited')),
  provider text not null default '',
  provider_id text not null default '',
  request text not null default '',         -- our own id at the provider
  tried text[] not null default '{}',       -- providers that surely did not take it
  attempts integer not null default 0,
  body text not null default '',
  detail text not null default '',
  reply text not null default '',
  fallback_of uuid,
  merged_into uuid,
  created_at timestamptz not null,
  due_at timestamptz not null,
  handed_at timestamptz,
  ask_at timestamptz,                       -- when the provider is asked what became of it
  asked integer not null default 0,
  at timestamptz not null                   -- of the state
) with (fillfactor = 70);
create index notification_incident on notify.notification (incident, created_at, id);
create index notification_waiting on notify.notification (due_at) where state = 'waiting';
create index notification_person on notify.notification (holder, channel, handed_at desc) where handed_at is not null;
create index notification_ask on notify.notification (ask_at) where state in ('handed', 'unknown');
create unique index notification_request on notify.notification (request) where request <> '';
create index notification_provider on notify.notification (provider, provider_id) where provider_id <> '';
create index notification_inbox on notify.notification (address, created_at desc, id desc) where channel = 'app';
create index notification_merged on notify.notification (merged_into) where merged_into is not null;
alter table notify.notification enable row level security;
create policy follow on notify.notification for select to zhigan_person
  using (exists (select 1 from incidents.incident i where i.id = incident));
grant select on notify.notification to zhigan_person;

-- When somebody is on call: weekly hours of a contact, an organisation or an account. Who has none is always on call.
create table notify.shift (
  id uuid primary key,
  holder text not null,                     -- "contact:…", "organisation:…", "account:…"
  weekdays smallint[] not null,             -- 1 is Monday
  from_minute smallint not null check (from_minute between 0 and 1439),
  to_minute smallint not null check (to_minute between 1 and 1440),
  replacement_name text not null default '',
  replacement_phone text not null default '',
  changed_at timestamptz not null,
  changed_by text not null default ''
);
create index shift_holder on notify.shift (holder);
alter table notify.shift enable row level security;

-- Further ways to an account: WeChat, push, e-mail, Web Push. A phone stands in the account itself.
create table notify.way (
  id uuid primary key,
  account uuid not null,
  channel text not null,
  address text not null,
  detail text not null default '',          -- keys of a Web Push subscription
  at timestamptz not null,
  unique (channel, address)
);
create index way_account on notify.way (account);
alter table notify.way enable row level security;

-- The newest test of each channel's provider.
create table notify.selftest (
  channel text not null,
  provider text not null,
  at timestamptz not null,
  ok boolean not null,
  said text not null default '',
  ms integer not null default 0,
  since timestamptz not null,               -- since when it is so
  primary key (channel, provider)
);
alter table notify.selftest enable row level security;
