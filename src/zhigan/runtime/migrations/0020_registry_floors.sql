-- Floors as records: a name as the house says it (B1, 1F, 夹层), the fire compartments where known; a plan belongs to its floor.

-- "1", "1F", "F1", "1层", "一层" are one floor, "B1", "-1", "负一层", "地下1层" another; what holds no number is itself.
-- `registry.rules.floor_key` is the same in Python, and a test compares the two.
create function registry.floor_key(name text) returns text
    language sql immutable strict parallel safe
    as $$
    with arabic as (
        select regexp_replace(regexp_replace(regexp_replace(regexp_replace(
                   translate(upper(btrim(name)), '一二三四五六七八九', '123456789'),
                   '([1-9])十([1-9])', '\1\2'), '([1-9])十', '\10'), '十([1-9])', '1\1'), '十', '10') as said
    )
    select coalesce(
        (select (case when m[1] ~ '^[B负地下-]+$' then -1 else 1 end * m[2]::integer)::text
         from regexp_match(a.said, '^([B负地下-]*|F)\s*([0-9]{1,3})') as m),
        upper(btrim(name)))
    from arabic a
    $$;

create table registry.floor (
    id              uuid primary key,
    building_id     uuid not null references registry.building (id),
    name            text not null check (btrim(name) <> '' and length(name) <= 40),
    key             text not null generated always as (registry.floor_key(name)) stored,
    compartments    text[] not null default '{}',
    created_at      timestamptz not null,
    changed_at      timestamptz not null,
    unique (building_id, key)
);
alter table registry.floor enable row level security;
create policy follow on registry.floor for select to zhigan_person
    using (exists (select 1 from registry.building b where b.id = building_id));
grant select on registry.floor to zhigan_person;

-- What stands: floors that buildings count, devices name, plans and places hang on.
with told as (
    select id as building_id, n || 'F' as name from registry.building, generate_series(1, floors_above) n
    union select id, 'B' || n from registry.building, generate_series(1, floors_below) n
    union select building_id, floor from registry.device where building_id is not null and btrim(floor) <> '' and not gone
    union select building, floor from plans.plan
    union select building, floor from plans.spot
), keyed as (
    select t.building_id, registry.floor_key(t.name) as key, min(t.name) as name, min(b.changed_at) as at
    from told t join registry.building b on b.id = t.building_id group by 1, 2
)
insert into registry.floor (id, building_id, name, created_at, changed_at)
select gen_random_uuid(), building_id,
       case when key ~ '^-[0-9]+$' then 'B' || substr(key, 2) when key ~ '^[0-9]+$' then key || 'F' else left(name, 40) end,
       at, at
from keyed;

alter table plans.plan add column floor_id uuid references registry.floor (id);
update plans.plan p set floor_id = f.id from registry.floor f
where f.building_id = p.building and f.key = registry.floor_key(p.floor);
delete from plans.plan where floor_id is null;
alter table plans.plan drop column floor;
-- Two spellings of one floor may both have had a first version.
with numbered as (
    select id, row_number() over (partition by floor_id order by at, id)::integer as version from plans.plan
)
update plans.plan p set version = n.version from numbered n where n.id = p.id;
alter table plans.plan alter column floor_id set not null, add unique (floor_id, version);

alter table plans.spot add column floor_id uuid references registry.floor (id);
update plans.spot s set floor_id = f.id from registry.floor f
where f.building_id = s.building and f.key = registry.floor_key(s.floor);
delete from plans.spot where floor_id is null;
alter table plans.spot drop column floor;
alter table plans.spot alter column floor_id set not null;
create index spot_floor on plans.spot (floor_id);
