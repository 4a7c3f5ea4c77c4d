-- federation: own installations joined to one another. The upper one holds copies of the lower one's registry and incidents in
-- the same tables as its own, marked by `came_from`; what the two agreed, and how far each has come, stands in this schema.

create schema federation;
grant usage on schema federation to zhigan_person;

-- ---------------------------------------------------------------- marks on what is a copy

-- The names of the platforms that it came through, birth place first; none: our own.
alter table registry.unit add column came_from text[] not null default '{}';
alter table registry.building add column came_from text[] not null default '{}';
alter table registry.device add column came_from text[] not null default '{}';
alter table incidents.incident add column came_from text[] not null default '{}';

-- Silence of a copy means nothing here: whose device it is watches over it.
create or replace function registry.keep_now() returns trigger
    language plpgsql
    as $$
    begin
        insert into registry.device_now (number, patience)
        select d.number, case when d.gateway = 'federation' then 0
                              else registry.patience_of(d.class, d.model, d.state, u.class) end
        from changed d left join registry.unit u on u.id = d.unit_id
        on conflict (number) do update set patience = excluded.patience
            where registry.device_now.patience <> excluded.patience;
        return null;
    end $$;
create or replace function registry.unit_patience() returns trigger
    language plpgsql
    as $$
    begin
        update registry.device_now n set patience = registry.patience_of(d.class, d.model, d.state, new.class)
        from registry.device d
        where d.unit_id = new.id and n.number = d.number and d.class <> 'component' and d.gateway <> 'federation';
        return null;
    end $$;

-- ---------------------------------------------------------------- what changed, for whoever stands above

-- One row while somebody listens: else nothing is noted.
create table registry.listening (one boolean primary key default true check (one));
alter table registry.listening enable row level security;
-- Appended, never merged: a row that is noted again while the first note is being read must be read again.
create table registry.stirred (
    seq     bigint generated always as identity primary key,
    kind    text not null,
    id      uuid not null
);
alter table registry.stirred enable row level security;
-- In which conditions a device was told of last.
create table registry.told (
    number      integer primary key references registry.device (number) on delete cascade,
    conditions  bigint not null
);
alter table registry.told enable row level security;

create function registry.stir() returns trigger
    language plpgsql
    as $$
    begin
        if exists (select from registry.listening) then
            insert into registry.stirred (kind, id) select tg_argv[0], c.id from changed c;
        end if;
        return null;
    end $$;
create trigger stir_new after insert on registry.unit referencing new table as changed
    for each statement execute function registry.stir('unit');
create trigger stir_changed after update on registry.unit referencing new table as changed
    for each statement execute function registry.stir('unit');
create trigger stir_new after insert on registry.building referencing new table as changed
    for each statement execute function registry.stir('building');
create trigger stir_changed after update on registry.building referencing new table as changed
    for each statement execute function registry.stir('building');
create trigger stir_new after insert on registry.device referencing new table as changed
    for each statement execute function registry.stir('device');
create trigger stir_changed after update on registry.device referencing new table as changed
    for each statement execute function registry.stir('device');

-- ---------------------------------------------------------------- who is joined to whom

-- What this installation is to others.
create table federation.self (
    one     boolean primary key default true check (one),
    id      uuid not null,
    name    text not null,
    made_at timestamptz not null
);

-- The code is shown once; here stands its digest, and the digest of that by which it is found.
create table federation.invitation (
    id           uuid primary key,
    slug         text not null,
    name         text not null,
    scope        text not null,
    digest       bytea not null,
    found_by     bytea not null unique,
    created_at   timestamptz not null,
    created_by   text not null,
    expires_at   timestamptz not null,
    used_at      timestamptz,
    withdrawn_at timestamptz
);
create unique index invitation_open on federation.invitation (slug) where used_at is null and withdrawn_at is null;

-- A platform below: how far of its log we hold durably, and what its page shows.
create table federation.lower (
    id            uuid primary key,
    platform      uuid not null unique,
    slug          text not null unique,
    name          text not null,
    scope         text not null,
    secret        bytea not null,
    protocol      text not null,
    version       text not null default '',
    joined_at     timestamptz not null,
    joined_by     text not null,
    revoked_at    timestamptz,
    revoked_by    text not null default '',
    position      bigint not null,              -- of its event log: held here, with all it meant
    head          bigint not null default 0,    -- as it said last
    waiting       bigint not null default 0,    -- its events beyond `position`, as it said last
    oldest_at     timestamptz,                  -- when the oldest of those happened
    lost          bigint not null default 0,    -- positions that it can tell no more
    down          bigint not null default 0,    -- what we said to it: taken up to here
    said          bigint not null default 0,    -- and put down for it up to here
    seen_at       timestamptz,
    taken_at      timestamptz,
    lag_s         double precision,
    ahead_s       double precision,
    told          text not null default '{}',   -- its own counts, as JSON
    counted_at    timestamptz,
    error         text not null default '',
    error_at      timestamptz
) with (fillfactor = 50);

create table federation.day (
    lower    uuid not null references federation.lower (id),
    day      date not null,
    events   bigint not null default 0,
    applied  bigint not null default 0,
    skipped  bigint not null default 0,
    unread   bigint not null default 0,
    refused  bigint not null default 0,
    primary key (lower, day)
) with (fillfactor = 50);

-- What a thing is called there and here; how it stood there when it came last. `path`: the platforms it came through.
create table federation.link (
    lower    uuid not null references federation.lower (id),
    kind     text not null check (kind in ('unit', 'building', 'device', 'incident', 'command')),
    there    uuid not null,
    here     uuid not null,
    path     uuid[] not null,
    mine     boolean not null default false,    -- it was here before, under its own name
    version  integer not null default 0,
    state    text not null default '',
    grade    smallint not null default 0,
    lines    integer not null default 0,
    primary key (lower, kind, there)
) with (fillfactor = 80);
create index link_here on federation.link (here, kind);

-- What is to go down, until the lower one says that it has it.
create table federation.down (
    lower    uuid not null references federation.lower (id),
    seq      bigint not null,
    type     text not null,
    subject  text not null,
    body     text not null,
    made_at  timestamptz not null,
    made_by  text not null,
    taken_at timestamptz,
    primary key (lower, seq)
);
create index down_waiting on federation.down (lower, seq) where taken_at is null;

-- The platform above: at most one at a time.
create table federation.upper (
    id              uuid primary key,           -- what it calls us
    platform        uuid not null,
    name            text not null,
    called          text not null,              -- the name that it gave us
    above           uuid[] not null default '{}',  -- whom it is joined to itself
    url             text not null,
    scope           text not null,
    secret          bytea not null,
    permits         text[] not null,
    protocol        text not null,
    version         text not null default '',
    joined_at       timestamptz not null,
    joined_by       text not null,
    left_at         timestamptz,
    left_by         text not null default '',
    position        bigint not null,            -- acknowledged by it
    down            bigint not null default 0,  -- what it said: taken here up to here
    lost            bigint not null default 0,
    heard_at        timestamptz,
    acknowledged_at timestamptz,
    error           text not null default '',
    error_at        timestamptz
) with (fillfactor = 50);
create unique index upper_one on federation.upper ((true)) where left_at is null;

-- Whose account sees the whole of this installation sees whom it is joined to; the page of one's own part asks by scope.
do $$
declare
    place text;
begin
    foreach place in array array['self', 'invitation', 'lower', 'day', 'link', 'down', 'upper'] loop
        execute format('alter table federation.%I enable row level security', place);
        execute format('create policy whole on federation.%I for select to zhigan_person using ((select access.whole()))', place);
    end loop;
end $$;
grant select on federation.self, federation.day, federation.link, federation.down to zhigan_person;
