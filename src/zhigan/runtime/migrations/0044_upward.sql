-- upward: platforms of other makers above us, what waits for each, what each has acknowledged.

create schema upward;
grant usage on schema upward to zhigan_person;

-- `areas`, `industries`: whose devices it is told of, none: all. `secret` is sealed by access's vault.
create table upward.target (
  id uuid primary key,
  name text not null,
  adapter text not null check (adapter in ('gbt45839', 'gb26875_8', 'rest')),
  url text not null,
  account text not null default '',
  secret bytea,
  map text not null,
  map_version integer not null default 1,
  areas text[] not null default '{}',
  industries text[] not null default '{}',
  source text not null default '',          -- its short name where it reports to us as well: no loops
  people boolean not null default false,    -- names and numbers of people responsible go along
  answer_s real not null default 10 check (answer_s between 0.5 and 30),
  paused boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null,
  created_by text not null,
  changed_at timestamptz not null,
  changed_by text not null,
  retired_at timestamptz,
  told_at timestamptz,                      -- its last acknowledgement
  failed_at timestamptz,
  failed text not null default '',          -- why; empty again after the next acknowledgement
  failures integer not null default 0,      -- in a row
  due_at timestamptz,                       -- not before
  scanned integer not null default 0,       -- devices looked through up to this number
  scanned_at timestamptz,                   -- when the last whole look began
  replay_from timestamptz,                  -- what happened since then is put down anew
  replay_to timestamptz,
  replay_after uuid,                        -- how far that has come
  lost bigint not null default 0            -- given up unsent, the oldest first, where too much waited
) with (fillfactor = 50);
create unique index target_name on upward.target (lower(name)) where retired_at is null;
alter table upward.target enable row level security;
create policy held on upward.target for select to zhigan_person using (access.serving(areas));
grant select (id, name, adapter, url, account, map, map_version, areas, industries, source, people, answer_s, paused, version,
              created_at, created_by, changed_at, changed_by, retired_at, told_at, failed_at, failed, failures, due_at, scanned_at,
              replay_from, replay_to, lost) on upward.target to zhigan_person;

-- What each device was told as: `digest` of its master data as they stood; `stale`: they are to be told.
create table upward.device (
  target uuid not null references upward.target (id),
  device uuid not null,
  digest text not null default '',
  stale boolean not null default true,
  told_at timestamptz,
  refused text not null default '',
  primary key (target, device)
) with (fillfactor = 70);
create index device_stale on upward.device (target) where stale;
create index device_refused on upward.device (target, device) where refused <> '';

-- A change of a device's standing, in the order in which they go. `alarm`, `rose`, `at`: put down once.
create table upward.item (
  id bigint generated always as identity primary key,
  target uuid not null references upward.target (id),
  alarm uuid not null,
  rose boolean not null,
  at timestamptz not null,
  device uuid not null,
  word text not null,
  state text not null default 'waiting' check (state in ('waiting', 'told', 'refused', 'lost')),
  put_at timestamptz not null,
  done_at timestamptz,
  said text not null default '',
  unique (target, alarm, rose, at)
) with (fillfactor = 70);
create index item_waiting on upward.item (target, id) where state = 'waiting';
create index item_refused on upward.item (target, id desc) where state = 'refused';
create index item_old on upward.item (put_at);

-- What it acknowledged on a day, and what it was told of that (对账).
create table upward.day (
  target uuid not null references upward.target (id),
  day date not null,
  alarms integer not null default 0,
  faults integer not null default 0,
  statuses integer not null default 0,
  installs integer not null default 0,
  refused integer not null default 0,
  late integer not null default 0,          -- acknowledged more than an hour after they happened (补传)
  devices integer,
  told_at timestamptz,
  said text not null default '',
  primary key (target, day)
);

do $$
declare t text;
begin
  foreach t in array array['device', 'item', 'day'] loop
    execute format('alter table upward.%I enable row level security', t);
    execute format('create policy held on upward.%I for select to zhigan_person '
                   'using (exists (select 1 from upward.target p where p.id = target))', t);
    execute format('grant select on upward.%I to zhigan_person', t);
  end loop;
end $$;
