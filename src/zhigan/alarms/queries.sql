-- name: cases
select key, state, due_at from alarms.case_state where key = any($1::text[]);

-- name: case_put
insert into alarms.case_state (key, state, due_at, changed_at)
select * from unnest($1::text[], $2::bytea[], $3::timestamptz[], $4::timestamptz[])
on conflict (key) do update set state = excluded.state, due_at = excluded.due_at, changed_at = excluded.changed_at;

-- name: case_drop
delete from alarms.case_state where key = any($1::text[]);

-- name: cases_to_check
-- Stored cases: these, and of unregistered devices all; null: everything.
select key from alarms.case_state where $1::text[] is null or key = any ($1) or key like 'stranger:%';

-- name: due
select key, due_at from alarms.case_state where due_at is not null order by due_at;

-- name: unit_places
select u.id::text, u.code, u.name, u.address, u.lon, u.lat, u.closed_hours,
       u.area, u.community, u.industry, u.grid, u.unit, u.station, u.firm, u.org
from registry.unit u where u.id = any($1::uuid[]);

-- name: building_places
select b.id::text, b.unit_id::text, b.code, b.name, b.lon, b.lat
from registry.building b where b.unit_id = any($1::uuid[]);

-- name: silent_streets
-- streets in which a device that reports by itself is silent; lately: since $2 seconds before $1
with dark as (
    select distinct left(d.community, 9) as code
    from registry.device_now n join registry.device d on d.number = n.number
    where n.conditions <> 0 and n.conditions & $3::bigint <> 0 and d.parent is null and d.community <> ''
      and d.gateway <> 'federation')
select dark.code, coalesce(s.name, dark.code) as name, min(d.area) as area, count(*) as devices,
       count(*) filter (where n.conditions & $3::bigint <> 0) as silent,
       count(*) filter (where n.conditions & $3::bigint <> 0
           and n.seen_at >= $1::timestamptz - (n.patience + $2::integer) * interval '1 second') as lately,
       coalesce(array_agg(distinct d.unit_id::text) filter (where n.conditions & $3::bigint <> 0
           and d.unit_id is not null), '{}') as units
from dark
join registry.device d on left(d.community, 9) = dark.code and d.parent is null and not d.gone
    and d.gateway <> 'federation' and d.state in ('installed', 'commissioned', 'in_service')
join registry.device_now n on n.number = d.number
left join registry.street s on s.code = dark.code
group by dark.code, s.name;

-- name: street_codes
select code from registry.street;

-- name: grounds
-- Of what belongs to no unit: where it stands, if whoever told of it said so.
select d.gateway, d.address, d.place, d.lon, d.lat, d.area, d.community, d.grid
from unnest($1::text[], $2::text[]) k (gateway, address)
join registry.device d on d.gateway = k.gateway and d.address = k.address
where d.unit_id is null and d.area <> '' and not d.gone;

-- name: dry_zones
-- supply zones in which a gauge tells of no or low pressure; lately: heard within $2 seconds before $1
with gauged as (
    select d.id::text as device, h.area, h.lon, h.lat, n.conditions & $3::bigint <> 0 as dry, n.seen_at,
           case when h.zone <> '' then h.area || '/' || h.zone
                when h.community <> '' then left(h.community, 9)
                else h.area || '/' || round(h.lon::numeric, 2) || ',' || round(h.lat::numeric, 2) end as code,
           case when h.zone <> '' then h.zone
                when h.community <> '' then coalesce(s.name, left(h.community, 9))
                else round(h.lon::numeric, 2) || ',' || round(h.lat::numeric, 2) end as name
    from registry.hydrant h
    join registry.device d on d.number = h.device and not d.gone
         and d.state in ('installed', 'commissioned', 'in_service')
    join registry.device_now n on n.number = d.number
    left join registry.street s on s.code = left(h.community, 9)
    where h.state <> 'removed')
select code, name, area, count(*) as devices, count(*) filter (where dry) as dry,
       count(*) filter (where dry and seen_at >= $1::timestamptz - $2::integer * interval '1 second') as lately,
       avg(lon) as lon, avg(lat) as lat, coalesce(array_agg(device order by device) filter (where dry), '{}') as members
from gauged group by code, name, area having bool_or(dry);

-- name: running_hydrants
-- hydrants whose gauge says that water runs, and whether a test that is on at $1 holds it
select d.id::text as device, coalesce(h.code, nullif(d.name, ''), d.address) as name,
       coalesce(nullif(h.address, ''), nullif(d.place, ''), h.name, '') as place,
       coalesce(h.lon, d.lon, u.lon) as lon, coalesce(h.lat, d.lat, u.lat) as lat,
       coalesce(h.area, d.area) as area, coalesce(h.community, d.community) as community, d.industry, d.grid, d.unit,
       d.station, d.firm, d.org,
       exists (select from registry.test_mode t
               where t.unit_id = d.unit_id and t.starts_at <= $1 and t.ends_at > $1 and t.ended_at is null
                 and (t.building_id is null or t.building_id = d.building_id)
                 and (t.devices = '{}' or d.id = any (t.devices))
                 and (t.systems = '{}' or d.address = any (t.systems))) as tested
from registry.device d
join registry.device_now n on n.number = d.number
left join registry.hydrant h on h.device = d.number
left join registry.unit u on u.id = d.unit_id
where n.conditions <> 0 and n.conditions & $2::bigint <> 0 and d.type = 'hydrant' and not d.gone
  and d.gateway <> 'federation'
  and d.state in ('installed', 'commissioned', 'in_service')
