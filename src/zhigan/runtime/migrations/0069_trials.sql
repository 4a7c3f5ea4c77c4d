-- Trials of drafts on what the city heard. Whoever writes policies asks for them; nobody's scope limits them, for they are
-- sums over the whole city.
create table alarms.trial (
    id          uuid             primary key,
    version     integer          not null references alarms.policy (version) on delete cascade,
    revision    integer          not null,
    against     integer          not null references alarms.policy (version),
    since       timestamptz      not null,
    until       timestamptz      not null,
    state       text             not null default 'waiting'
                check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
    share       double precision not null default 0,
    asked_at    timestamptz      not null,
    asked_by    text             not null,
    finished_at timestamptz,
    result      text,
    error       text
);
create index trial_version on alarms.trial (version, asked_at desc, id desc);
create index trial_unfinished on alarms.trial (asked_at, id) where state in ('waiting', 'running');
alter table alarms.trial enable row level security;
