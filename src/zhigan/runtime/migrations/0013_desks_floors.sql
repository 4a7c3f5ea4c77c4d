-- Floor plans with devices on them; walk tests with their sheets; replacement at one place; since when a device is quiet.

-- ---------------------------------------------------------------- floor plans

create schema plans;
grant usage on schema plans to zhigan_person;

-- The bytes lie in ZHIGAN_DATA/files under their hash. Every version stays; the highest is the floor's plan.
create table plans.plan (
    id          uuid primary key,
    building    uuid not null,
    floor       text not null check (floor <> '' and length(floor) <= 40),
    version     integer not null check (version > 0),
    name        text not null,
    type        text not null,
    size        bigint not null check (size > 0),
    width       integer not null check (width > 0),
    height      integer not null check (height > 0),
    sha256      bytea not null check (length(sha256) = 32),
    at          timestamptz not null,
    who         text not null,
    account     text not null,
    unique (building, floor, version)
);
alter table plans.plan enable row level security;
create policy follow on plans.plan for select to zhigan_person
    using (exists (select 1 from registry.building b where b.id = building));
grant select on plans.plan to zhigan_person;

-- `place` is the number of the first device that stood there: who replaces it stands where it stood.
-- Fractions of the picture's width and height, from its upper left corner.
create table plans.spot (
    place       integer primary key,
    building    uuid not null,
    floor       text not null,
    x           double precision not null check (x between 0 and 1),
    y           double precision not null check (y between 0 and 1),
    at          timestamptz not null,
    who         text not null
);
create index spot_floor on plans.spot (building, floor);
alter table plans.spot enable row level security;
create policy follow on plans.spot for select to zhigan_person
    using (exists (select 1 from registry.building b where b.id = building));
grant select on plans.spot to zhigan_person;

-- ---------------------------------------------------------------- walk tests

create schema walktest;
grant usage on schema walktest to zhigan_person;

-- A walk test is a test mode of the registry, walked; its id is the test's. Here stands what the registry does not hold.
create table walktest.walk (
    test        uuid primary key,
    floor       text not null default ''
);
-- What the technician said on the way: "this one now", or a finding of his own.
create table walktest.note (
    id          bigint generated always as identity primary key,
    test        uuid not null,
    device      uuid not null,
    at          timestamptz not null,
    who         text not null,
    act         text not null check (act in ('pointed', 'ok', 'no_answer', 'wrong_place', 'wrong_type', 'cleared')),
    text        text not null default ''
);
create index note_test on walktest.note (test, id);
-- Written once, when the test is over: what stood on the page then.
create table walktest.sheet (
    test        uuid primary key,
    at          timestamptz not null,
    body        jsonb not null
);
do $$
declare
    name text;
begin
    foreach name in array array['walk', 'note', 'sheet'] loop
        execute format('alter table walktest.%I enable row level security', name);
        execute format('create policy follow on walktest.%I for select to zhigan_person '
                       'using (exists (select 1 from registry.test_mode t where t.id = test))', name);
        execute format('grant select on walktest.%I to zhigan_person', name);
    end loop;
end $$;

-- ---------------------------------------------------------------- replacement

-- `replaces`: the device that stood there before. `origin`: the first of that place; null on the first itself.
alter table registry.device
    add column replaces integer references registry.device (number),
    add column origin integer references registry.device (number),
    add column replaced_at timestamptz,
    add column replaced_who text not null default '',
    add column replaced_why text not null default '';
create unique index device_replaces on registry.device (replaces) where replaces is not null;
create index device_origin on registry.device (origin) where origin is not null;

-- ---------------------------------------------------------------- nothing is hidden by silence

-- Since when a device is shielded or says that it is in test; kept by the database, so that nobody who writes forgets it.
alter table registry.device_now add column quiet_since timestamptz;
create function registry.keep_quiet() returns trigger
    language plpgsql
    as $$
    begin
        if new.conditions & 2199024304128 = 0 then
            new.quiet_since := null;
        elsif tg_op = 'INSERT' or old.conditions & 2199024304128 = 0 then
            new.quiet_since := new.seen_at;
        end if;
        return new;
    end $$;
-- 2199024304128 = SHIELD | TEST_MODE; a test compares it with the vocabulary.
create trigger keep_quiet_new before insert on registry.device_now for each row
    when (new.conditions & 2199024304128 <> 0) execute function registry.keep_quiet();
create trigger keep_quiet_changed before update of conditions on registry.device_now for each row
    when ((old.conditions & 2199024304128 = 0) <> (new.conditions & 2199024304128 = 0))
    execute function registry.keep_quiet();
update registry.device_now set quiet_since = seen_at where conditions & 2199024304128 <> 0;

-- Since when a device is suspended; likewise kept by the database.
alter table registry.device add column suspended_at timestamptz;
create function registry.keep_suspended() returns trigger
    language plpgsql
    as $$
    begin
        new.suspended_at := case when new.state = 'suspended' then new.changed_at end;
        return new;
    end $$;
create trigger keep_suspended before update of state on registry.device for each row
    when ((old.state = 'suspended') <> (new.state = 'suspended')) execute function registry.keep_suspended();
update registry.device set suspended_at = changed_at where state = 'suspended';
