-- desks/health: is this detector really alive? One row a device that has a connection of its own, judged once a minute.

create schema health;

-- What registry and history say of a device, rolled up; its scope stands here too, so that lists need no other table.
create table health.device (
    number          integer primary key,
    id              uuid not null,
    type            text not null,
    class           text not null,
    unit_id         uuid,
    beats           bigint[] not null default '{}',     -- the last reports, seconds since 1970, oldest first
    period_s        integer not null default 0,         -- learned from them; 0: not yet
    late_s          integer not null default 0,
    offline_s       integer not null default 0,
    seen_at         timestamptz,
    battery         real,
    battery_at      timestamptz,
    battery_days    integer[] not null default '{}',    -- days since 1970, one value each, oldest first
    battery_values  real[] not null default '{}',
    battery_loss    real,                               -- per cent a day; null: not known
    days_left       integer,
    days_least      integer,
    days_most       integer,
    signal          real,
    signal_at       timestamptz,
    tested_at       timestamptz,
    life_until      date,
    installed_on    date,
    state           text not null default 'never' check (state in ('alive', 'late', 'offline', 'never')),
    troubles        integer not null default 0,         -- desks/health/model.Trouble
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default ''
) with (fillfactor = 80);
create index device_state on health.device (state, number);
create index device_troubled on health.device (number) where troubles <> 0;
create index device_unit on health.device (unit, number);
create index device_community on health.device (community, number);
create index device_area on health.device (area, number);
create index device_type on health.device (type, number);
select access.guard('health.device');

-- Counts by unit and type, so that a city's coverage is read from thousands of rows and not from hundreds of thousands.
create table health.tally (
    unit            text not null,
    type            text not null,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', station text not null default '', firm text not null default '',
    org text not null default '',
    installed       integer not null,
    alive           integer not null,
    late            integer not null,
    offline         integer not null,
    never           integer not null,
    low_battery     integer not null,
    past_life       integer not null,
    primary key (unit, type)
);
select access.guard('health.tally');
