-- Walk tests: test modes of the registry, what their detectors are, what was noted, what stood at the end.

-- name: walks
select t.id::text, t.unit_id::text, u.name as unit, t.building_id::text, coalesce(b.name, '') as building,
       coalesce(w.floor, '') as floor, t.purpose, t.person, t.phone, t.starts_at, t.ends_at, t.ended_at, t.ended_by,
       t.devices::text[], t.systems, (s.body ->> 'total')::integer as total, (s.body ->> 'answered')::integer as answered,
       (s.body ->> 'wrong')::integer as wrong
from registry.test_mode t
join registry.unit u on u.id = t.unit_id
left join registry.building b on b.id = t.building_id
left join walktest.walk w on w.test = t.id
left join walktest.sheet s on s.test = t.id

-- name: expected
-- $4, $5: devices and systems named by the test; where neither is, all of the unit or building whose type ($6) is tested
select d.id::text, d.number, d.name, d.address, d.type, d.floor, d.compartment, d.flat, d.place,
       coalesce(b.name, '') as building, coalesce(n.conditions, 0) as conditions
from registry.device d
left join registry.building b on b.id = d.building_id
left join registry.device_now n on n.number = d.number
where d.unit_id = $1::uuid and ($2::uuid is null or d.building_id = $2::uuid) and (d.created_at <= $3)
  and (not d.gone or d.changed_at > $3)
  and case when cardinality($4::uuid[]) = 0 and cardinality($5::text[]) = 0 then d.type = any ($6::text[])
           else d.id = any ($4::uuid[])
                or d.type = any ($6::text[]) and exists (
                    select 1 from unnest($5::text[]) p
                    where d.address = p or d.address like p || '/%' or d.address like p || '.%') end
order by d.floor, d.number limit $7

-- name: floor_devices
select d.id::text from registry.device d
where d.unit_id = $1::uuid and d.building_id = $2::uuid and not d.gone
  and d.floor <> '' and registry.floor_key(d.floor) = registry.floor_key($3)
  and d.type = any ($4::text[])
order by d.number limit $5

-- name: strangers
-- what spoke or appeared meanwhile in the unit and is not expected ($4); $5: alarms
select d.id::text, d.name, d.address, d.type, d.floor, d.compartment, d.flat, d.place, coalesce(b.name, '') as building,
       coalesce(n.conditions, 0) as conditions, n.seen_at, d.discovered_at >= $2 as fresh
from registry.device d
join registry.device_now n on n.number = d.number
left join registry.building b on b.id = d.building_id
where d.unit_id = $1::uuid and not d.gone and d.number <> all ($4::integer[]) and n.seen_at >= $2 and n.seen_at < $3
  and n.conditions & $5::bigint <> 0
order by n.seen_at desc limit 50

-- name: notes
select device::text, at, who, act, text from walktest.note where test = $1::uuid order by id limit 20000

-- name: add_walk
insert into walktest.walk (test, floor) values ($1::uuid, $2)

-- name: add_note
insert into walktest.note (test, device, at, who, act, text) values ($1::uuid, $2::uuid, $3, $4, $5, $6)

-- name: sheet
select body::text from walktest.sheet where test = $1::uuid

-- name: keep_sheet
insert into walktest.sheet (test, at, body) values ($1::uuid, $2, $3::jsonb) on conflict (test) do nothing returning 1

-- name: unkept
-- tests that are over and have no sheet yet
select t.id::text from registry.test_mode t
where (t.ended_at is not null or t.ends_at <= $1) and t.starts_at > $1::timestamptz - interval '25 days'
  and not exists (select 1 from walktest.sheet s where s.test = t.id)
order by t.starts_at limit 50
