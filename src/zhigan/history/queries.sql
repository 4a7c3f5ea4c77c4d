-- name: readings
-- the subject's own rows, and rows of its parent that carry it in `points`; oldest first
select s.at, s.received_at, s.metrics, s."values", s.points, s.device
from history.signal s
where s.device = any($1::int[]) and s.kind = 2
  and s.at >= $2 and s.at < $3 and s.received_at >= $4
order by s.at, s.received_at
limit $5;

-- name: signals_of
select s.at, s.received_at, s.kind, s.flags, s.conditions, s.known, s.operations, s.text, s.raw, s.claimed_at
from history.signal s
where s.device = $1 and s.received_at < $2 and s.received_at >= $3
order by s.received_at desc
limit $4;

-- name: quarantine_put
insert into history.quarantine (id, at, gateway, address, reason, signal) values ($1, $2, $3, $4, $5, $6);

-- name: quarantine_list
select q.id, q.at, q.gateway, q.address, q.reason, q.signal, q.released_at,
       (select count(*) from (select 1 from history.quarantine o
                              where o.gateway = q.gateway and o.address = q.address limit 1000) c) as kept
from history.quarantine q
where (q.at, q.id) < ($1, $2) and ($4::text is null or q.gateway = $4)
  and ($5::boolean is null or (q.released_at is not null) = $5)
  and ($6::text is null or position(lower($6) in lower(q.address || ' ' || q.reason)) > 0)
order by q.at desc, q.id desc limit $3;

-- name: partition_stands
select to_regclass($1) is not null;

-- name: partitions
select c.relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
where i.inhparent = 'history.signal'::regclass order by c.relname;

-- name: device_number
select d.number, d.parent, d.type from registry.device d where d.id = $1;

-- name: answers
-- what many devices said of themselves as we heard it since $2, oldest first. Their own clocks count whole seconds and go
-- wrong, so `at` only bounds the search; what was stored on the way (flag 1) tells of an earlier time
select s.device, s.at, s.received_at, s.conditions
from history.signal s
where s.device = any($1::int[]) and s.kind = 1 and s.conditions <> 0 and s.flags & 1 = 0
  and s.at >= $2::timestamptz - interval '2 days' and s.received_at >= $2 and s.received_at < $3
order by s.received_at, s.at
limit $4;

-- name: contact
-- When each of these devices was first heard, and when it first told its own time within so many seconds of ours. A frame
-- of devices $5 always has a time of its own, or a flag; of the others, what stands at our own instant proves nothing.
select s.device, min(s.received_at) as heard,
       min(s.received_at) filter (
           where s.kind in (1, 2, 3) and s.raw is not null and s.flags & 5 = 0 and s.claimed_at is null
             and (s.at <> s.received_at or s.device = any($5::int[]))
             and abs(extract(epoch from s.received_at - s.at)) <= $4) as timed
from history.signal s
where s.device = any($1::int[]) and s.kind <> 4 and s.at >= $2::timestamptz - interval '1 hour'
  and s.received_at >= $2 and s.received_at < $3
group by s.device;

-- name: trail
-- what these devices measured ($4) and did (operations $5) since $2, oldest first; `at` leads to the index
select s.device, s.received_at, s.kind, s.operations, s.metrics, s."values"
from history.signal s
where s.device = any($1::int[]) and s.at >= $2::timestamptz - interval '1 day' and s.received_at > $2
  and s.received_at <= $3 and s.flags & 1 = 0
  and (s.kind = 2 and s.points is null and s.metrics && $4::smallint[] or s.kind = 3 and s.operations & $5 <> 0)
order by s.received_at;

-- name: latest
-- the newest reading of each metric of these devices ($1), as their own rows or their parents' ($2) told it, heard in
-- (after, until]; what was stored on the way (flag 1) is told late and is none of now
select distinct on (coalesce(v.point, s.device), v.metric)
       coalesce(v.point, s.device) as device, v.metric, v.value, s.at, s.received_at
from history.signal s, unnest(s.points, s.metrics, s."values") v(point, metric, value)
where s.device = any($2::int[]) and s.kind = 2 and s.flags & 1 = 0
  and s.at >= $3::timestamptz - interval '1 day' and s.received_at > $3 and s.received_at <= $4
  and coalesce(v.point, s.device) = any($1::int[]) and v.value is not null
order by coalesce(v.point, s.device), v.metric, s.at desc, s.received_at desc;
