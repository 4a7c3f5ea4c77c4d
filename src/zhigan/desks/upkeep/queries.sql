-- name: subject
select d.id::text, d.name, d.address, d.type, d.maker, d.model, d.serial, d.state, d.gone, coalesce(n.conditions, 0) as conditions,
       n.seen_at, d.made_on, d.installed_on, d.life_until, d.last_test_seen as tested_at,
       d.unit_id::text, coalesce(u.code, '') as unit_code, coalesce(u.name, '') as unit_name,
       d.building_id::text, coalesce(b.code, '') as building_code, coalesce(b.name, '') as building_name,
       d.floor, d.compartment, d.flat, d.place, coalesce(d.lon, u.lon) as lon, coalesce(d.lat, u.lat) as lat,
       d.area, d.community, d.industry, d.grid, d.unit, d.station, d.firm, d.org
from registry.device d
left join registry.device_now n on n.number = d.number
left join registry.unit u on u.id = d.unit_id
left join registry.building b on b.id = d.building_id

-- name: made
select at, passed from upkeep.inspection where device = $1::uuid order by at desc limit $2

-- name: inspections
select id::text, at, who, role, passed, good, bad, note, photo is not null as photo
from upkeep.inspection where device = $1::uuid order by at desc limit $2

-- name: reports
select id::text, at, kind, note, phone, photo is not null as photo, incident::text as incident_id
from upkeep.report where device = $1::uuid order by at desc limit $2

-- name: reporter
select d.name as device, r.phone from upkeep.report r join registry.device d on d.id = r.device where r.id = $1::uuid

-- name: add_inspection
insert into upkeep.inspection (id, device, at, received_at, account, who, role, passed, good, bad, note)
values ($1::uuid, $2::uuid, $3, $4, $5::uuid, $6, $7, $8, $9, $10, $11)
on conflict (id) do nothing returning true

-- name: whose_inspection
select device::text as thing, account::text from upkeep.inspection where id = $1::uuid

-- name: picture_inspection
update upkeep.inspection set photo = $2, photo_type = $3 where id = $1::uuid

-- name: inspection_picture
select photo, photo_type from upkeep.inspection where id = $1::uuid and device = $2::uuid and photo is not null

-- name: report_picture
select photo, photo_type from upkeep.report where id = $1::uuid and device = $2::uuid and photo is not null

-- name: one_report_at_a_time
select pg_advisory_xact_lock(hashtextextended('upkeep reports', 0))

-- name: forget_addresses
update upkeep.report set address = '' where address <> '' and at < $1

-- name: recent
select count(*) filter (where address = $1)::integer as by_address, count(*) filter (where device = $2::uuid)::integer as of_device,
       count(*)::integer as of_city
from upkeep.report where at > $3

-- name: add_report
insert into upkeep.report (id, device, at, kind, note, phone, address, incident)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8::uuid)

-- name: open_report
select r.device::text, r.incident::text from upkeep.report r where r.id = $1::uuid and r.at > $2 and r.photo is null for update

-- name: picture_report
update upkeep.report set photo = $2, photo_type = $3 where id = $1::uuid

-- name: to_print
-- Stickers: devices of a unit, in the order in which one walks past them.
select d.id::text, d.type, d.serial, d.floor, d.compartment, d.flat, d.place, coalesce(b.name, '') as building, coalesce(u.name, '') as unit
from registry.device d left join registry.building b on b.id = d.building_id left join registry.unit u on u.id = d.unit_id
where not d.gone and d.unit_id = $1::uuid
order by b.name nulls first, d.floor, d.flat, d.place, d.address limit $2

-- name: repeated_at
select device::text, at from upkeep.repeated_false where device = any($1::uuid[])

-- name: repeated
insert into upkeep.repeated_false (device, at, incident) values ($1::uuid, $2, $3::uuid)
on conflict (device) do update set at = excluded.at, incident = excluded.incident
