-- desks/stations: what a micro fire station keeps besides its row in the registry, and its drills (拉动演练).

create schema stations;
grant usage on schema stations to zhigan_person;

create table stations.keeping (
    organisation_id uuid primary key references registry.organisation (id) on delete cascade,
    radius_m        integer not null check (radius_m between 100 and 20000),
    gear            jsonb not null default '[]',
    changed_at      timestamptz not null
);
alter table stations.keeping enable row level security;
create policy follow on stations.keeping for select to zhigan_person
    using (exists (select 1 from registry.organisation o where o.id = organisation_id));
grant select on stations.keeping to zhigan_person;

create table stations.drill (
    id              uuid primary key,
    organisation_id uuid not null references registry.organisation (id) on delete cascade,
    place           text not null,
    told_at         timestamptz not null,
    started_by      text not null,
    seen_at         timestamptz,
    left_at         timestamptz,
    arrived_at      timestamptz,
    acting_at       timestamptz,
    ended_at        timestamptz,
    ended_why       text not null default '' check (ended_why in ('', 'done', 'stopped', 'alarm', 'time')),
    incident        uuid,                      -- the real alarm that ended it
    check ((ended_at is null) = (ended_why = ''))
);
create unique index drill_open on stations.drill (organisation_id) where ended_at is null;
create index drill_newest on stations.drill (told_at desc, id desc);
create index drill_station on stations.drill (organisation_id, told_at desc, id desc);
alter table stations.drill enable row level security;
create policy follow on stations.drill for select to zhigan_person
    using (exists (select 1 from registry.organisation o where o.id = organisation_id));
grant select on stations.drill to zhigan_person;
