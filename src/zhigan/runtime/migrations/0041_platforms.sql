-- platforms: other makers' and carriers' platforms that report to us, the devices they speak of, and what came of it.

create schema platforms;
grant usage on schema platforms to zhigan_person;

-- `areas`: reporting areas whose devices it may speak of, none: the whole city. Of its secret only a digest is kept.
create table platforms.platform (
  id uuid primary key,
  slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{1,30}$'),
  name text not null,
  maker text not null default '',
  contact text not null default '',
  adapter text not null check (adapter in ('gbt45839', 'gb26875_8', 'rest')),
  areas text[] not null default '{}',
  hosts text[] not null default '{}',       -- networks it may push from, none: any
  secret bytea not null,
  map text not null,
  map_version integer not null default 1,
  silent_s integer not null default 3600 check (silent_s between 60 and 604800),
  enabled boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null,
  created_by text not null,
  changed_at timestamptz not null,
  changed_by text not null,
  retired_at timestamptz,
  last_at timestamptz,                      -- when it last spoke with the right secret
  lag_s real,                               -- of the newest state: ours minus its own time
  failed_at timestamptz,
  failed text not null default ''
);
create unique index platform_slug on platforms.platform (slug) where retired_at is null;
-- Whoever's whole scope is areas sees what serves nothing beyond them: command centres and platforms alike.
create function access.serving(areas text[]) returns boolean
    language sql stable parallel safe
    as $$
        select access.whole() or (
            areas <> '{}'
            and (select bool_and(a like any (coalesce(access.under(true), '{}'))) from unnest(areas) a)
            and coalesce(access.allowed('industry'), access.allowed('community'), access.allowed('grid'), access.allowed('unit'),
                         access.allowed('station'), access.allowed('firm'), access.allowed('org')) is null)
    $$;
create or replace function dispatch.held(areas text[]) returns boolean
    language sql stable parallel safe
    as $$ select access.serving(areas) $$;
alter table platforms.platform enable row level security;
create policy held on platforms.platform for select to zhigan_person using (access.serving(areas));
grant select (id, slug, name, maker, contact, adapter, areas, hosts, map, map_version, silent_s, enabled, version, created_at,
              created_by, changed_at, changed_by, retired_at, last_at, lag_s, failed_at, failed)
  on platforms.platform to zhigan_person;

-- The names of units as the platform writes them, and which unit each is: said once by a person.
create table platforms.unit (
  platform uuid not null references platforms.platform (id),
  name text not null,
  address text not null default '',
  unit_id uuid references registry.unit (id),
  said_by text not null default '',
  said_at timestamptz,
  first_at timestamptz not null,
  primary key (platform, name)
);

-- Identity: the platform's own number of a device, and the way by which the city knows that same device.
create table platforms.device (
  platform uuid not null references platforms.platform (id),
  serial text not null,
  gateway text not null,
  address text not null,
  type text not null default '',
  unit text not null default '',
  info jsonb not null default '{}',
  status text not null default '',
  status_at timestamptz,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (platform, serial)
);
create index device_way on platforms.device (gateway, address);
create index device_unit on platforms.device (platform, unit, serial);

-- A day of a platform: what came, what of it was wrong, how late; and what it says itself that it sent (对账).
create table platforms.day (
  platform uuid not null references platforms.platform (id),
  day date not null,
  installs integer not null default 0,
  states integer not null default 0,
  alarms integer not null default 0,
  faults integer not null default 0,
  late integer not null default 0,          -- came more than a day after its own time (补传)
  refused integer not null default 0,
  lag_max_s real,
  their_alarms integer,
  their_faults integer,
  their_devices integer,
  our_devices integer,
  told_at timestamptz,
  primary key (platform, day)
);

-- A time in which nothing came for longer than it should.
create table platforms.gap (
  platform uuid not null references platforms.platform (id),
  began_at timestamptz not null,
  ended_at timestamptz,
  primary key (platform, began_at)
);

-- What could not be taken, with its reason; the newest of each platform are kept.
create table platforms.refusal (
  id uuid primary key,
  platform uuid not null references platforms.platform (id),
  at timestamptz not null,
  path text not null,
  reason text not null,
  body text not null
);
create index refusal_newest on platforms.refusal (platform, id desc);  -- ids are made in the order of time

do $$
declare t text;
begin
  foreach t in array array['unit', 'device', 'day', 'gap', 'refusal'] loop
    execute format('alter table platforms.%I enable row level security', t);
    execute format('create policy held on platforms.%I for select to zhigan_person '
                   'using (exists (select 1 from platforms.platform p where p.id = platform))', t);
    execute format('grant select on platforms.%I to zhigan_person', t);
  end loop;
end $$;
