-- electrical: the automatic cut-off (自动断电) of a third-class circuit: agreed per circuit, rehearsed for weeks, then
-- switched to live by two people; and each time that it would have cut, or has.

-- The owner's consent names the automatic cut-off, or it does not permit one.
alter table electrical.consent add column automatic boolean not null default false;

-- Of one circuit one stands (`ended_at` is null). It rehearses until it was approved, and again when its time is over.
create table electrical.automatic (
    id          uuid primary key,
    circuit     uuid not null references electrical.circuit (id) on delete cascade,
    metrics     smallint[] not null check (cardinality(metrics) between 1 and 10),
    limits      double precision[] not null check (cardinality(limits) = cardinality(metrics)),
    hold_s      integer not null check (hold_s > 0),
    begun_at    timestamptz not null,
    begun_by    text not null,
    asked_at    timestamptz,
    asked_by    text not null default '',
    asker       uuid,
    why         text not null default '',
    until       timestamptz,
    approved_at timestamptz,
    approved_by text not null default '',
    approver    uuid check (approver <> asker),
    ended_at    timestamptz,
    ended_by    text not null default '',
    ended_why   text not null default '',
    check (approved_at is null or (asked_at is not null and approver is not null and asker is not null))
);
create unique index automatic_one on electrical.automatic (circuit) where ended_at is null;
alter table electrical.automatic enable row level security;
create policy follow on electrical.automatic for select to zhigan_person
    using (exists (select from electrical.circuit c where c.id = circuit));
grant select on electrical.automatic to zhigan_person;

-- `against`: why it would not have been cut; empty: it would have. `command`: it was live, and this is the order.
create table electrical.trip (
    id          uuid primary key,
    automatic   uuid not null references electrical.automatic (id) on delete cascade,
    at          timestamptz not null,
    held_s      integer not null,
    metric      smallint not null,
    phase       text not null,
    value       double precision not null,
    most        double precision not null,
    limit_at    double precision not null,
    readings    integer not null,
    live        boolean not null,
    against     text not null,
    command     uuid unique
);
create index trip_newest on electrical.trip (automatic, at desc);
alter table electrical.trip enable row level security;
create policy follow on electrical.trip for select to zhigan_person
    using (exists (select from electrical.automatic a where a.id = automatic));
grant select on electrical.trip to zhigan_person;
