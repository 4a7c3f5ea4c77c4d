-- desks/shifts: 值班排班. A desk is a scope with people in turns; who stands in it is an account.

create schema shifts;
grant usage on schema shifts to zhigan_person;

create table shifts.desk (
    id            uuid primary key,
    name          text not null,
    scope         text not null unique,        -- the contract's text, in one order of its terms
    terms         jsonb not null,              -- the same, as the policy reads it
    hours         smallint not null check (hours in (8, 12)),
    starts_minute smallint not null check (starts_minute between 0 and 1439),
    grace_minutes smallint not null check (grace_minutes between 1 and 240),
    made_at       timestamptz not null,
    made_by       text not null
);

-- A desk is seen by who sees all that it watches: does the bound scope hold these terms (access/rules.py, `within`)?
create function shifts.seen(terms jsonb) returns boolean
    language sql stable parallel safe
    as $$
        select coalesce(not exists (
            select from jsonb_each(nullif(current_setting('zhigan.scope', true), '')::jsonb) mine
            where not terms ? mine.key or exists (
                select from jsonb_array_elements_text(terms -> mine.key) held
                where not exists (
                    select from jsonb_array_elements_text(mine.value) wide
                    where case when mine.key = 'area'
                               then starts_with(held, wide) and (length(held) <= 6) = (length(wide) <= 6)
                               else held = wide end))
        ) and nullif(current_setting('zhigan.scope', true), '') is not null, false)
    $$;
grant execute on function shifts.seen(jsonb) to zhigan_person;

alter table shifts.desk enable row level security;
create policy seen on shifts.desk for select to zhigan_person using (shifts.seen(terms));
grant select on shifts.desk to zhigan_person;

-- One person in one shift. Its times stand in it: a pattern that changes later changes no past.
create table shifts.duty (
    id        uuid primary key,
    desk      uuid not null references shifts.desk (id) on delete cascade,
    day       date not null,
    slot      text not null,
    starts_at timestamptz not null,
    ends_at   timestamptz not null,
    account   uuid not null references access.account (id),
    name      text not null,                   -- as the account was called then
    part      text not null check (part in ('lead', 'duty', 'operator')),
    note      text not null default '',
    made_at   timestamptz not null,
    made_by   text not null,
    check (starts_at < ends_at),
    unique (desk, starts_at, account)
);
create index duty_account on shifts.duty (account, starts_at);
create index duty_now on shifts.duty (ends_at, starts_at);

create table shifts.absence (
    id        uuid primary key,
    desk      uuid not null references shifts.desk (id) on delete cascade,
    account   uuid not null references access.account (id),
    name      text not null,
    from_day  date not null,
    until_day date not null check (until_day >= from_day),
    kind      text not null check (kind in ('leave', 'sick', 'training', 'other')),
    note      text not null default '',
    made_at   timestamptz not null,
    made_by   text not null
);
create index absence_account on shifts.absence (account, until_day);
create index absence_desk on shifts.absence (desk, until_day);

do $$
declare each text;
begin
    foreach each in array array['shifts.duty', 'shifts.absence'] loop
        execute format('alter table %s enable row level security', each);
        execute format('create policy follow on %s for select to zhigan_person '
                       'using (exists (select from shifts.desk d where d.id = desk))', each);
        execute format('grant select on %s to zhigan_person', each);
    end loop;
end $$;

-- The same for every desk of the city.
create table shifts.holiday (
    day     date primary key,
    name    text not null,
    made_at timestamptz not null,
    made_by text not null
);
alter table shifts.holiday enable row level security;
create policy everybody on shifts.holiday for select to zhigan_person using (true);
grant select on shifts.holiday to zhigan_person;
