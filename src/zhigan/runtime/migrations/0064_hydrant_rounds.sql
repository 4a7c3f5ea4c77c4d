-- desks/hydrants: 巡查. Rounds over the hydrants of a place, what was found at each, repairs accepted by another person.

create schema hydrants;
grant usage on schema hydrants to zhigan_person;

create table hydrants.round (
    id          uuid primary key,
    name        text not null,
    owner       text not null default '',         -- of the hydrants: whose they are
    zone        text not null default '',
    due_on      date not null,
    made_at     timestamptz not null,
    made_by     text not null,
    ended_at    timestamptz,                      -- by hand, before everything was seen
    ended_by    text not null default '',
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default ''
);
create index round_due on hydrants.round (due_on, id);
select access.guard('hydrants.round');

-- Which hydrants a round goes to, as they were when it was made.
create table hydrants.stop (
    round       uuid not null references hydrants.round (id) on delete cascade,
    hydrant     uuid not null references registry.hydrant (id) on delete cascade,
    primary key (round, hydrant)
);
alter table hydrants.stop enable row level security;
create policy follow on hydrants.stop for select to zhigan_person
    using (exists (select from hydrants.round r where r.id = round));
grant select on hydrants.stop to zhigan_person;

-- The id is made on the phone: what is sent again is the same visit.
create table hydrants.visit (
    id          uuid primary key,
    hydrant     uuid not null references registry.hydrant (id) on delete cascade,
    round       uuid references hydrants.round (id) on delete set null,
    at          timestamptz not null,
    received_at timestamptz not null,
    account     uuid not null,
    who         text not null,
    role        text not null,
    passed      boolean not null,
    good        text[] not null,                  -- points of the check list, by name
    bad         text[] not null,
    note        text not null default '',
    state       text not null default '',         -- how it was found; '' where nothing was said of it
    incident    uuid,                             -- the work that came of it
    accepts     uuid,                             -- the repaired work that this visit accepts, once its picture is there
    lon         double precision,                 -- where it really stands, once the picture is there
    lat         double precision,
    accuracy_m  double precision,
    was_lon     double precision,
    was_lat     double precision,
    photo       bytea check (length(photo) = 32),
    photo_type  text not null default ''
);
create index visit_hydrant on hydrants.visit (hydrant, at desc);
create index visit_round on hydrants.visit (round, hydrant) where round is not null;
create index visit_accepts on hydrants.visit (accepts) where accepts is not null;
alter table hydrants.visit enable row level security;
create policy follow on hydrants.visit for select to zhigan_person
    using (exists (select from registry.hydrant h where h.id = hydrant));
grant select on hydrants.visit to zhigan_person;
