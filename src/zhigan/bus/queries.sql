-- name: lock_log
-- One appender at a time, until commit: what makes the order of ids the order of commits.
select pg_advisory_xact_lock($1)

-- name: head
-- The place to continue from: the newest event, or, where retention took all, the newest seal.
select id, hash from (
    (select id, hash from bus.event order by id desc limit 1)
    union all
    (select id, hash from bus.seal order by id desc limit 1)
) known
order by id desc
limit 1

-- name: append
with appended as (
    insert into bus.event (id, at, received_at, type, subject, body,
                           area, community, industry, grid, unit, station, firm, org, prev_hash, hash)
    select id, at, $3, type, subject, body, area, community, industry, grid, unit, station, firm, org, prev_hash, hash
    from unnest($1::bigint[], $2::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bytea[], $16::bytea[])
        as drafts (id, at, type, subject, body, area, community, industry, grid, unit, station, firm, org, prev_hash, hash)
)
select pg_notify('zhigan_event', $17::text)

-- name: tell
select pg_notify('zhigan_event', $1)

-- name: read
select id, at, received_at, type, subject, body, area, community, industry, grid, unit, station, firm, org
from bus.event
where id > $1
order by id
limit $2

-- name: came_after
-- When the first event behind each of these positions came; null where there is none.
select p.position, (select e.received_at from bus.event e where e.id > p.position order by e.id limit 1) as since
from unnest($1::bigint[]) as p (position)

-- name: position_at
-- The last event that came before that moment. Ids and arrival go together, but only nearly.
select coalesce(max(id), 0) from bus.event where received_at < $1

-- name: read_links
select id, at, received_at, type, subject, body, area, community, industry, grid, unit, station, firm, org, prev_hash, hash
from bus.event
where id > $1
order by id
limit $2

-- name: seals
select id, hash from bus.seal where id > $1 and id <= $2 order by id

-- name: forgotten
select id, hash from bus.seal where forgotten order by id desc limit 1

-- name: seals_beyond
select id from bus.seal where id > $1 order by id limit 1

-- name: add_seal
insert into bus.seal (id, hash, sealed_at, forgotten) values ($1, $2, $3, $4)
on conflict (id) do update set forgotten = bus.seal.forgotten or excluded.forgotten

-- name: newest_before
-- The newest event of those that came before the day: ids and arrival go together, but only nearly.
select id, hash from bus.event where received_at < $1 order by id desc limit 1

-- name: forget_events
delete from bus.event where id <= $1

-- name: forget_seals
delete from bus.seal where id < $1

-- name: position
select position from bus.position where reader = $1 and lane = $2

-- name: positions
select reader, lane, position from bus.position order by reader, lane

-- name: begin_position
insert into bus.position (reader, lane, position) values ($1, $2, $3) on conflict (reader, lane) do nothing

-- name: advance_position
update bus.position set position = $4 where reader = $1 and lane = $2 and position = $3

-- name: span
select o.received_at as since, n.id - o.id + 1 as events
from (select id, received_at from bus.event order by id limit 1) o, (select id from bus.event order by id desc limit 1) n
