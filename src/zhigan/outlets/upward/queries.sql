-- Platforms above: the reader's and the sender's writes, the pages' reads. Times are arguments.

-- name: targets
select id::text, name, adapter, url, account, secret, map, areas, industries, source, people, answer_s, paused, created_at, failures,
       due_at, upto
from upward.target where retired_at is null and ($1::uuid is null or id = $1::uuid) order by created_at, id

-- name: replaying
select id::text, replay_from, replay_to, replay_after::text from upward.target
where retired_at is null and replay_from is not null order by id

-- name: replayed
update upward.target set replay_from = case when $2::uuid is null then null else replay_from end,
       replay_to = case when $2::uuid is null then null else replay_to end, replay_after = $2::uuid
where id = $1::uuid

-- name: owned
-- Whose devices they are, and by which way they come.
select id::text, area, industry, gateway, address from registry.device where id = any ($1::uuid[])

-- name: last_of
-- The newest that was put down of each alarm for each target.
select distinct on (target, alarm) target::text, alarm::text, rose, at from upward.item
where target = any ($1::uuid[]) and alarm = any ($2::uuid[]) order by target, alarm, id desc

-- name: put_down
insert into upward.item (target, alarm, rose, at, device, word, put_at)
select k.target, k.alarm, k.rose, k.at, k.device, k.word, $7
from unnest($1::uuid[], $2::uuid[], $3::bool[], $4::timestamptz[], $5::uuid[], $6::text[])
  with ordinality as k (target, alarm, rose, at, device, word, n)
order by k.n
on conflict do nothing

-- name: put_again
-- Anew, in their old order: what was told, or was not taken, of that time.
update upward.item set state = 'waiting', done_at = null, said = ''
where target = $1::uuid and at >= $2 and at < $3 and state in ('told', 'refused', 'lost')

-- name: stir
-- Their master data may have changed.
insert into upward.device (target, device) select t, d from unnest($1::uuid[]) t cross join unnest($2::uuid[]) d
on conflict (target, device) do update set stale = true

-- name: devices_of_units
select id::text from registry.device where unit_id = any ($1::uuid[]) and not gone

-- name: stir_all
update upward.device set stale = true, refused = '' where target = $1::uuid

-- name: master
-- Master data of devices as they stand, with what tells one standing from another.
select x.*, md5(x::text) as digest from (
  select d.id::text, d.number, d.serial, d.gateway, d.address, d.name, d.type, d.maker, d.model,
         coalesce(to_char(d.made_on, 'YYYY-MM-DD'), '') as made_on,
         coalesce(to_char(d.installed_on, 'YYYY-MM-DD'), '') as installed_on, d.place, d.floor, d.flat,
         coalesce(d.lon, b.lon, u.lon) as lon, coalesce(d.lat, b.lat, u.lat) as lat, d.unit_id::text,
         coalesce(u.name, '') as unit_name, coalesce(u.code, '') as unit_code, coalesce(u.address, '') as unit_address,
         coalesce(u.uscc, '') as uscc, coalesce(b.name, '') as building, d.area, d.industry, d.community, d.org,
         coalesce(c.name, '') as responsible, coalesce(c.phone, '') as mobile
  from registry.device d
  left join registry.unit u on u.id = d.unit_id
  left join registry.building b on b.id = d.building_id
  left join lateral (
    select c.name, c.phone from registry.contact c
    where $2 and c.unit_id = d.unit_id and c.role in ('fire_safety_manager', 'fire_safety_responsible', 'owner')
    order by c.role = 'fire_safety_manager' desc, c.rank, c.id limit 1
  ) c on true
  where d.id = any ($1::uuid[])
) x

-- name: looked
-- A stretch of devices by their numbers: whose are they, and what were they told as. Not those that are gone.
select d.id::text, d.number, d.area, d.industry, d.gateway, d.address, d.gone, t.digest, t.stale
from registry.device d left join upward.device t on t.target = $1::uuid and t.device = d.id
where d.number > $2 order by d.number limit $3

-- name: scanned
update upward.target set scanned = $2, scanned_at = coalesce($3, scanned_at) where id = $1::uuid

-- name: scanning
select scanned, scanned_at from upward.target where id = $1::uuid

-- name: mark_stale
insert into upward.device (target, device) select $1::uuid, d from unnest($2::uuid[]) d
on conflict (target, device) do update set stale = true

-- name: stale
select t.device::text from upward.device t where t.target = $1::uuid and t.stale limit $2

-- name: unstale
-- Gone, or no more its own: nothing to tell.
update upward.device set stale = false where target = $1::uuid and device = any ($2::uuid[])

-- name: standing_of
select device::text, stale, refused from upward.device where target = $1::uuid and device = any ($2::uuid[])

-- name: installed
update upward.device t set digest = k.digest, stale = false, told_at = case when $5 = '' then $4 else t.told_at end, refused = $5
from unnest($2::uuid[], $3::text[]) as k (device, digest) where t.target = $1::uuid and t.device = k.device

-- name: next
-- What is still waiting of a message that was sent before ($3: its last) comes alone.
select id, device::text, word, at from upward.item
where target = $1::uuid and state = 'waiting'
  and (id <= $3 or not exists (select from upward.item where target = $1::uuid and state = 'waiting' and id <= $3))
order by id limit $2

-- name: under_way
update upward.target set upto = $2 where id = $1::uuid

-- name: done
update upward.item set state = $3, done_at = $4, said = $5 where id = any ($2::bigint[]) and target = $1::uuid and state = 'waiting'
returning word, at

-- name: acknowledged
update upward.target set told_at = $2, failed = '', failures = 0, due_at = null where id = $1::uuid

-- name: failed
update upward.target set failed_at = $2, failed = $3, failures = failures + 1, due_at = $4 where id = $1::uuid returning failures

-- name: at_once
update upward.target set due_at = null where id = $1::uuid

-- name: count
insert into upward.day as d (target, day, alarms, faults, statuses, installs, refused, late)
values ($1::uuid, $2::date, $3, $4, $5, $6, $7, $8)
on conflict (target, day) do update set
  alarms = d.alarms + excluded.alarms, faults = d.faults + excluded.faults, statuses = d.statuses + excluded.statuses,
  installs = d.installs + excluded.installs, refused = d.refused + excluded.refused, late = d.late + excluded.late

-- name: uncounted
-- Days that are over and of which it was not told, the oldest first.
select g.day::date as day, coalesce(d.alarms, 0) as alarms, coalesce(d.faults, 0) as faults, coalesce(d.statuses, 0) as statuses,
       coalesce(d.installs, 0) as installs,
       (select count(*) from upward.device x where x.target = t.id and x.told_at is not null)::integer as devices
from upward.target t
cross join lateral generate_series(greatest($2::date - $3::integer, (t.created_at at time zone 'Asia/Shanghai')::date), $2::date - 1,
                                   interval '1 day') as g (day)
left join upward.day d on d.target = t.id and d.day = g.day::date
where t.id = $1::uuid and d.told_at is null and coalesce(d.said, '') = ''
order by g.day limit 1

-- name: counted
insert into upward.day as d (target, day, devices, told_at, said) values ($1::uuid, $2::date, $3, $4, $5)
on conflict (target, day) do update set devices = excluded.devices, told_at = excluded.told_at, said = excluded.said

-- name: give_up
-- The oldest of what waits beyond the bound.
with beyond as (
  select id from upward.item where target = $1::uuid and state = 'waiting' order by id desc offset $2
), gone as (
  update upward.item set state = 'lost', done_at = $3 where id in (select id from beyond) returning 1
)
update upward.target set lost = lost + (select count(*) from gone) where id = $1::uuid and exists (select 1 from beyond)

-- name: forget
delete from upward.item where id in (
  select id from upward.item where put_at < $1 and state <> 'waiting' order by put_at limit 5000)

-- name: backlog
select coalesce(sum(n), 0)::bigint as waiting, min(oldest) as oldest from (
  select count(*) as n, min(put_at) as oldest from upward.item i join upward.target t on t.id = i.target
  where i.state = 'waiting' and t.retired_at is null) w

-- name: shown
select t.id::text, t.name, t.adapter, t.url, t.account, t.map, t.map_version, t.areas, t.industries, t.source, t.people, t.answer_s,
       t.paused, t.version, t.created_at, t.created_by, t.changed_at, t.changed_by, t.told_at, t.failed_at, t.failed, t.failures,
       t.due_at, t.scanned_at, t.replay_from, t.replay_to, t.lost,
       w.waiting, w.oldest_at, r.refused, s.devices, s.untold, s.refused_devices,
       coalesce(d.statuses, 0) as statuses, coalesce(d.alarms, 0) as alarms, coalesce(d.installs, 0) as installs
from upward.target t
cross join lateral (select count(*)::integer as waiting, min(i.put_at) as oldest_at from upward.item i
                    where i.target = t.id and i.state = 'waiting') w
cross join lateral (select count(*)::integer as refused from upward.item i where i.target = t.id and i.state = 'refused') r
cross join lateral (select (count(*) filter (where x.told_at is not null))::integer as devices,
                           (count(*) filter (where x.stale))::integer as untold,
                           (count(*) filter (where x.refused <> ''))::integer as refused_devices
                    from upward.device x where x.target = t.id) s
left join upward.day d on d.target = t.id and d.day = ($2::timestamptz at time zone 'Asia/Shanghai')::date
where t.retired_at is null and ($1::uuid is null or t.id = $1::uuid)
order by t.name, t.id

-- name: has_secret
select secret is not null from upward.target where id = $1::uuid

-- name: add_target
insert into upward.target (id, name, adapter, url, account, secret, map, areas, industries, source, people, answer_s, paused, created_at,
                           created_by, changed_at, changed_by, replay_from, replay_to)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $14, $15, $16, $14)

-- name: change_target
update upward.target set name = $2, url = $3, account = $4, secret = case when $5 then $6 else secret end,
       map_version = case when map = $7 then map_version else map_version + 1 end, map = $7, areas = $8, industries = $9, source = $10,
       people = $11, answer_s = $12, paused = $13, changed_at = $14, changed_by = $15, version = version + 1, due_at = null,
       scanned = 0, scanned_at = null
where id = $1::uuid and retired_at is null and version = $16 returning version

-- name: pause
update upward.target set paused = $2, changed_at = $3, changed_by = $4, version = version + 1, due_at = null
where id = $1::uuid and retired_at is null and paused <> $2 returning 1

-- name: retire
update upward.target set retired_at = $2, changed_at = $2, changed_by = $3 where id = $1::uuid and retired_at is null

-- name: replay
update upward.target set replay_from = $2, replay_to = $3, replay_after = null where id = $1::uuid and retired_at is null

-- name: count_targets
select count(*) from upward.target where retired_at is null

-- name: name_taken
select 1 from upward.target where lower(name) = lower($1) and retired_at is null and id <> $2::uuid

-- name: refused
select i.id, i.device::text, d.name, d.serial, u.name as unit, i.word, i.at, i.done_at, i.said
from upward.item i left join registry.device d on d.id = i.device left join registry.unit u on u.id = d.unit_id
where i.target = $1::uuid and i.state = 'refused' and i.id < $2 order by i.id desc limit $3

-- name: refused_devices
select x.device::text as id, x.device::text, d.name, d.serial, u.name as unit, '' as word, x.told_at as at, x.refused as said
from upward.device x left join registry.device d on d.id = x.device left join registry.unit u on u.id = d.unit_id
where x.target = $1::uuid and x.refused <> '' and x.device > $2::uuid order by x.device limit $3

-- name: days
select day, alarms, faults, statuses, installs, refused, late, devices, told_at, said
from upward.day where target = $1::uuid order by day desc limit $2

-- name: tell
select pg_notify('zhigan_upward', '')
