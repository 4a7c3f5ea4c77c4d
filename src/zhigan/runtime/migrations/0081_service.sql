-- desks/monthly: what service levels are measured against. Targets are versions, never changed; contracts are ended, never deleted.
create schema monthly;

create table monthly.target (
    version     integer     primary key check (version > 0),
    at          timestamptz not null,
    set_by      text        not null,
    account     uuid,
    document    jsonb       not null
);
alter table monthly.target enable row level security;
grant usage on schema monthly to zhigan_person;
create policy everybody on monthly.target for select to zhigan_person using (true);
grant select on monthly.target to zhigan_person;

create table monthly.contract (
    id          uuid        primary key,
    name        text        not null,
    since       date        not null,
    until       date        not null check (until >= since),
    targets     jsonb       not null default '{}',
    changed_at  timestamptz not null,
    changed_by  text        not null,
    area        text        not null check (area <> ''),
    community   text        not null default '',
    industry    text        not null default '',
    grid        text        not null default '',
    unit        text        not null default '',
    station     text        not null default '',
    firm        text        not null default '',
    org         text        not null default '',
    check ((firm = '') <> (org = ''))
);
create index contract_period on monthly.contract (until, since);
select access.guard('monthly.contract');
