-- alarms: what the engine must remember besides the rows it has already written outward.
create schema alarms;

create table alarms.case_state (
    key        text        primary key,  -- building:<id>, unit:<id> or device:<number>
    state      bytea       not null,     -- msgpack of alarms.engine.model.Case; only what is not normal
    due_at     timestamptz,              -- when it must be judged again without a signal
    changed_at timestamptz not null
) with (fillfactor = 70);
create index case_due on alarms.case_state (due_at) where due_at is not null;
alter table alarms.case_state enable row level security;

create table alarms.policy (
    version      integer     primary key,
    document     text        not null,   -- JSON of alarms.engine.policy.Policy
    state        text        not null check (state in ('draft', 'active', 'retired')),
    made_at      timestamptz not null,
    made_by      text        not null,
    activated_at timestamptz,
    activated_by text
);
create unique index policy_active on alarms.policy (state) where state = 'active';
-- the policy is the same for everyone and no secret
alter table alarms.policy enable row level security;
create policy everyone_reads on alarms.policy for select using (true);
grant usage on schema alarms to zhigan_person;
grant select on alarms.policy to zhigan_person;
