-- Plans and places. Reading is done on a connection bound to the principal; row security stands below every statement.

-- name: latest
select distinct on (p.floor) p.id::text, p.building::text as building_id, p.floor, p.version, p.name, p.type, p.size, p.width,
       p.height, encode(p.sha256, 'hex') as sha256, p.at, p.who
from plans.plan p where p.building = $1::uuid and ($2::text is null or p.floor = $2)
order by p.floor, p.version desc

-- name: versions
select p.id::text, p.building::text as building_id, p.floor, p.version, p.name, p.type, p.size, p.width, p.height,
       encode(p.sha256, 'hex') as sha256, p.at, p.who
from plans.plan p where p.building = $1::uuid and p.floor = $2 order by p.version desc limit 200

-- name: plan
select p.id::text, p.building::text as building_id, p.floor, p.version, p.name, p.type, p.size, p.width, p.height,
       encode(p.sha256, 'hex') as sha256, p.at, p.who
from plans.plan p where p.id = $1::uuid

-- name: lock
select pg_advisory_xact_lock(hashtextextended('plan ' || $1 || ' ' || $2, 0))

-- name: add_plan
insert into plans.plan (id, building, floor, version, name, type, size, width, height, sha256, at, who, account)
values ($1::uuid, $2::uuid, $3,
        (select coalesce(max(version), 0) + 1 from plans.plan where building = $2::uuid and floor = $3),
        $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: floors
-- the floors that devices name, with how many stand there, how many are placed, how many are in alarm ($2)
select d.floor, count(*)::integer as devices,
       count(*) filter (where s.floor = d.floor and s.building = d.building_id)::integer as placed,
       count(*) filter (where n.conditions & $2::bigint <> 0)::integer as alarms
from registry.device d
left join registry.device_now n on n.number = d.number
left join plans.spot s on s.place = coalesce(d.origin, d.number)
where d.building_id = $1::uuid and not d.gone and d.type <> 'transmission_device'
group by d.floor

-- name: devices
-- of one floor; those of the building without a floor besides, since they may stand here
select d.id::text, d.name, d.address, d.type, d.state, d.floor, d.compartment, d.flat, d.place,
       coalesce(n.conditions, 0) as conditions, n.seen_at,
       case when s.floor = d.floor and s.building = d.building_id then s.x end as x,
       case when s.floor = d.floor and s.building = d.building_id then s.y end as y
from registry.device d
left join registry.device_now n on n.number = d.number
left join plans.spot s on s.place = coalesce(d.origin, d.number)
where d.building_id = $1::uuid and not d.gone and d.floor in ($2, '')
order by (d.floor = ''), d.type = 'transmission_device', d.number limit $3

-- name: put_spot
insert into plans.spot as s (place, building, floor, x, y, at, who)
select coalesce(d.origin, d.number), d.building_id, $2, $3, $4, $5, $6 from registry.device d
where d.id = $1::uuid and d.building_id is not null
on conflict (place) do update
set building = excluded.building, floor = excluded.floor, x = excluded.x, y = excluded.y, at = excluded.at, who = excluded.who

-- name: remove_spot
delete from plans.spot s using registry.device d
where d.id = $1::uuid and s.place = coalesce(d.origin, d.number)
returning s.floor, s.x, s.y
