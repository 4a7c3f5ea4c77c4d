-- desks/routines: the centre's routines of GB 50440, filled in where the platform saw the signal, else by people.

create schema routines;
grant usage on schema routines to zhigan_person;

-- One row a transmission device and day: when it was first reached, and when its clock was first seen right.
create table routines.day (
    device   integer not null references registry.device (number) on delete cascade,
    day      date not null,
    unit_id  uuid not null,
    link_at  timestamptz,
    clock_at timestamptz,
    clock_by text not null default '',         -- 'signal' or the id of the command that set it
    primary key (device, day)
);
create index day_unit on routines.day (unit_id, day);
-- Read by the owner for units that were found within the asker's scope: no policy, so that nobody reads the table itself.
alter table routines.day enable row level security;

create table routines.record (
    id          uuid primary key,
    kind        text not null check (kind in ('link', 'clock', 'fire_test', 'integration')),
    unit_id     uuid references registry.unit (id) on delete cascade,   -- none: of the centre
    day         date not null,
    at          timestamptz not null,
    by_platform boolean not null,
    who         text not null,
    words       text not null default '',
    proof       text not null default '',      -- what was seen: 'test:ID device:ID', 'audit:N'
    photo       bytea check (length(photo) = 32),
    photo_type  text not null default '',
    made_at     timestamptz not null,
    check ((unit_id is null) = (kind = 'integration'))
);
create index record_unit on routines.record (unit_id, kind, day);
alter table routines.record enable row level security;

-- Which units have a transmission device: asked by the grid of a month.
create index device_transmitters on registry.device (unit_id) where type = 'transmission_device' and not gone;
