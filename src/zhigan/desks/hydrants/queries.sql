-- Rounds, stops, visits. Time is an argument.

-- name: add_round
insert into hydrants.round (id, name, owner, zone, due_on, made_at, made_by, area)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8)

-- name: add_stops
-- At most $5 and one more: whoever gets more asked for too much.
insert into hydrants.stop (round, hydrant)
select $1::uuid, h.id from registry.hydrant h
where h.area = $2 and ($3 = '' or h.owner = $3) and ($4 = '' or h.zone = $4) and h.state <> 'removed'
limit $5 + 1
returning 1

-- name: rounds
select r.id::text, r.name, r.area, r.owner, r.zone, r.due_on, r.made_at, r.made_by, r.ended_at, c.total, c.seen, c.wrong
from hydrants.round r
cross join lateral (
    select count(*) as total, count(v.passed) as seen, count(*) filter (where not v.passed) as wrong
    from hydrants.stop s
    left join lateral (
        select v.passed from hydrants.visit v where v.round = r.id and v.hydrant = s.hydrant order by v.at desc limit 1
    ) v on true
    where s.round = r.id
) c

-- name: stops
select h.id::text as hydrant_id, h.code, h.name, h.address, h.lon, h.lat, registry.hydrant_now(h.state, n.conditions) as now,
       v.at as visited_at, v.passed
from hydrants.stop s
join registry.hydrant h on h.id = s.hydrant
left join registry.device_now n on n.number = h.device
left join lateral (
    select v.at, v.passed from hydrants.visit v where v.round = $1::uuid and v.hydrant = s.hydrant
    order by v.at desc limit 1
) v on true
where s.round = $1::uuid order by h.code

-- name: end_round
update hydrants.round set ended_at = $2, ended_by = $3 where id = $1::uuid and ended_at is null returning true

-- name: of_round
select exists (select from hydrants.stop where round = $1::uuid and hydrant = $2::uuid)

-- name: add_visit
insert into hydrants.visit (id, hydrant, round, at, received_at, account, who, role, passed, good, bad, note, state, accepts, lon,
                            lat, accuracy_m)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6::uuid, $7, $8, $9, $10, $11, $12, $13, $14::uuid, $15, $16, $17)
on conflict (id) do nothing returning true

-- name: gave_work
update hydrants.visit set incident = $2::uuid where id = $1::uuid

-- name: visits
select v.id::text, v.at, v.who, v.role, v.passed, v.good, v.bad, v.note, v.state, v.photo is not null as photo, v.lon, v.lat,
       v.accuracy_m, v.was_lon, v.was_lat, v.incident::text
from hydrants.visit v where v.hydrant = $1::uuid order by v.at desc limit $2

-- name: work_of
-- Which work came of visits to this hydrant.
select exists (select from hydrants.visit where hydrant = $1::uuid and incident = $2::uuid)

-- name: one_visit
select hydrant::text as thing, account::text, lon, lat, was_lon, note, incident::text, accepts::text from hydrants.visit
where id = $1::uuid for update

-- name: picture_visit
update hydrants.visit set photo = $2, photo_type = $3 where id = $1::uuid

-- name: visit_picture
select photo, photo_type from hydrants.visit where id = $1::uuid and hydrant = $2::uuid and photo is not null

-- name: keep_was
update hydrants.visit set was_lon = $2, was_lat = $3 where id = $1::uuid

-- name: building_water
-- Gauges of tanks and pipes, and pumps, of a unit.
select d.id::text as device_id, d.number, d.parent, d.type, coalesce(nullif(d.name, ''), d.address) as name,
       d.building_id::text, coalesce(b.name, '') as building, d.floor, d.place, coalesce(n.conditions, 0) as conditions, n.seen_at,
       coalesce(d.origin, d.number) as stands
from registry.device d
left join registry.device_now n on n.number = d.number
left join registry.building b on b.id = d.building_id
where d.unit_id = $1::uuid and ($2::uuid is null or d.building_id = $2::uuid) and d.type = any ($3::text[]) and not d.gone
order by b.name nulls first, d.type, d.floor, d.name, d.number limit $4

-- name: own_limits
select place, limits from registry.own_limit where place = any ($1::integer[])
