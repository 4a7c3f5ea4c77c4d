-- gateways/reports: what people and other platforms report to us (a hazard, a call, a list of cameras), and what became of it.

create schema reports;

-- One report. `external_id` is the sender's own number of it: the same again is the same report. `content` is what was said
-- last, as it was said; `digest` tells whether what is said again is another thing. The columns of scope are the unit's, or
-- where no unit is known those of the place that was named.
create table reports.report (
    id          uuid primary key,
    kind        text not null check (kind in ('hazard', 'call', 'camera_list')),
    external_id text not null default '',
    account     uuid not null,
    partner     text not null,               -- the account's name when it reported
    role        text not null,
    state       text not null check (state in ('received', 'linked', 'assigned', 'done', 'rejected')),
    reason      text not null default '',    -- of a rejection: the code of the cause
    received_at timestamptz not null,
    at          timestamptz not null,        -- when it was seen, as the sender says
    changed_at  timestamptz not null,
    version     integer not null default 1,
    category    text not null default '',
    words       text not null default '',
    place       text not null default '',
    unit_id     uuid,
    unit_name   text not null default '',
    building    text not null default '',
    floor       text not null default '',
    lon         double precision,
    lat         double precision,
    reporter    text not null default '',
    phone       text not null default '',
    content     jsonb not null,
    digest      bytea not null,
    result      jsonb,                       -- of a list of cameras
    gateway_address text,                    -- of a call: the address under which the engine hears it
    sent_at     timestamptz,                 -- of a call: since when its signal is on disk
    incident    uuid,
    outcome     text not null default '',
    cause       text not null default '',
    answer      text not null default '',
    closed_at   timestamptz,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default ''
);
create unique index report_external on reports.report (account, external_id) where external_id <> '';
create index report_newest on reports.report (received_at desc, id desc);
create index report_account on reports.report (account, received_at desc, id desc);
create index report_incident on reports.report (incident) where incident is not null;
create index report_address on reports.report (gateway_address) where state in ('received', 'linked');
create index report_over on reports.report (id) where gateway_address is not null and state in ('done', 'rejected');
create index report_waiting on reports.report (received_at) where state = 'received';
select access.guard('reports.report');

create table reports.line (
    number  bigint generated always as identity primary key,
    report  uuid not null references reports.report (id) on delete cascade,
    at      timestamptz not null,
    who     text not null,
    what    text not null,
    detail  jsonb not null default '{}'
);
create index line_report on reports.line (report, number);
alter table reports.line enable row level security;
create policy follow on reports.line for select to zhigan_person
    using (exists (select from reports.report r where r.id = report));
grant select on reports.line to zhigan_person;

create table reports.photo (
    id      uuid primary key,
    report  uuid not null references reports.report (id) on delete cascade,
    at      timestamptz not null,
    sha256  bytea not null check (length(sha256) = 32),
    type    text not null,
    size    integer not null,
    unique (report, sha256)
);
alter table reports.photo enable row level security;
create policy follow on reports.photo for select to zhigan_person
    using (exists (select from reports.report r where r.id = report));
grant select on reports.photo to zhigan_person;

-- What could not be taken, with every reason; the newest of each account are kept. Its scope is the sender's ground.
create table reports.refusal (
    number      bigint generated always as identity primary key,
    id          uuid not null unique,
    at          timestamptz not null,
    account     uuid not null,
    partner     text not null,
    kind        text not null default '',
    external_id text not null default '',
    errors      jsonb not null,
    body        text not null,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default ''
);
create index refusal_account on reports.refusal (account, number desc);
select access.guard('reports.refusal');
