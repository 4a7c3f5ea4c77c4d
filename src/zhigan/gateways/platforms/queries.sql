-- Other platforms: the door's writes, the pages' reads. Times are arguments.

-- name: door
select id::text, slug, areas, hosts, secret, map, silent_s, last_at from platforms.platform
where slug = $1 and enabled and retired_at is null

-- name: identities
select serial, gateway, address, type, status from platforms.device where platform = $1::uuid and serial = any ($2::text[])

-- name: registered
-- the same device by a way of its own: its serial is on our books, within the ground that the platform may speak of
select distinct on (d.serial) d.serial, d.gateway, d.address, d.type
from registry.device d
where d.serial = any ($1::text[]) and not d.gone and d.parent is null and d.gateway <> 'platform'
  and ($2::text[] = '{}' or exists (select 1 from unnest($2::text[]) a where d.area like a || '%'))
order by d.serial, d.number

-- name: way_allowed
select 1 from registry.device d
where d.gateway = $1 and d.address = $2 and not d.gone
  and ($3::text[] = '{}' or d.area = '' or exists (select 1 from unnest($3::text[]) a where d.area like a || '%'))

-- name: add_devices
insert into platforms.device (platform, serial, gateway, address, type, first_at, last_at)
select $1::uuid, serial, gateway, address, type, $6, $6
from unnest($2::text[], $3::text[], $4::text[], $5::text[]) k (serial, gateway, address, type)
on conflict (platform, serial) do nothing

-- name: keep_info
update platforms.device set info = $3, unit = $4, type = case when $5 = '' then type else $5 end, last_at = $6
where platform = $1::uuid and serial = $2

-- name: keep_states
update platforms.device d set status = k.status, status_at = k.at, last_at = $5
from unnest($2::text[], $3::text[], $4::timestamptz[]) k (serial, status, at)
where d.platform = $1::uuid and d.serial = k.serial and (d.status_at is null or d.status_at <= k.at)

-- name: name_unit
insert into platforms.unit (platform, name, address, first_at) values ($1::uuid, $2, $3, $4)
on conflict (platform, name) do update set address = case when excluded.address = '' then unit.address else excluded.address end
returning unit_id::text

-- name: spoke
update platforms.platform set last_at = greatest(last_at, $2), lag_s = coalesce($3, lag_s) where id = $1::uuid

-- name: failed
update platforms.platform set failed_at = $2, failed = $3 where id = $1::uuid

-- name: gap
insert into platforms.gap (platform, began_at, ended_at) values ($1::uuid, $2, $3) on conflict do nothing

-- name: count
insert into platforms.day as d (platform, day, installs, states, alarms, faults, late, refused, lag_max_s)
values ($1::uuid, $2::date, $3, $4, $5, $6, $7, $8, $9)
on conflict (platform, day) do update set
  installs = d.installs + excluded.installs, states = d.states + excluded.states, alarms = d.alarms + excluded.alarms,
  faults = d.faults + excluded.faults, late = d.late + excluded.late, refused = d.refused + excluded.refused,
  lag_max_s = greatest(d.lag_max_s, excluded.lag_max_s)

-- name: tell_counts
insert into platforms.day as d (platform, day, their_alarms, their_faults, their_devices, our_devices, told_at)
values ($1::uuid, $2::date, $3, $4, $5, (select count(*) from platforms.device where platform = $1::uuid), $6)
on conflict (platform, day) do update set
  their_alarms = coalesce(excluded.their_alarms, d.their_alarms),
  their_faults = coalesce(excluded.their_faults, d.their_faults),
  their_devices = coalesce(excluded.their_devices, d.their_devices), our_devices = excluded.our_devices, told_at = excluded.told_at

-- name: refuse
insert into platforms.refusal (id, platform, at, path, reason, body) values ($1::uuid, $2::uuid, $3, $4, $5, $6)

-- name: forget_refusals
delete from platforms.refusal r where r.platform = $1::uuid and r.id in (
  select id from platforms.refusal where platform = $1::uuid order by id desc offset $2)

-- name: platforms
select p.id::text, p.slug, p.name, p.maker, p.contact, p.adapter, p.areas, p.hosts, p.map, p.map_version, p.silent_s, p.enabled,
       p.version, p.created_at, p.created_by, p.changed_at, p.changed_by, p.last_at, p.lag_s, p.failed_at, p.failed,
       (select count(*) from platforms.device d where d.platform = p.id) as devices,
       (select count(*) from platforms.device d where d.platform = p.id and d.gateway <> 'platform') as same,
       (select count(*) from platforms.unit u where u.platform = p.id and u.unit_id is null) as unnamed,
       (select count(*) from platforms.gap g where g.platform = p.id and g.began_at > $2::timestamptz - interval '30 days') as gaps,
       coalesce(t.states, 0) as states, coalesce(t.alarms, 0) as alarms, coalesce(t.refused, 0) as refused, t.lag_max_s
from platforms.platform p
left join platforms.day t on t.platform = p.id and t.day = ($2::timestamptz at time zone 'Asia/Shanghai')::date
where p.retired_at is null and ($1::uuid is null or p.id = $1::uuid)
order by p.name, p.slug

-- name: add_platform
insert into platforms.platform (id, slug, name, maker, contact, adapter, areas, hosts, secret, map, silent_s, enabled,
                                created_at, created_by, changed_at, changed_by)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $14)
on conflict (slug) where retired_at is null do nothing returning 1

-- name: change_platform
update platforms.platform set
  name = $2, maker = $3, contact = $4, areas = $5, hosts = $6, silent_s = $7, enabled = $8,
  map_version = case when map = $9 then map_version else map_version + 1 end, map = $9, changed_at = $10, changed_by = $11,
  version = version + 1
where id = $1::uuid and retired_at is null and version = $12 returning 1

-- name: new_secret
update platforms.platform set secret = $2, changed_at = $3, changed_by = $4, version = version + 1
where id = $1::uuid and retired_at is null returning 1

-- name: retire
update platforms.platform set retired_at = $2, enabled = false, changed_at = $2, changed_by = $3 where id = $1::uuid

-- name: count_platforms
select count(*) from platforms.platform where retired_at is null

-- name: units
select u.name, u.address, u.unit_id::text, r.name as unit, r.code, u.said_by, u.said_at, u.first_at,
       (select count(*) from platforms.device d where d.platform = u.platform and d.unit = u.name) as devices
from platforms.unit u left join registry.unit r on r.id = u.unit_id
where u.platform = $1::uuid and ($2 or u.unit_id is null) and u.name > $3 order by u.name limit $4

-- name: say_unit
update platforms.unit set unit_id = $3::uuid, said_by = $4, said_at = $5 where platform = $1::uuid and name = $2 returning 1

-- name: devices
select d.serial, d.gateway, d.address, d.type, d.unit, d.info, d.status, d.status_at, d.first_at, d.last_at,
       r.id::text as device_id, r.name as device, r.state
from platforms.device d
left join registry.device r on r.gateway = d.gateway and r.address = d.address and not r.gone
where d.platform = $1::uuid and d.serial > $2 and ($3::text is null or d.unit = $3)
  and ($4::text is null or strpos(lower(d.serial || ' ' || d.unit || ' ' || d.info::text), lower($4)) > 0)
order by d.serial limit $5

-- name: of_unit
select serial, gateway, address, type, info from platforms.device
where platform = $1::uuid and unit = $2 and gateway = 'platform' and serial > $3 order by serial limit $4

-- name: same_as
update platforms.device set gateway = $3, address = $4 where platform = $1::uuid and serial = $2 returning gateway

-- name: days
select day, installs, states, alarms, faults, late, refused, lag_max_s, their_alarms, their_faults, their_devices, our_devices,
       told_at
from platforms.day where platform = $1::uuid order by day desc limit $2

-- name: gaps
select began_at, ended_at from platforms.gap where platform = $1::uuid order by began_at desc limit $2

-- name: refusals
select id::text, at, path, reason, body from platforms.refusal
where platform = $1::uuid and id < $2::uuid order by id desc limit $3

-- name: way_of
select gateway, address from registry.device where id = $1::uuid and not gone

-- name: heard
-- Who was ever heard; expected: it should be heard still.
select id::text, slug, name, areas, silent_s, last_at, (enabled and retired_at is null) as expected
from platforms.platform where last_at is not null
