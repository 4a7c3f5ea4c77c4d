-- desks/upkeep: 设备码. What stands on a device's sticker, what passers-by report of it, and what inspectors found.

-- A device with a code of GB/T 45839, Annex B is found by that; every other gets a code of ours when it is first printed.
create table registry.label (
    device      uuid primary key references registry.device (id) on delete cascade,
    code        text not null unique check (code ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
    made_at     timestamptz not null
);
alter table registry.label enable row level security;
create policy follow on registry.label for select to zhigan_person
    using (exists (select from registry.device d where d.id = device));
grant select on registry.label to zhigan_person;

create schema upkeep;
grant usage on schema upkeep to zhigan_person;

-- The id is made on the phone: what is sent again is the same inspection.
create table upkeep.inspection (
    id          uuid primary key,
    device      uuid not null references registry.device (id) on delete cascade,
    at          timestamptz not null,
    received_at timestamptz not null,
    account     uuid not null,
    who         text not null,
    role        text not null,
    passed      boolean not null,
    good        text[] not null,            -- points of the check list, by name
    bad         text[] not null,
    note        text not null default '',
    photo       bytea check (length(photo) = 32),
    photo_type  text not null default ''
);
create index inspection_device on upkeep.inspection (device, at desc);
alter table upkeep.inspection enable row level security;
create policy follow on upkeep.inspection for select to zhigan_person
    using (exists (select from registry.device d where d.id = device));
grant select on upkeep.inspection to zhigan_person;

-- From the street, without an account. The address is kept for a day, to hold back floods; read by no person.
create table upkeep.report (
    id          uuid primary key,
    device      uuid not null references registry.device (id) on delete cascade,
    at          timestamptz not null,
    kind        text not null,
    note        text not null default '',
    phone       text not null default '',
    address     text not null default '',
    incident    uuid,
    photo       bytea check (length(photo) = 32),
    photo_type  text not null default ''
);
create index report_recent on upkeep.report (at);
create index report_device on upkeep.report (device, at desc);
alter table upkeep.report enable row level security;
create policy follow on upkeep.report for select to zhigan_person
    using (exists (select from registry.device d where d.id = device));
grant select (id, device, at, kind, note, phone, incident, photo, photo_type) on upkeep.report to zhigan_person;
