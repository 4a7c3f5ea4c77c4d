-- Routines. Time is an argument. Units are asked on a bound connection with the scope in `true /* scope */`; the rest by the
-- owner, for units that were found so.

-- name: units
-- Units with transmission devices, in order of their codes. $1: words; $2: the last code of the page before.
select u.id::text, u.code, u.name, t.devices, t.since
from (
    select d.unit_id, count(*)::integer as devices, min(d.created_at) as since
    from registry.device d
    where d.type = 'transmission_device' and not d.gone and d.unit_id is not null
      and d.state not in ('discovered', 'planned', 'delivered')
    group by d.unit_id
) t
join registry.unit u on u.id = t.unit_id
where ($1 = '' or registry.mentions(u.search, $1)) and u.code > $2 and true /* scope */
order by u.code limit $3

-- name: seen_unit
select id from registry.unit where id = $1::uuid

-- name: days
select unit_id::text, day, count(link_at)::integer as links, count(clock_at)::integer as clocks
from routines.day where unit_id = any ($1::uuid[]) and day between $2 and $3 group by unit_id, day

-- name: records
select id::text, kind, unit_id::text, day, at, by_platform, who, words, proof, photo is not null as photo
from routines.record where unit_id = any ($1::uuid[]) and day between $2 and $3 order by day, at, id

-- name: integrations
select id::text, kind, unit_id::text, day, at, by_platform, who, words, proof, photo is not null as photo
from routines.record where kind = 'integration' and day >= $1 order by day desc, at desc limit 50

-- name: record
select id::text, kind, unit_id::text, day, at, by_platform, who, words, proof, photo is not null as photo
from routines.record where id = $1::uuid

-- name: picture
select photo, photo_type from routines.record where id = $1::uuid

-- name: keep_picture
update routines.record set photo = $2, photo_type = $3 where id = $1::uuid

-- name: add_record
insert into routines.record (id, kind, unit_id, day, at, by_platform, who, words, proof, made_at)
values ($1::uuid, $2, $3::uuid, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing returning id

-- name: waiting
-- Transmission devices of which something is still to be seen on that day; when they were heard last.
select d.number, d.id::text, d.unit_id::text, d.gateway = 'gb26875' as labelled, n.seen_at, r.link_at is not null as linked
from registry.device d
left join registry.device_now n on n.number = d.number
left join routines.day r on r.device = d.number and r.day = $1
where d.type = 'transmission_device' and not d.gone and d.unit_id is not null
  and d.state not in ('discovered', 'planned', 'delivered') and (r.link_at is null or r.clock_at is null)

-- name: seen
-- The first proof of a day stands.
insert into routines.day as r (device, day, unit_id, link_at, clock_at, clock_by)
select k.device, $1, k.unit_id, k.link_at, k.clock_at, k.clock_by
from unnest($2::integer[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::text[])
     as k (device, unit_id, link_at, clock_at, clock_by)
on conflict (device, day) do update set
  unit_id = excluded.unit_id, link_at = coalesce(r.link_at, excluded.link_at),
  clock_at = coalesce(r.clock_at, excluded.clock_at),
  clock_by = case when r.clock_at is null then excluded.clock_by else r.clock_by end

-- name: tests
-- Test modes that ran within the last day and are not filled in yet; their id is the record's.
select t.id::text, t.unit_id::text, t.starts_at, least(coalesce(t.ended_at, t.ends_at), $1) as until, t.person,
       array(select x.number from registry.device x
             where x.unit_id = t.unit_id and not x.gone
               and (t.building_id is null or t.building_id = x.building_id)
               and (cardinality(t.devices) = 0 and cardinality(t.systems) = 0 or x.id = any (t.devices)
                    or exists (select 1 from unnest(t.systems) p
                               where x.address = p or x.address like p || '/%' or x.address like p || '.%'))
             limit 3000) as devices
from registry.test_mode t
where t.starts_at <= $1 and coalesce(t.ended_at, t.ends_at) > $1::timestamptz - interval '26 hours'
  and not exists (select from routines.record r where r.id = t.id)
order by t.starts_at limit 200

-- name: device_of
select id::text from registry.device where number = $1

-- name: exercises
-- 联动测试: exercises sent to 119, as the audit trail has them, that are not filled in yet.
select a.id, a.at, a.name as who from access.audit a
where a.action = 'dispatch.tested' and a.at >= $1
  and not exists (select from routines.record r where r.kind = 'integration' and r.proof = 'audit:' || a.id)
order by a.id limit 50

-- name: centre_since
-- Since when there is somebody to do it.
select min(created_at) from access.account

-- name: lacking
-- Every unit with transmission devices: what it has of the last windows. $1 yesterday, $2 the last half-month that is over.
select u.id::text, u.code, u.name, t.since, u.lon, u.lat, u.area, u.community, u.industry, u.grid, u.station, u.firm, u.org,
       exists (select from routines.record r where r.unit_id = u.id and r.kind = 'fire_test' and r.day >= $2) as tested,
       exists (select from routines.day d where d.unit_id = u.id and d.day >= $1 and d.link_at is not null)
         or exists (select from routines.record r where r.unit_id = u.id and r.kind = 'link' and r.day >= $1) as linked,
       exists (select from routines.day d where d.unit_id = u.id and d.day >= $1 and d.clock_at is not null)
         or exists (select from routines.record r where r.unit_id = u.id and r.kind = 'clock' and r.day >= $1) as timed
from (
    select d.unit_id, min(d.created_at) as since from registry.device d
    where d.type = 'transmission_device' and not d.gone and d.unit_id is not null and d.state = 'in_service'
    group by d.unit_id
) t
join registry.unit u on u.id = t.unit_id

-- name: watched_on
-- Did the platform itself look on that day?
select exists (select from routines.day where day = $1 and link_at is not null)
