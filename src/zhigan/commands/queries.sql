-- name: target
-- The device that is meant; on a bound connection only where the principal sees it.
select id, number, parent, gateway, address, type, name, place, gone, load_class, cut_by, cut_until,
       area, community, industry, grid, unit, station, firm, org
from registry.device where id = $1::uuid

-- name: insert
insert into commands.command (
  id, version, device_id, gateway, address, root, device, command, arguments, state, detail, requested_by,
  requested_name, requested_at, expires_at, changed_at, history, circuit, measured, area, community, industry, grid, unit,
  station, firm, org
)
values ($1::uuid, 1, $2::uuid, $3, $4, $5, $6, $7, $8::jsonb, $9, '', $10, $11, $12, $13, $12, $14::jsonb,
        $15::uuid, $16, $17, $18, $19, $20, $21, $22, $23, $24)

-- name: one
select * from commands.command where id = $1::uuid

-- name: some
select * from commands.command where id = any ($1::uuid[])

-- name: lock_one
select * from commands.command where id = $1::uuid for update

-- name: page
-- Newest first. `true` gives way to the filters that were asked, the scope's among them.
select * from commands.command where true
order by requested_at desc, id desc
limit $1

-- name: move
update commands.command set
  version = version + 1, state = $2, detail = $3, changed_at = $4, leased_until = null,
  history = history || $5::jsonb,
  approved_by = coalesce($6, approved_by), approved_name = coalesce($7, approved_name),
  approved_at = case when $6::text is null then approved_at else $4 end,
  expires_at = coalesce($8, expires_at), due_at = coalesce($9, due_at), held = $9::timestamptz is not null
where id = $1::uuid
returning *

-- name: take
-- What is due for a gateway, oldest first. A lease keeps it from being taken twice; it ends with `move`, or by itself
-- when whoever took it has died. $2 null: whatever the gateway speaks to.
update commands.command c set leased_until = $5
from (
  select id from commands.command
  where state = 'pending' and not held and gateway = $1 and expires_at > $3 and (leased_until is null or leased_until <= $3)
    and ($2::text[] is null or root = any ($2) or address = any ($2))
  order by requested_at, id
  limit $4
  for update skip locked
) due
where c.id = due.id
returning c.id, c.device_id, c.gateway, c.address, c.root, c.command, c.arguments, c.expires_at, c.requested_at,
          c.handed_at, c.outside_id

-- name: waiting
select distinct root from commands.command where state = 'pending' and not held and gateway = $1 and expires_at > $2

-- name: duties
select id, device_id, gateway, address, root, command, arguments, expires_at, requested_at, changed_at,
       handed_at, outside_id
from commands.command
where state = 'acknowledged' and command = 'check_duty' and gateway = $1
order by changed_at, id

-- name: overdue
select id from commands.command
where state in ('awaiting_approval', 'pending', 'sent') and expires_at <= $1
  and (leased_until is null or leased_until <= $1)
order by expires_at
limit $2

-- name: handing
-- From here on the other platform may have it. Nothing is handed that has ended, is held or was handed before.
update commands.command set handed_at = $2
where id = $1::uuid and state = 'pending' and not held and expires_at > $2 and handed_at is null
returning id

-- name: not_handed
-- The other platform does not have it, that is certain: it is due again at $2.
update commands.command set handed_at = null, leased_until = $2
where id = $1::uuid and state = 'pending' and outside_id is null

-- name: keep_outside_id
update commands.command set outside_id = $2 where id = $1::uuid and outside_id is null

-- name: by_outside
select id from commands.command where gateway = $1 and outside_id = $2 order by requested_at desc limit 1

-- name: known_outside
-- Which of these ids are of commands that we know.
select outside_id from commands.command where gateway = $1 and outside_id = any ($2::text[])

-- name: carried
-- On their way through another platform, without a word since $2.
select id, device_id, gateway, address, root, command, arguments, expires_at, requested_at, changed_at, state,
       handed_at, outside_id
from commands.command
where gateway = $1 and outside_id is not null and state in ('sent', 'acknowledged') and changed_at <= $2
order by changed_at
limit $3

-- name: counted_down
select id from commands.command where state = 'pending' and held and due_at <= $1 order by due_at, id limit $2

-- name: release
-- `measured` falls where no current flows that its absence could prove.
update commands.command set held = false, measured = measured and $2 where id = $1::uuid

-- name: to_prove
-- Taken by their devices; what is measured must prove them, or else their breaker's own word.
select * from commands.command where state = 'acknowledged' and command = 'cut_power' order by changed_at, id limit $1

-- name: of_circuit
select * from commands.command where circuit = $1::uuid order by requested_at desc, id desc limit $2

-- name: cuts_between
select * from commands.command
where circuit = any ($1::uuid[]) and command = 'cut_power' and requested_at >= $2 and requested_at < $3
order by requested_at, id limit $4

-- name: notify
select pg_notify('zhigan_command', $1)

-- name: confirmed
-- Of these devices the first command of that name that was confirmed since then.
select distinct on (device_id) device_id::text, id::text, changed_at as at from commands.command
where device_id = any ($1::uuid[]) and command = $2 and state = 'confirmed' and changed_at >= $3
order by device_id, changed_at
