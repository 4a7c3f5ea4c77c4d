-- desks/dutycheck: 查岗, by hand and at random.
create schema dutycheck;
grant usage on schema dutycheck to zhigan_person;

create table dutycheck.rule (
    one        boolean primary key default true check (one),
    rule       jsonb not null,
    seed       bytea not null,                 -- secret: what is drawn must not be foreseen
    looked_at  timestamptz not null,           -- what was drawn up to here has begun
    changed_at timestamptz not null,
    changed_by text not null
);

create table dutycheck.asked (
    id          uuid primary key,
    unit        uuid not null references registry.unit (id) on delete cascade,
    asked_by    text not null,
    drawn       boolean not null,
    way         text not null check (way in ('device', 'phone')),
    state       text not null check (state in ('running', 'answered', 'missed', 'skipped', 'cancelled')),
    detail      text not null default '',
    asked_at    timestamptz not null,
    waits_until timestamptz not null,
    ends_at     timestamptz not null,
    answered_at timestamptz,
    answered_by text not null default '',
    account     uuid,
    lon         double precision,
    lat         double precision,
    accuracy_m  real,
    photo       bytea,
    photo_type  text,
    command     uuid
);
create unique index asked_running on dutycheck.asked (unit) where state = 'running';
create index asked_at on dutycheck.asked (asked_at desc, id desc);
create index asked_of_unit on dutycheck.asked (unit, asked_at desc);

alter table dutycheck.asked enable row level security;
create policy follow on dutycheck.asked for select to zhigan_person
    using (exists (select from registry.unit u where u.id = dutycheck.asked.unit));
grant select on dutycheck.asked to zhigan_person;
