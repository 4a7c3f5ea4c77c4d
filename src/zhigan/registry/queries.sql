-- The registry's statements. Instants are arguments.

-- name: contexts
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
       coalesce(n.metrics, '{}') as metrics
from unnest($1::text[], $2::text[]) as k (gateway, address)
join registry.device d on d.gateway = k.gateway and d.address = k.address and not d.gone
left join registry.device p on p.number = d.parent
left join registry.unit u on u.id = d.unit_id
left join registry.building b on b.id = d.building_id
left join registry.device_now n on n.number = d.number

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
insert into registry.device_now as n (number, conditions, seen_at, metrics)
select k.number, k.conditions, k.seen_at, k.metrics::smallint[]
from unnest($1::integer[], $2::bigint[], $3::timestamptz[], $4::text[]) as k (number, conditions, seen_at, metrics)
order by k.number
on conflict (number) do update
set conditions = excluded.conditions,
    seen_at = greatest(n.seen_at, excluded.seen_at),
    metrics = case when n.metrics @> excluded.metrics then n.metrics else
        array(select distinct m from unnest(n.metrics || excluded.metrics) m order by m) end

-- name: touch
update registry.device_now n set seen_at = k.seen_at
from unnest($1::integer[], $2::timestamptz[]) as k (number, seen_at)
where n.number = k.number and (n.seen_at is null or n.seen_at < k.seen_at)

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
