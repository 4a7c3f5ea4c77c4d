-- Plans and places. Reading is done on a connection bound to the principal; row security stands below every statement.

-- name: latest
select distinct on (p.floor_id) p.id::text, p.building::text as building_id, f.name as floor, p.version, p.name, p.type,
       p.size, p.width, p.height, encode(p.sha256, 'hex') as sha256, p.at, p.who
from plans.plan p join registry.floor f on f.id = p.floor_id
where p.building = $1::uuid and ($2::text is null or f.key = registry.floor_key($2))
order by p.floor_id, p.version desc

-- name: versions
select p.id::text, p.building::text as building_id, f.name as floor, p.version, p.name, p.type, p.size, p.width, p.height,
       encode(p.sha256, 'hex') as sha256, p.at, p.who
from plans.plan p join registry.floor f on f.id = p.floor_id
where p.building = $1::uuid and f.key = registry.floor_key($2) order by p.version desc limit 200

-- name: plan
select p.id::text, p.building::text as building_id, f.name as floor, p.version, p.name, p.type, p.size, p.width, p.height,
       encode(p.sha256, 'hex') as sha256, p.at, p.who
from plans.plan p join registry.floor f on f.id = p.floor_id where p.id = $1::uuid

-- name: lock
select pg_advisory_xact_lock(hashtextextended('plan ' || $1, 0))

-- name: add_plan
insert into plans.plan (id, building, floor_id, version, name, type, size, width, height, sha256, at, who, account)
values ($1::uuid, $2::uuid, $3::uuid,
        (select coalesce(max(version), 0) + 1 from plans.plan where floor_id = $3::uuid),
        $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: floors
-- the floors that devices name, by what their spellings share: how many stand there, are placed, are in alarm ($2)
select registry.floor_key(d.floor) as key, min(d.floor) as name, count(*)::integer as devices,
       count(*) filter (where f.key = registry.floor_key(d.floor) and s.building = d.building_id)::integer as placed,
       count(*) filter (where n.conditions & $2::bigint <> 0)::integer as alarms
from registry.device d
left join registry.device_now n on n.number = d.number
left join plans.spot s on s.place = coalesce(d.origin, d.number)
left join registry.floor f on f.id = s.floor_id
where d.building_id = $1::uuid and not d.gone and d.type <> 'transmission_device' and d.floor <> ''
group by 1

-- name: devices
-- of one floor; those of the building without a floor besides, since they may stand here
select d.id::text, d.name, d.address, d.type, d.state, d.floor, d.compartment, d.flat, d.place,
       coalesce(n.conditions, 0) as conditions, n.seen_at,
       case when f.key = registry.floor_key(d.floor) and s.building = d.building_id then s.x end as x,
       case when f.key = registry.floor_key(d.floor) and s.building = d.building_id then s.y end as y
from registry.device d
left join registry.device_now n on n.number = d.number
left join plans.spot s on s.place = coalesce(d.origin, d.number)
left join registry.floor f on f.id = s.floor_id
where d.building_id = $1::uuid and not d.gone and (d.floor = '' or registry.floor_key(d.floor) = registry.floor_key($2))
order by (d.floor = ''), d.type = 'transmission_device', d.number limit $3

-- name: put_spot
insert into plans.spot as s (place, building, floor_id, x, y, at, who)
select coalesce(d.origin, d.number), d.building_id, f.id, $3, $4, $5, $6
from registry.device d
join registry.floor f on f.building_id = d.building_id and f.key = registry.floor_key($2)
where d.id = $1::uuid
on conflict (place) do update
set building = excluded.building, floor_id = excluded.floor_id, x = excluded.x, y = excluded.y, at = excluded.at,
    who = excluded.who

-- name: remove_spot
delete from plans.spot s using registry.device d, registry.floor f
where d.id = $1::uuid and s.place = coalesce(d.origin, d.number) and f.id = s.floor_id
returning f.name as floor, s.x, s.y
