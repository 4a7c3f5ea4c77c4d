-- What an authorised person has set for one circuit instead of the policy's limit, within the standard's range. It is ended,
-- never changed and never deleted: who, when and why stay to be read.
create table electrical.own_limit (
    id          uuid primary key,
    circuit     uuid not null references electrical.circuit (id) on delete cascade,
    metric      smallint not null,
    at          double precision not null check (at > 0),
    why         text not null check (why <> ''),
    set_at      timestamptz not null,
    set_by      text not null,
    account     uuid,
    ended_at    timestamptz,
    ended_by    text not null default '',
    ended_why   text not null default ''
);
create unique index own_limit_stands on electrical.own_limit (circuit, metric) where ended_at is null;
create index own_limit_circuit on electrical.own_limit (circuit, set_at desc);
alter table electrical.own_limit enable row level security;
create policy follow on electrical.own_limit for select to zhigan_person
    using (exists (select from electrical.circuit c where c.id = circuit));
grant select on electrical.own_limit to zhigan_person;
