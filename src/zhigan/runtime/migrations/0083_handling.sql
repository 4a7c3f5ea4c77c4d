-- desks/handling: 处置权责. Who answers for an open incident of the desk, from level to level; gone when it is over.

create schema handling;
grant usage on schema handling to zhigan_person;

create table handling.holding (
    incident    uuid primary key,
    grade       smallint not null,
    open        boolean not null,                 -- nobody has accepted it
    level       smallint not null check (level between 0 and 3),
    name        text not null,
    began_at    timestamptz not null,
    since       timestamptz not null,
    until       timestamptz,
    next        smallint,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default ''
);
create index holding_waits on handling.holding (incident) where open and level < 3;
select access.guard('handling.holding');
