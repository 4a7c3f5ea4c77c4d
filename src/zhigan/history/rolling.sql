-- name: mark
insert into history.mark (hour, block, marked_at)
select (m.key >> 32)::integer, (m.key & 4294967295)::integer, $2 from unnest($1::bigint[]) m(key);

-- name: longest
-- seconds by which the oldest open transaction of this database began before this question, all by the server's clock
select coalesce(extract(epoch from ours.query_start - min(a.xact_start)), 0)::float8
from pg_stat_activity a, pg_stat_activity ours
where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
  and ours.pid = pg_backend_pid()
group by ours.query_start;

-- name: ripe
-- whose readings lie in PostgreSQL only ($4 false), or partly in the archive
select m.hour, m.block from history.mark m where m.hour < $1 and m.marked_at <= $2 and $4 = exists (
    select 1 from history.moved f where f.kind = 'readings' and f.block = m.block
    and f.last_at >= to_timestamp(m.hour * 3600.0) and f.first_at < to_timestamp((m.hour + 1) * 3600.0))
group by m.hour, m.block order by m.hour, m.block limit $3;

-- name: take
delete from history.mark m where m.hour = $1 and m.block = $2 and m.marked_at <= $3;

-- name: roll
-- every reading of one hour ($3 to $4) that these rows hold; again and again with the same outcome
insert into history.hourly as h (hour, source, device, metric, count, low, high, total, last)
select $1, s.device, coalesce(v.point, s.device), v.metric, count(*), min(v.value), max(v.value), sum(v.value),
       (array_agg(v.value order by s.at desc, s.received_at desc))[1]
from history.signal s, unnest(s.points, s.metrics, s."values") v(point, metric, value)
where s.kind = 2 and s.device = any($2::int[]) and s.at >= $3 and s.at < $4
  and s.received_at >= $3::timestamptz - interval '5 minutes' and v.metric is not null and v.value is not null
group by s.device, coalesce(v.point, s.device), v.metric
on conflict (hour, source, device, metric) do update set
    count = excluded.count, low = excluded.low, high = excluded.high, total = excluded.total, last = excluded.last;

-- name: put
insert into history.hourly as h (hour, source, device, metric, count, low, high, total, last)
select $1, * from unnest($2::int[], $3::int[], $4::smallint[], $5::int[], $6::float8[], $7::float8[], $8::float8[], $9::float8[])
on conflict (hour, source, device, metric) do update set
    count = excluded.count, low = excluded.low, high = excluded.high, total = excluded.total, last = excluded.last;

-- name: first_unseen
select min(m.hour) from history.mark m where m.block = any($1::int[]);

-- name: steps
-- roll-ups of one device in steps of $6 hours; what it says itself and what its parent says of it, together
select h.hour - h.hour % $6::integer as begin, min(h.low) as low, max(h.high) as high, sum(h.total) as total,
       (array_agg(h.last order by h.hour desc, h.source))[1] as last, sum(h.count)::bigint as count
from history.hourly h
where h.source = any($1::int[]) and h.device = $2 and h.metric = $3 and h.hour >= $4 and h.hour < $5
group by 1 order by 1;

-- name: spans
-- roll-ups of many devices at once in steps of $6 hours that begin $7 hours before UTC's; a device's own rows and those of
-- its parent about it, together
select h.device, h.metric, (h.hour + $7::integer) / $6 * $6 - $7 as begin, min(h.low) as low, max(h.high) as high,
       sum(h.total) as total, (array_agg(h.last order by h.hour desc, h.source))[1] as last, sum(h.count)::bigint as count
from unnest($1::int[], $2::int[]) w(source, device)
join history.hourly h on h.source = w.source and h.device = w.device
where h.metric = any($3::smallint[]) and h.hour >= $4 and h.hour < $5
group by 1, 2, 3 order by 1, 2, 3;

-- name: waiting
select count(*) from (select distinct m.hour, m.block from history.mark m where m.hour < $1) w;
