-- The registry's statements. Instants are arguments.

-- name: contexts
-- Looked up one by one in the index, whatever the planner believes: with the statistics of yesterday's registry it would
-- sort all of it, and a fire would wait for that.
select d.number, d.id::text, d.gateway, d.address, d.type, d.name, d.class, d.state, d.parent,
       coalesce(p.address, '') as parent_address,
       d.unit_id::text, coalesce(u.code, '') as unit_code, coalesce(u.name, '') as unit_name,
       d.building_id::text, coalesce(b.code, '') as building_code, coalesce(b.name, '') as building_name,
       d.floor, d.compartment, d.flat, d.place,
       coalesce(u.premises, '') as premises, coalesce(u.class, 4) as premises_class,
       coalesce(u.closed_hours, '') as closed_hours,
       coalesce(d.lon, p.lon, b.lon, u.lon) as lon, coalesce(d.lat, p.lat, b.lat, u.lat) as lat,
       d.area, d.community, d.industry, d.grid, d.unit, d.station, d.firm, d.org,
       case when d.profile <> '' then d.profile else coalesce(p.profile, '') end as profile, d.load_class,
       coalesce(n.conditions, 0) as conditions, n.seen_at, coalesce(n.patience, 0) as patience,
       coalesce(n.metrics, '{}') as metrics, l.limits
from unnest($1::text[], $2::text[]) as k (gateway, address)
cross join lateral (
    select * from registry.device x where x.gateway = k.gateway and x.address = k.address and not x.gone limit 1
) d
left join registry.device p on p.number = d.parent
left join registry.unit u on u.id = d.unit_id
left join registry.building b on b.id = d.building_id
left join registry.device_now n on n.number = d.number
left join registry.own_limit l on l.place = coalesce(d.origin, d.number)

-- name: known_roots
select k.gateway, k.address, d.number, d.unit_id, d.building_id, c.parts
from unnest($1::text[], $2::text[]) as k (gateway, address)
join registry.device d on d.gateway = k.gateway and d.address = k.address and not d.gone
cross join lateral (
    select count(*) as parts from (select 1 from registry.device x where x.parent = d.number limit $3) limited
) c

-- name: strangers
select count(*) from (select 1 from registry.device where state = 'discovered' and unit_id is null and parent is null limit $1) d

-- name: insert_discovered
insert into registry.device
    (id, gateway, address, parent, unit_id, building_id, type, class, state, place, discovered_at, created_at, changed_at)
select id, gateway, address, parent, unit_id, building_id, type, class, 'discovered', place, at, at, at
from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
            $10::timestamptz[])
    as k (id, gateway, address, parent, unit_id, building_id, type, class, place, at)
order by gateway, address
on conflict (gateway, address) where not gone do nothing
returning number

-- name: adopt_orphans
update registry.device set parent = $1, unit_id = coalesce(unit_id, $4), building_id = coalesce(building_id, $5)
where gateway = $2 and address > $3 || '/' and address < $3 || '0' and parent is null and not gone

-- name: update_now
-- The newest hearing wins; one far ahead of now was heard under a clock that has been set back since.
insert into registry.device_now as n (number, conditions, seen_at, metrics)
select k.number, k.conditions, k.seen_at, k.metrics::smallint[]
from unnest($1::integer[], $2::bigint[], $3::timestamptz[], $4::text[]) as k (number, conditions, seen_at, metrics)
order by k.number
on conflict (number) do update
set conditions = excluded.conditions,
    seen_at = case when n.seen_at > excluded.seen_at + interval '5 minutes' then excluded.seen_at
        else greatest(n.seen_at, excluded.seen_at) end,
    metrics = case when n.metrics @> excluded.metrics then n.metrics else
        array(select distinct m from unnest(n.metrics || excluded.metrics) m order by m) end

-- name: update_conditions
insert into registry.device_now as n (number, conditions, seen_at)
select k.number, k.conditions, $3 from unnest($1::integer[], $2::bigint[]) as k (number, conditions)
order by k.number
on conflict (number) do update
set conditions = excluded.conditions,
    seen_at = case when n.seen_at > excluded.seen_at + interval '5 minutes' then excluded.seen_at
        else greatest(n.seen_at, excluded.seen_at) end

-- name: touch
update registry.device_now n set seen_at = k.seen_at
from unnest($1::integer[], $2::timestamptz[]) as k (number, seen_at)
where n.number = k.number
  and (n.seen_at is null or n.seen_at < k.seen_at or n.seen_at > k.seen_at + interval '5 minutes')

-- name: silent
select d.number, d.gateway, d.address, d.unit_id::text, n.seen_at, n.patience, n.conditions & $2::bigint <> 0 as marked
from registry.device_now n
join registry.device d on d.number = n.number
where n.patience > 0 and n.seen_at is not null
  and (n.seen_at < $1::timestamptz - n.patience * interval '1 second') <> (n.conditions & $2::bigint <> 0)
order by n.seen_at
limit $3

-- name: unit_heads
select u.id::text, u.class, left(u.community, 9) as street,
       (select count(*) from registry.device d
        where d.unit_id = u.id and d.parent is null and not d.gone
          and d.state in ('installed', 'commissioned', 'in_service')) as devices
from registry.unit u where u.id = any ($1::uuid[])

-- name: unit_points
select unit_id::text, split_part(address, '/', 1) || '/' || split_part(split_part(address, '/', 2), '.', 1) || '.'
       || split_part(split_part(address, '/', 2), '.', 2) as system, count(*) as points
from registry.device
where unit_id = any ($1::uuid[]) and not gone and class = 'component' and split_part(address, '.', 4) <> ''
group by 1, 2

-- name: unit_tests
select id::text, unit_id::text, building_id::text, devices::text[], systems, purpose, person, starts_at, ends_at
from registry.test_mode
where unit_id = any ($1::uuid[]) and starts_at <= $2 and ends_at > $2 and ended_at is null
order by starts_at

-- name: street_devices
select left(community, 9) as street, count(*) as devices
from registry.device
where parent is null and not gone and state in ('installed', 'commissioned', 'in_service')
  and community <> '' and left(community, 9) = any ($1::text[])
group by 1

-- name: notify
select pg_notify('zhigan_registry', $1)

-- name: add_streets
insert into registry.street (code, name, county)
select * from unnest($1::text[], $2::text[], $3::text[])
on conflict (code) do nothing

-- name: add_communities
with came as (
    insert into registry.community (code, name, street, county, area)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    on conflict (code) do nothing returning 1
) select count(*) from came

-- name: areas
select a.code, a.name, a.kind, (select count(*) from registry.community c where c.area = a.code) as communities
from registry.area a order by a.kind, a.code

-- name: area_codes
select code from registry.area

-- name: communities
select c.code, c.name, c.street, s.name as street_name, c.county, c.area
from registry.community c join registry.street s on s.code = c.street
where ($1::text is null or c.area = $1) and ($2::text is null or c.county = $2) and ($3::text is null or c.street = $3)
  and ($4::text is null or position($4 in c.code || c.name || s.name) > 0) and ($5::text is null or c.code > $5)
order by c.code limit $6

-- name: communities_by_code
select c.code, c.name, c.street, s.name as street_name, c.county, c.area
from registry.community c join registry.street s on s.code = c.street where c.code = any ($1::text[])

-- name: give_community
update registry.community set area = $2 where code = $1

-- name: units
select u.id::text, u.code, u.name, u.premises, u.class, u.class_override, u.area_code, u.area, u.community, u.industry,
       u.grid, u.station, u.firm, u.org, u.tags, u.uscc, u.ownership, u.supervised_by, u.address, u.lon, u.lat, u.phone,
       u.closed_hours, u.retired_at, u.created_at, u.changed_at, u.came_from,
        u.floor_area_m2, u.occupants, u.households, u.circuits, u.cameras, u.need_transmission, u.need_water,
        u.need_control_video, u.need_escape_video, u.need_detectors, u.need_electrical, u.need_hydrants,
        u.surveyed_on
from registry.unit u

-- name: add_units
insert into registry.unit
    (id, code, name, premises, class, class_override, area_code, area, community, industry, grid, station, firm, org, tags,
     uscc, ownership, supervised_by, address, lon, lat, phone, closed_hours, pinyin, created_at, changed_at,
     floor_area_m2, occupants, households, circuits, cameras, need_transmission, need_water, need_control_video,
     need_escape_video, need_detectors, need_electrical, need_hydrants, surveyed_on)
select r.id, r.code, r.name, r.premises, r.class, r.class_override, r.area_code, r.area, r.community, r.industry, r.grid,
       r.station, r.firm, r.org, r.tags, r.uscc, r.ownership, r.supervised_by, r.address, r.lon, r.lat, r.phone,
       r.closed_hours, r.pinyin, $2, $2,
        r.floor_area_m2, r.occupants, r.households, r.circuits, r.cameras, r.need_transmission, r.need_water,
        r.need_control_video, r.need_escape_video, r.need_detectors, r.need_electrical, r.need_hydrants,
        r.surveyed_on
from jsonb_populate_recordset(null::registry.unit, $1::jsonb) r
on conflict (code) do nothing
returning id::text, code

-- name: change_units
update registry.unit u
set name = r.name, premises = r.premises, class = r.class, class_override = r.class_override, area_code = r.area_code,
    area = r.area, community = r.community, industry = r.industry, grid = r.grid, station = r.station, firm = r.firm,
    org = r.org, tags = r.tags, uscc = r.uscc, ownership = r.ownership, supervised_by = r.supervised_by,
    address = r.address, lon = r.lon, lat = r.lat, phone = r.phone, closed_hours = r.closed_hours, pinyin = r.pinyin,
    changed_at = $2,
    floor_area_m2 = r.floor_area_m2, occupants = r.occupants, households = r.households,
    circuits = r.circuits, cameras = r.cameras, need_transmission = r.need_transmission,
    need_water = r.need_water, need_control_video = r.need_control_video, need_escape_video = r.need_escape_video,
    need_detectors = r.need_detectors, need_electrical = r.need_electrical, need_hydrants = r.need_hydrants,
    surveyed_on = r.surveyed_on
from jsonb_populate_recordset(null::registry.unit, $1::jsonb) r
where u.id = r.id

-- name: buildings
select id::text, unit_id::text, code, name, floors_above, floors_below, height_m, floor_area_m2, address, lon, lat, created_at,
       changed_at
from registry.building b

-- name: add_building
insert into registry.building
    (id, unit_id, code, name, floors_above, floors_below, address, lon, lat, created_at, changed_at, height_m, floor_area_m2)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)
on conflict (unit_id, code) do nothing returning id::text

-- name: change_building
update registry.building
set name = $2, floors_above = $3, floors_below = $4, address = $5, lon = $6, lat = $7, changed_at = $8, height_m = $9,
    floor_area_m2 = $10
where id = $1::uuid

-- name: note_floors
-- floors that somebody named; one of that key stays as it is
insert into registry.floor (id, building_id, name, created_at, changed_at)
select i::uuid, b::uuid, n, $4, $4 from unnest($1::text[], $2::text[], $3::text[]) as t (i, b, n)
on conflict (building_id, key) do nothing

-- name: floors
select f.id::text, f.building_id::text, f.name, f.key, f.compartments, f.created_at, f.changed_at from registry.floor f

-- name: add_floor
insert into registry.floor (id, building_id, name, compartments, created_at, changed_at)
values ($1::uuid, $2::uuid, $3, $4, $5, $5)
on conflict (building_id, key) do nothing returning id::text

-- name: change_floor
update registry.floor set name = $2, compartments = $3, changed_at = $4 where id = $1::uuid

-- name: remove_floor
delete from registry.floor where id = $1::uuid

-- name: on_floor
-- the living devices of a floor, however they spell it
select d.id::text from registry.device d
where d.building_id = $1::uuid and not d.gone and d.floor <> '' and registry.floor_key(d.floor) = $2
order by d.number limit $3

-- name: living_in_building
select count(*) from registry.device where building_id = $1::uuid and not gone

-- name: retire_building
update registry.building set retired_at = $2, changed_at = $2 where id = $1::uuid

-- name: living_of_unit
select count(*) from registry.device where unit_id = $1::uuid and not gone

-- name: retire_unit
update registry.unit set retired_at = $2 where id = $1::uuid

-- name: contacts
select id::text, unit_id::text, role, name, phone, rank, verified_at, verified_by, verified_how, proof_due_at, asked_at,
       unproven_at, dead_at, dead_why, created_at, changed_at
from registry.contact c

-- name: add_contact
insert into registry.contact (id, unit_id, role, name, phone, rank, created_at, changed_at, pinyin, proof_due_at)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $7, $8, $9)

-- name: change_contact
-- Another number is not verified yet, and nothing bad is known of it.
update registry.contact c set
    role = $2, name = $3, phone = $4, rank = $5, changed_at = $6, pinyin = $7,
    verified_at = case when k.same then verified_at end, verified_by = case when k.same then verified_by else '' end,
    verified_how = case when k.same then verified_how else '' end,
    proof_due_at = case when k.same then proof_due_at else $8 end, asked_at = case when k.same then asked_at end,
    unproven_at = case when k.same then unproven_at end, dead_at = case when k.same then dead_at end,
    dead_why = case when k.same then dead_why else '' end
from (select number = access.number($4) as same from registry.contact where id = $1::uuid) k
where c.id = $1::uuid

-- name: verify_contacts
update registry.contact set
    verified_at = $2, verified_by = $3, verified_how = $4, proof_due_at = $5, asked_at = null, unproven_at = null,
    dead_at = null, dead_why = ''
where id = any ($1::uuid[]) and (verified_at is null or verified_at <= $2)

-- name: remove_contact
delete from registry.contact where id = $1::uuid

-- name: tests
select t.id::text, t.unit_id::text, t.building_id::text, t.devices::text[], t.systems, t.purpose, t.person, t.phone,
       t.starts_at, t.ends_at, t.ended_at, t.ended_by
from registry.test_mode t

-- name: add_test
insert into registry.test_mode
    (id, unit_id, building_id, devices, systems, purpose, person, phone, starts_at, ends_at)
values ($1::uuid, $2::uuid, $3::uuid, $4::uuid[], $5, $6, $7, $8, $9, $10)

-- name: end_test
update registry.test_mode set ended_at = $2, ended_by = $3
where id = $1::uuid and ended_at is null and ends_at > $2
returning unit_id::text

-- name: devices
select d.number, d.id::text, d.parent, p.id::text as parent_id, coalesce(p.address, '') as parent_address, d.unit_id::text,
       d.unit as unit_code, coalesce(u.name, '') as unit_name, d.building_id::text, coalesce(b.name, '') as building_name,
       coalesce(b.code, '') as building_code,
       d.gateway, d.address, d.name, d.type, d.class, d.state, d.floor, d.compartment, d.flat, d.place, d.lon, d.lat,
       d.load_class, d.cut_by, d.cut_until, d.profile, d.maker, d.model, d.serial, d.firmware, d.iccid, d.installer,
       d.made_on, d.installed_on, d.battery_on, d.life_until, d.plan_expires_on, d.last_test_seen,
       d.suspended_by, d.suspended_why, d.suspended_until, d.area, d.discovered_at, d.created_at, d.changed_at, d.came_from,
       coalesce(n.conditions, 0) as conditions, n.seen_at, coalesce(n.patience, 0) as patience,
       coalesce(n.metrics, '{}') as metrics
from registry.device d
left join registry.device p on p.number = d.parent
left join registry.unit u on u.id = d.unit_id
left join registry.building b on b.id = d.building_id
left join registry.device_now n on n.number = d.number

-- name: parts_of
select parent, count(*) as parts from registry.device where parent = any ($1::integer[]) and not gone group by 1

-- name: discovered_behind
select d.id::text from registry.device d
where d.state = 'discovered' and d.parent = any ($1::integer[]) limit $2

-- name: found_devices
select registry.found_devices($1, $2)

-- name: living_at
select d.number, d.id::text, d.gateway, d.address, d.state, d.unit_id::text, d.building_id::text, d.parent,
       d.area, d.community, d.industry, d.grid, d.unit, d.station, d.firm, d.org
from unnest($1::text[], $2::text[]) as k (gateway, address)
join registry.device d on d.gateway = k.gateway and d.address = k.address and not d.gone

-- name: add_devices
insert into registry.device
    (id, gateway, address, parent, unit_id, building_id, name, type, class, state, floor, compartment, flat, place, lon, lat,
     load_class, cut_by, cut_until, profile, maker, model, serial, firmware, iccid, installer, made_on, installed_on,
     battery_on, life_until, plan_expires_on, created_at, changed_at, pinyin)
select r.id, r.gateway, r.address, r.parent, r.unit_id, r.building_id, r.name, r.type, r.class, r.state, r.floor,
       r.compartment, r.flat, r.place, r.lon, r.lat, r.load_class, r.cut_by, r.cut_until, r.profile, r.maker, r.model,
       r.serial, r.firmware, r.iccid, r.installer, r.made_on, r.installed_on, r.battery_on, r.life_until,
       r.plan_expires_on, $2, $2, r.pinyin
from jsonb_populate_recordset(null::registry.device, $1::jsonb) r
order by r.gateway, r.address
on conflict (gateway, address) where not gone do nothing
returning number, id::text, gateway, address, unit_id, building_id

-- name: change_devices
update registry.device d
set unit_id = r.unit_id, building_id = r.building_id, name = r.name, type = r.type, class = r.class, state = r.state,
    floor = r.floor, compartment = r.compartment, flat = r.flat, place = r.place, lon = r.lon, lat = r.lat,
    load_class = r.load_class, cut_by = r.cut_by, cut_until = r.cut_until, profile = r.profile, maker = r.maker,
    model = r.model, serial = r.serial, firmware = r.firmware, iccid = r.iccid, installer = r.installer,
    made_on = r.made_on, installed_on = r.installed_on, battery_on = r.battery_on, life_until = r.life_until,
    plan_expires_on = r.plan_expires_on, last_test_seen = r.last_test_seen, suspended_by = r.suspended_by,
    suspended_why = r.suspended_why, suspended_until = r.suspended_until, changed_at = $2, pinyin = r.pinyin
from jsonb_populate_recordset(null::registry.device, $1::jsonb) r
where d.id = r.id

-- name: units_of_devices
select distinct unit_id::text from registry.device where id = any ($1::uuid[])

-- name: hydrants
select h.id::text, h.code, h.name, h.lon, h.lat, h.area_code, h.area, h.community, h.address, h.state, h.pressure_mpa,
       h.pressure_at, h.diameter_mm, h.kind, h.main_mm, h.outlets, h.owner, h.zone, h.tested_on, h.static_mpa, h.residual_mpa,
       h.flow_lps, h.created_at, h.changed_at, registry.hydrant_now(h.state, n.conditions) as now, n.seen_at,
       g.id::text as device_id, coalesce(g.address, '') as gauge
from registry.hydrant h
left join registry.device g on g.number = h.device and not g.gone
left join registry.device_now n on n.number = h.device

-- name: put_hydrants
insert into registry.hydrant as h
    (id, code, name, lon, lat, area_code, area, community, address, state, pressure_mpa, pressure_at, diameter_mm, kind,
     main_mm, outlets, owner, zone, tested_on, static_mpa, residual_mpa, flow_lps, device, created_at, changed_at, pinyin)
select r.id, r.code, r.name, r.lon, r.lat, r.area_code, r.area, r.community, r.address, r.state, r.pressure_mpa,
       r.pressure_at, r.diameter_mm, r.kind, r.main_mm, r.outlets, r.owner, r.zone, r.tested_on, r.static_mpa, r.residual_mpa,
       r.flow_lps, r.device, $2, $2, r.pinyin
from jsonb_populate_recordset(null::registry.hydrant, $1::jsonb) r
order by r.code
on conflict (code) do update
set name = excluded.name, lon = excluded.lon, lat = excluded.lat, area_code = excluded.area_code, area = excluded.area,
    community = excluded.community, address = excluded.address, state = excluded.state,
    pressure_mpa = excluded.pressure_mpa, pressure_at = excluded.pressure_at, diameter_mm = excluded.diameter_mm,
    kind = excluded.kind, main_mm = excluded.main_mm, outlets = excluded.outlets, owner = excluded.owner, zone = excluded.zone,
    tested_on = excluded.tested_on, static_mpa = excluded.static_mpa, residual_mpa = excluded.residual_mpa,
    flow_lps = excluded.flow_lps, device = excluded.device, changed_at = excluded.changed_at, pinyin = excluded.pinyin
where (h.name, h.lon, h.lat, h.area_code, h.area, h.community, h.address, h.state, h.pressure_mpa, h.diameter_mm, h.kind,
       h.main_mm, h.outlets, h.owner, h.zone, h.tested_on, h.static_mpa, h.residual_mpa, h.flow_lps, h.device)
      is distinct from
      (excluded.name, excluded.lon, excluded.lat, excluded.area_code, excluded.area, excluded.community,
       excluded.address, excluded.state, excluded.pressure_mpa, excluded.diameter_mm, excluded.kind, excluded.main_mm,
       excluded.outlets, excluded.owner, excluded.zone, excluded.tested_on, excluded.static_mpa, excluded.residual_mpa,
       excluded.flow_lps, excluded.device)
returning code

-- name: gauges
select g.address, g.number, h.code as of
from registry.device g left join registry.hydrant h on h.device = g.number
where g.address = any ($1::text[]) and g.type = any ($2::text[]) and not g.gone

-- name: gauged_hydrants
-- Whose gauge has been heard since its pressure was put down.
select h.id::text, h.device, g.parent
from registry.hydrant h
join registry.device g on g.number = h.device
join registry.device_now n on n.number = h.device
where n.seen_at > coalesce(h.pressure_at, '-infinity') and n.seen_at > $1
order by n.seen_at limit $2

-- name: put_pressures
update registry.hydrant h set pressure_mpa = r.mpa, pressure_at = r.at
from unnest($1::uuid[], $2::float8[], $3::timestamptz[]) r (id, mpa, at)
where h.id = r.id and (h.pressure_at is null or h.pressure_at < r.at)
returning h.id

-- name: found_hydrant_so
update registry.hydrant set state = $2, changed_at = $3 where id = $1::uuid and state <> $2 returning true

-- name: move_hydrant
with was as (select id, lon, lat from registry.hydrant where id = $1::uuid for update)
update registry.hydrant h set lon = $2, lat = $3, changed_at = $4 from was where h.id = was.id
returning was.lon as was_lon, was.lat as was_lat

-- name: roads_here
select a, b, a_lon, a_lat, b_lon, b_lat, metres from registry.roads_here(box(point($1, $2), point($3, $4)), $5)

-- name: doubled_hydrants
-- Pairs that stand within so many degrees of latitude on the index's flat paper.
select a.id::text as one, b.id::text as other
from registry.hydrant a
cross join lateral registry.hydrants_beside(a.lon, a.lat, a.code, {apart}) as beside
join registry.hydrant b on b.id = beside
where a.state <> 'removed' and {where}
order by a.code, b.code limit {limit}

-- name: devices_outside
select count(*) from unnest($2::uuid[]) as k (id)
where not exists (select from registry.device d where d.id = k.id and d.unit_id = $1::uuid)

-- name: roots_outside
select count(*) from unnest($2::text[]) as k (address)
where not exists (
    select from registry.device d where d.address = k.address and d.unit_id = $1::uuid and d.parent is null and not d.gone)

-- name: organisations
select o.id::text, o.kind, o.dimension, o.code, o.name, o.area as area_code, o.uscc, o.person, o.phone, o.address, o.lon, o.lat,
       o.community, o.bounds, o.retired_at, o.created_at, o.changed_at
from registry.organisation o

-- name: add_organisation
insert into registry.organisation
    (id, dimension, kind, code, name, uscc, person, phone, address, lon, lat, pinyin, area, grid, station, firm, org, created_at,
     changed_at, community, bounds)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18, $19, $20)
on conflict (dimension, code) do nothing returning id::text

-- name: change_organisation
update registry.organisation
set name = $2, uscc = $3, person = $4, phone = $5, address = $6, lon = $7, lat = $8, pinyin = $9, area = $10, retired_at = $11,
    changed_at = $12, community = $13, bounds = $14
where id = $1::uuid

-- name: grid_counts
-- On a bound connection: what of each grid one may see.
select g.code,
       (select count(*) from registry.member m where m.organisation_id = g.id) as members,
       (select count(*) from registry.unit u where u.grid = g.code and u.retired_at is null) as units,
       (select count(*) from registry.building b where b.grid = g.code and b.retired_at is null) as buildings,
       (select count(*) from registry.device d where d.grid = g.code and not d.gone) as devices
from registry.organisation g
where g.dimension = 'grid' and g.code = any ($1::text[])

-- name: communities_named
select code, name from registry.community where code = any ($1::text[])

-- name: assign_grid
-- An empty code takes them out of whatever grid they are in.
update registry.unit u set grid = $2, changed_at = $3
where u.id = any ($1::uuid[]) and u.grid <> $2
returning u.id::text, u.code, u.area, u.community, u.industry, u.grid, u.station, u.firm, u.org

-- name: members
select m.id::text, m.organisation_id::text, m.name, m.phone, m.post, m.rank as "order", m.verified_at, m.verified_by,
       m.created_at, m.changed_at
from registry.member m

-- name: members_of_code
select m.id::text, o.code, m.name, m.phone, m.post, m.rank as "order"
from registry.member m join registry.organisation o on o.id = m.organisation_id
where o.dimension = 'grid' and o.code = any ($1::text[])

-- name: add_member
insert into registry.member (id, organisation_id, name, phone, post, rank, created_at, changed_at)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $7)
on conflict (organisation_id, name) do nothing returning id::text

-- name: change_member
-- Another number is not verified yet.
update registry.member
set verified_at = case when phone = $3 then verified_at end, verified_by = case when phone = $3 then verified_by else '' end,
    name = $2, phone = $3, post = $4, rank = $5, changed_at = $6
where id = $1::uuid

-- name: member_named
select count(*) from registry.member where organisation_id = $1::uuid and name = $2 and id <> $3::uuid

-- name: verify_member
update registry.member set verified_at = $2, verified_by = $3 where id = $1::uuid

-- name: remove_member
delete from registry.member where id = $1::uuid

-- name: count_members
select count(*) from registry.member where organisation_id = $1::uuid

-- name: organisation_units
select count(*) from (
    select 1 from registry.unit u
    where u.retired_at is null
      and case $1 when 'station' then u.station when 'firm' then u.firm when 'grid' then u.grid else u.org end = $2
    limit 1000
) named

-- name: key_parts
select k.id::text, k.unit_id::text, u.name as unit_name, k.building_id::text, coalesce(b.name, '') as building_name, k.name,
       k.hazard, k.floor, k.place, k.facilities, k.measures, k.person, k.phone, k.created_at, k.changed_at
from registry.key_part k
join registry.unit u on u.id = k.unit_id
left join registry.building b on b.id = k.building_id

-- name: add_key_part
insert into registry.key_part
    (id, unit_id, building_id, name, floor, place, hazard, facilities, measures, person, phone, pinyin, created_at, changed_at)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)

-- name: change_key_part
update registry.key_part
set building_id = $2::uuid, name = $3, floor = $4, place = $5, hazard = $6, facilities = $7, measures = $8, person = $9,
    phone = $10, pinyin = $11, changed_at = $12
where id = $1::uuid

-- name: remove_key_part
delete from registry.key_part where id = $1::uuid

-- name: contact_rows
select c.id::text, c.unit_id::text, u.code as unit_code, u.name as unit_name, c.role, c.name, c.phone, c.rank as "order",
       c.area as reporting_area, c.verified_at, c.verified_by, c.verified_how, c.proof_due_at, c.asked_at, c.unproven_at,
       c.dead_at, c.dead_why, c.changed_at
from registry.contact c
join registry.unit u on u.id = c.unit_id

-- name: contacts_of
select c.id::text, c.unit_id::text, c.role, c.name, c.phone, c.rank from registry.contact c
where c.unit_id = any ($1::uuid[])

-- name: give_communities
update registry.community set area = $2 where code = any ($1::text[]) and area <> $2

-- name: return_communities
update registry.community set area = county where code = any ($1::text[]) and area = $2

-- name: unspelled_devices
select number, name || place as words from registry.device where pinyin is null and name <> '' order by number limit $1

-- name: spell_devices
update registry.device d set pinyin = k.pinyin
from unnest($1::integer[], $2::text[]) as k (number, pinyin) where d.number = k.number and d.pinyin is null

-- name: unspelled_contacts
select id::text as number, name as words from registry.contact where pinyin is null limit $1

-- name: spell_contacts
update registry.contact c set pinyin = k.pinyin
from unnest($1::uuid[], $2::text[]) as k (id, pinyin) where c.id = k.id and c.pinyin is null

-- name: unspelled_hydrants
select id::text as number, name || address as words from registry.hydrant where pinyin is null limit $1

-- name: spell_hydrants
update registry.hydrant h set pinyin = k.pinyin
from unnest($1::uuid[], $2::text[]) as k (id, pinyin) where h.id = k.id and h.pinyin is null

-- name: add_import
insert into registry.import_job
    (id, kind, file, content, account, name, role, scope, address, state, columns, lines, created_at, mapping)
values ($1::uuid, $2, $3, $4, $5::uuid, $6, $7, $8, $9, 'checking', $10::jsonb, $11, $12, $13)

-- name: imports
select j.id::text, j.kind, j.file, j.name as by, j.state, j.columns::text, j.lines, j.done, j.entries, j.added, j.changed, j.bad,
       j.failure, j.created_at, j.started_at, j.ended_at, j.account::text
from registry.import_job j

-- name: import_waiting
select j.id::text, j.kind, j.file, j.content, j.mapping, j.account::text, j.name, j.role, j.scope, j.address, j.state, j.done, j.started_at
from registry.import_job j
where j.state in ('checking', 'importing') order by j.created_at limit 1

-- name: import_begun
update registry.import_job set entries = $2, started_at = coalesce(started_at, $3) where id = $1::uuid

-- name: import_step
update registry.import_job
set done = $4, added = added + $5, changed = changed + $6, bad = bad + $7
where id = $1::uuid and state = $2 and done = $3
returning 1

-- name: import_bad
insert into registry.import_bad (job, line, reason)
select $1::uuid, * from unnest($2::integer[], $3::text[])
on conflict (job, line) do nothing

-- name: import_ended
update registry.import_job
set state = $3, ended_at = $4, failure = $5,
    content = case when kind = 'users' and $3 in ('done', 'failed') then null else content end  -- it may hold passwords
where id = $1::uuid and state = $2 returning 1

-- name: import_start
update registry.import_job
set state = 'importing', done = 0, added = 0, changed = 0, bad = 0, started_at = null, ended_at = null
where id = $1::uuid and state = 'checked' returning 1

-- name: import_cancel
update registry.import_job
set state = 'cancelled', ended_at = $2, content = case when kind = 'users' then null else content end
where id = $1::uuid and state in ('checking', 'checked', 'importing') returning 1

-- name: import_forget_bad
delete from registry.import_bad where job = $1::uuid

-- name: import_bad_lines
select line, reason from registry.import_bad where job = $1::uuid and line > $2 order by line limit $3

-- name: import_content
select content, mapping from registry.import_job where id = $1::uuid

-- name: import_forget_old
update registry.import_job set content = null where content is not null and created_at < $1

-- name: import_account
select a.role, a.scope from access.account a where a.id = $1::uuid and a.disabled_at is null

-- name: lock_device
select 1 from registry.device where number = $1 for update

-- name: device_id
select id::text from registry.device where number = $1

-- name: parts_behind
select exists (select 1 from registry.device where parent = $1 and not gone)

-- name: link_replacement
with ended as (
    update registry.device set replaced_at = $3, replaced_who = $4, replaced_why = $5 where number = $2
    returning number, coalesce(origin, number) as origin
)
update registry.device d set replaces = ended.number, origin = ended.origin from ended where d.number = $1

-- name: retire_doubles
-- what the new transmission device's parts said of themselves before they were known to be the old one's
update registry.device d set state = 'retired', changed_at = $5
where d.parent = $1 and d.state = 'discovered'
  and exists (select 1 from registry.device o where o.parent = $2 and not o.gone and o.gateway = d.gateway
              and substr(o.address, $4::integer + 1) = substr(d.address, $3::integer + 1))

-- name: move_parts
update registry.device set parent = $1, address = $3::text || substr(address, $4::integer + 1), changed_at = $5
where parent = $2 and not gone

-- name: tenures
select d.id::text, d.name, d.gateway, d.address, d.type, d.state, d.maker, d.model, d.serial, d.installed_on,
       coalesce(p.replaced_at, d.created_at) as since, d.replaced_at as until, d.replaced_who as ended_by,
       d.replaced_why as why, n.seen_at as last_seen_at
from registry.device me
join registry.device d on coalesce(d.origin, d.number) = coalesce(me.origin, me.number)
                          and (d.origin = coalesce(me.origin, me.number) or d.number = coalesce(me.origin, me.number))
left join registry.device p on p.number = d.replaces
left join registry.device_now n on n.number = d.number
where me.number = $1
order by d.replaced_at desc nulls first, d.number desc
limit 200

-- name: tested
update registry.device d set last_test_seen = k.at
from unnest($1::uuid[], $2::timestamptz[]) as k (id, at)
where d.id = k.id and (d.last_test_seen is null or d.last_test_seen < k.at)

-- name: over_suspensions
select d.id::text from registry.device d
where d.state = 'suspended' and d.suspended_until <= $1 order by d.suspended_until limit 100

-- name: device_of_label
select device::text from registry.label where code = $1

-- name: device_of_serial
select id::text from registry.device where serial <> '' and not gone and upper(serial) = any ($1::text[]) limit 1

-- name: make_labels
insert into registry.label (device, code, made_at) select unnest($1::uuid[]), unnest($2::text[]), $3 on conflict do nothing

-- name: labels
select device, code from registry.label where device = any ($1::uuid[])

-- name: give_ground
update registry.device set area = $3, community = $4, grid = $5, lon = $6, lat = $7
where gateway = $1 and address = $2 and unit_id is null and state = 'discovered' and not gone

-- name: shapes
select id::text, shape from registry.organisation where id = any ($1::uuid[]) and shape is not null

-- name: draw
update registry.organisation set shape = $2 where id = $1::uuid

-- name: grid_at
select id::text from registry.organisation
where dimension = 'grid' and retired_at is null and shape @> point($1::float8, $2::float8)
order by area(shape::path), id limit 1

-- name: put_own_limits
-- What differs, and the units whose devices stand there now: whoever judges must read them anew.
with wanted as (
    select * from unnest($1::integer[], $2::text[]) w (place, limits)
), gone as (
    delete from registry.own_limit l using wanted w where l.place = w.place and w.limits = '' returning l.place
), put as (
    insert into registry.own_limit as l (place, limits)
    select w.place, w.limits from wanted w where w.limits <> ''
    on conflict (place) do update set limits = excluded.limits where l.limits <> excluded.limits
    returning l.place
)
select distinct d.unit_id::text
from (select place from gone union all select place from put) c
join registry.device d on (d.number = c.place or d.origin = c.place) and not d.gone
where d.unit_id is not null

-- name: contacts_dead
-- Not what was verified since.
update registry.contact set dead_at = $2, dead_why = $3
where number = $1 and number <> '' and dead_at is null and (verified_at is null or verified_at <= $4)
returning unit_id::text

-- name: contacts_of_number
select id::text from registry.contact where number = $1 and number <> ''

-- name: contacts_to_ask
-- The earliest due; `$3`: can those without a mobile telephone be asked?
select c.number, c.name, c.role, u.name as unit_name from registry.contact c join registry.unit u on u.id = c.unit_id
where c.dead_at is null and c.unproven_at is null and c.asked_at is null and c.proof_due_at <= $1
  and c.number <> '' and ($3 or c.number ~ '^1[3-9]') and u.retired_at is null
order by c.proof_due_at, c.id limit $2

-- name: contacts_asked
update registry.contact set asked_at = $2
where number = any ($1::text[]) and proof_due_at <= $3 and dead_at is null and unproven_at is null and asked_at is null

-- name: contacts_not_asked
update registry.contact set asked_at = null where number = any ($1::text[])

-- name: contacts_lapse
update registry.contact set unproven_at = $2
where number = any ($1::text[]) and asked_at is not null and proof_due_at <= $2 and dead_at is null and unproven_at is null

-- name: contacts_valid
-- By who answers for the unit: how many there were at a moment, and how many of them were alive and within their term.
select c.area, c.firm, c.org, count(*)::int as due,
       (count(*) filter (where (c.dead_at is null or c.dead_at > $1) and c.proof_due_at > $1))::int as met
from registry.contact c join registry.unit u on u.id = c.unit_id
where c.created_at <= $1 and (u.retired_at is null or u.retired_at > $1) and {scope}
group by c.area, c.firm, c.org order by 1, 2, 3
