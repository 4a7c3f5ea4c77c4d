-- name: stations
select o.id::text, o.code, o.name, o.area, o.phone, o.lon, o.lat, k.radius_m, k.gear,
       (select count(*) from registry.member m where m.organisation_id = o.id) as people,
       (select d.id::text from stations.drill d where d.organisation_id = o.id and d.ended_at is null) as drill
from registry.organisation o left join stations.keeping k on k.organisation_id = o.id
where o.kind = 'station' and o.retired_at is null and ($1::text is null or o.area = $1)
  and ($2::uuid is null or o.id = $2) and (o.name, o.id) > ($3::text, $4::uuid)
order by o.name, o.id limit $5

-- name: crew
select name, post, phone from registry.member where organisation_id = $1::uuid order by rank, name limit 200

-- name: around
-- Within a box, in whichever county, the nearest first (a degree of longitude is `$6` of one of latitude).
select id::text, name, phone, lon, lat from registry.organisation
where kind = 'station' and retired_at is null and id <> $1::uuid
  and abs(lon - $2::float8) * $6::float8 <= $4::float8 and abs(lat - $3::float8) <= $4
order by ((lon - $2) * $6) ^ 2 + (lat - $3) ^ 2, id limit $5

-- name: keep
insert into stations.keeping as k (organisation_id, radius_m, gear, changed_at) values ($1::uuid, $2, $3::jsonb, $4)
on conflict (organisation_id) do update set radius_m = excluded.radius_m, gear = excluded.gear, changed_at = excluded.changed_at

-- name: drills
select d.id::text, d.organisation_id::text, o.name, o.area, d.place, d.started_by, d.told_at, d.seen_at, d.left_at,
       d.arrived_at, d.acting_at, d.ended_at, d.ended_why, d.incident::text
from stations.drill d join registry.organisation o on o.id = d.organisation_id
where ($1::uuid is null or d.organisation_id = $1) and ($2::uuid is null or d.id = $2)
  and ($3::timestamptz is null or (d.told_at, d.id) < ($3, $4::uuid)) and (not $5 or d.ended_at is null)
order by d.told_at desc, d.id desc limit $6

-- name: ranked
select d.id::text, d.organisation_id::text, o.name, o.area, d.place, d.started_by, d.told_at, d.seen_at, d.left_at,
       d.arrived_at, d.acting_at, d.ended_at, d.ended_why, d.incident::text
from stations.drill d join registry.organisation o on o.id = d.organisation_id
where d.ended_why in ('done', 'time', 'stopped') and d.told_at > $1
order by d.told_at desc limit 20000

-- name: start
insert into stations.drill (id, organisation_id, place, told_at, started_by) values ($1::uuid, $2::uuid, $3, $4, $5)
on conflict do nothing returning id

-- name: step_seen
update stations.drill set seen_at = coalesce(seen_at, $2) where id = $1::uuid and ended_at is null returning id

-- name: step_left
update stations.drill set seen_at = coalesce(seen_at, $2), left_at = coalesce(left_at, $2)
where id = $1::uuid and ended_at is null returning id

-- name: step_arrived
update stations.drill set arrived_at = coalesce(arrived_at, $2)
where id = $1::uuid and ended_at is null and left_at is not null returning id

-- name: step_acting
update stations.drill set acting_at = $2, ended_at = $2, ended_why = 'done'
where id = $1::uuid and ended_at is null and arrived_at is not null returning id

-- name: end
update stations.drill set ended_at = $2, ended_why = $3, incident = $4::uuid where id = $1::uuid and ended_at is null returning id

-- name: open
select d.id::text, d.organisation_id::text, d.told_at, o.code, o.lon, o.lat, coalesce(k.radius_m, $1) as radius_m
from stations.drill d join registry.organisation o on o.id = d.organisation_id
left join stations.keeping k on k.organisation_id = o.id where d.ended_at is null limit 1000

-- name: told
-- Who was told of an alarm for a station. What went out inside another message went with it.
select n.id::text, n.holder, n.channel, n.address, n.role, coalesce(c.handed_at, n.handed_at) as at
from notify.notification n left join notify.notification c on c.id = n.merged_into
where n.incident = any ($1::uuid[]) and n.role in ('station', 'neighbour_station') and n.purpose = 'alarm'
  and coalesce(c.handed_at, n.handed_at) is not null
order by at, n.id limit 2000

-- name: scopes
select id::text, scope, regexp_replace(regexp_replace(phone, '[^0-9+]', '', 'g'), '^\+86', '') as number from access.account where id = any ($1::uuid[]) and role = 'station'

-- name: by_code
select id::text, code, name from registry.organisation where kind = 'station' and code = any ($1::text[])

-- name: by_number
-- Stations one of whose telephones it is, their own or one of their people's; in digits, as a caller dials them.
with said as (
  select o.id, o.code, o.name, regexp_replace(regexp_replace(n.phone, '[^0-9+]', '', 'g'), '^\+86', '') as number
  from registry.organisation o
  cross join lateral (select o.phone union all select m.phone from registry.member m where m.organisation_id = o.id) n (phone)
  where o.kind = 'station' and o.retired_at is null
)
select id::text, code, name, number from said where number = any ($1::text[]) order by code
