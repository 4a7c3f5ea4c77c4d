-- What another platform is told of the registry, and what is kept here of another's. Scope columns follow the unit (triggers).

-- name: listen
insert into registry.listening (one) values (true) on conflict do nothing

-- name: deafen
delete from registry.listening

-- name: forget_stirred
delete from registry.stirred

-- name: stir_all
-- Everything anew, so that what others hang on comes first.
insert into registry.stirred (kind, id)
select kind, id from (
    select 'unit' as kind, id, 1 as place, 0 as number from registry.unit
    union all select 'building', id, 2, 0 from registry.building
    union all select 'device', id, case when parent is null then 3 else 4 end, number from registry.device where not gone
) every
order by place, number

-- name: stir_conditions
-- Devices that are in other conditions than was told.
with other as (
    select n.number, n.conditions from registry.device_now n left join registry.told t on t.number = n.number
    where n.conditions <> coalesce(t.conditions, 0)
    order by n.number limit $1
), told as (
    insert into registry.told (number, conditions) select number, conditions from other
    on conflict (number) do update set conditions = excluded.conditions
)
insert into registry.stirred (kind, id) select 'device', d.id from other o join registry.device d on d.number = o.number

-- name: gather
delete from registry.stirred where seq in (select seq from registry.stirred order by seq limit $1) returning seq, kind, id::text

-- name: units
select u.id::text, u.code, u.name, u.premises, u.class, u.class_override, u.area_code, u.area, u.community, u.industry, u.grid,
       u.station, u.firm, u.org, u.tags, u.uscc, u.ownership, u.supervised_by, u.address, u.lon, u.lat, u.closed_hours,
       u.pinyin, u.floor_area_m2, u.occupants, u.households, u.retired_at, u.came_from
from registry.unit u where u.id = any ($1::uuid[])

-- name: buildings
select b.id::text, b.unit_id::text, b.code, b.name, b.floors_above, b.floors_below, b.height_m, b.floor_area_m2, b.address, b.lon,
       b.lat, b.came_from
from registry.building b where b.id = any ($1::uuid[])

-- name: devices
select d.id::text, d.gateway, d.address, p.id::text as parent_id, d.unit_id::text, d.building_id::text, d.name, d.type, d.class,
       d.state, d.floor, d.compartment, d.flat, d.place, d.lon, d.lat, d.load_class, d.maker, d.model, d.serial, d.firmware,
       d.made_on, d.installed_on, d.battery_on, d.life_until, d.pinyin, coalesce(n.conditions, 0) as conditions, n.seen_at,
       d.came_from
from registry.device d
left join registry.device p on p.number = d.parent
left join registry.device_now n on n.number = d.number
where d.id = any ($1::uuid[])

-- name: owners
-- Whose they are: by this a copy is asked whether it lies in a scope.
select u.id::text, u.code, u.name, u.area, u.community, u.industry, u.grid, u.unit, u.station, u.firm, u.org, u.came_from
from registry.unit u where u.id = any ($1::uuid[])

-- name: owners_of_devices
select d.id::text, d.unit_id::text from registry.device d where d.id = any ($1::uuid[]) and d.unit_id is not null

-- name: building_names
select b.id::text, b.code, b.name from registry.building b where b.id = any ($1::uuid[])

-- name: by_code
select id::text, code from registry.unit where code = any ($1::text[])

-- name: by_building_code
select b.id::text, b.unit_id::text, b.code
from unnest($1::uuid[], $2::text[]) as k (unit_id, code)
join registry.building b on b.unit_id = k.unit_id and b.code = k.code

-- name: areas
select code from registry.area

-- name: put_units
insert into registry.unit
    (id, code, name, premises, class, class_override, area_code, area, community, industry, grid, station, firm, org, tags,
     uscc, ownership, supervised_by, address, lon, lat, closed_hours, pinyin, floor_area_m2, occupants, households, retired_at,
     came_from, created_at, changed_at)
select r.id, r.code, r.name, r.premises, r.class, r.class_override, r.area_code, r.area, r.community, r.industry, r.grid,
       r.station, r.firm, r.org, r.tags, r.uscc, r.ownership, r.supervised_by, r.address, r.lon, r.lat, r.closed_hours,
       r.pinyin, r.floor_area_m2, r.occupants, r.households, r.retired_at, r.came_from, $2, $2
from jsonb_populate_recordset(null::registry.unit, $1::jsonb) r
order by r.id
on conflict (id) do update set
    code = excluded.code, name = excluded.name, premises = excluded.premises, class = excluded.class,
    class_override = excluded.class_override, area_code = excluded.area_code, area = excluded.area,
    community = excluded.community, industry = excluded.industry, grid = excluded.grid, station = excluded.station,
    firm = excluded.firm, org = excluded.org, tags = excluded.tags, uscc = excluded.uscc, ownership = excluded.ownership,
    supervised_by = excluded.supervised_by, address = excluded.address, lon = excluded.lon, lat = excluded.lat,
    closed_hours = excluded.closed_hours, pinyin = excluded.pinyin, floor_area_m2 = excluded.floor_area_m2,
    occupants = excluded.occupants, households = excluded.households, retired_at = excluded.retired_at,
    came_from = excluded.came_from, changed_at = excluded.changed_at
where registry.unit.came_from <> '{}'

-- name: put_buildings
insert into registry.building
    (id, unit_id, code, name, floors_above, floors_below, height_m, floor_area_m2, address, lon, lat, came_from, created_at,
     changed_at)
select r.id, r.unit_id, r.code, r.name, r.floors_above, r.floors_below, r.height_m, r.floor_area_m2, r.address, r.lon, r.lat,
       r.came_from, $2, $2
from jsonb_populate_recordset(null::registry.building, $1::jsonb) r
order by r.id
on conflict (id) do update set
    unit_id = excluded.unit_id, code = excluded.code, name = excluded.name, floors_above = excluded.floors_above,
    floors_below = excluded.floors_below, height_m = excluded.height_m, floor_area_m2 = excluded.floor_area_m2,
    address = excluded.address, lon = excluded.lon, lat = excluded.lat, came_from = excluded.came_from,
    changed_at = excluded.changed_at
where registry.building.came_from <> '{}'

-- name: put_devices
insert into registry.device
    (id, gateway, address, parent, unit_id, building_id, name, type, class, state, floor, compartment, flat, place, lon, lat,
     load_class, maker, model, serial, firmware, made_on, installed_on, battery_on, life_until, pinyin, came_from, created_at,
     changed_at)
select r.id, r.gateway, r.address, (select p.number from registry.device p where p.id = (r.doc ->> 'parent_id')::uuid),
       r.unit_id, r.building_id, r.name, r.type, r.class, r.state, r.floor, r.compartment, r.flat, r.place, r.lon, r.lat,
       r.load_class, r.maker, r.model, r.serial, r.firmware, r.made_on, r.installed_on, r.battery_on, r.life_until, r.pinyin,
       r.came_from, $2, $2
from (
    select (jsonb_populate_record(null::registry.device, doc)).*, doc from jsonb_array_elements($1::jsonb) doc
) r
order by r.id
on conflict (id) do update set
    address = excluded.address, parent = excluded.parent, unit_id = excluded.unit_id, building_id = excluded.building_id,
    name = excluded.name, type = excluded.type, class = excluded.class, state = excluded.state, floor = excluded.floor,
    compartment = excluded.compartment, flat = excluded.flat, place = excluded.place, lon = excluded.lon, lat = excluded.lat,
    load_class = excluded.load_class, maker = excluded.maker, model = excluded.model, serial = excluded.serial,
    firmware = excluded.firmware, made_on = excluded.made_on, installed_on = excluded.installed_on,
    battery_on = excluded.battery_on, life_until = excluded.life_until, pinyin = excluded.pinyin,
    came_from = excluded.came_from, changed_at = excluded.changed_at
where registry.device.came_from <> '{}'

-- name: put_conditions
update registry.device_now n set conditions = k.conditions, seen_at = greatest(n.seen_at, k.seen_at)
from unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) as k (id, conditions, seen_at)
join registry.device d on d.id = k.id
where n.number = d.number and d.came_from <> '{}'

-- name: shelve
-- A copy of a device that we have by a way of its own: it leaves the lists with its parts, and stays for its history.
update registry.device set state = 'retired', changed_at = $2
where came_from <> '{}' and not gone
  and (id = $1::uuid or parent = (select number from registry.device where id = $1::uuid))

-- name: revive
update registry.device set state = 'in_service', changed_at = $2
where came_from <> '{}' and state = 'retired'
  and (id = $1::uuid or parent = (select number from registry.device where id = $1::uuid))

-- name: parts
select id::text from registry.device where parent = (select number from registry.device where id = $1::uuid) and not gone

-- name: counts
-- Living things within a scope, which stands where it says `true`.
select (select count(*) from registry.unit where retired_at is null and true /* u */) as units,
       (select count(*) from registry.device where not gone and unit_id is not null and true /* d */) as devices
