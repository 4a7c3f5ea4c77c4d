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

-- name: hours
-- roll-ups of many devices at once in steps of $6 hours; a device's own rows and those of its parent about it, together
select h.device, h.metric, h.hour / $6::integer * $6 as begin, min(h.low) as low, max(h.high) as high,
       sum(h.total) as total, (array_agg(h.last order by h.hour desc, h.source))[1] as last, sum(h.count)::bigint as count
from unnest($1::int[], $2::int[]) w(source, device)
join history.hourly h on h.source = w.source and h.device = w.device
where h.metric = any($3::smallint[]) and h.hour >= $4 and h.hour < $5
group by 1, 2, 3 order by 1, 2, 3;

-- name: rows
-- the same as they stand
select h.hour, h.source, h.device, h.metric, h.count, h.low, h.high, h.total, h.last
from unnest($1::int[], $2::int[]) w(source, device)
join history.hourly h on h.source = w.source and h.device = w.device
where h.metric = any($3::smallint[]) and h.hour >= $4 and h.hour < $5;

-- name: days
-- daily roll-ups of the same, in hours of UTC
select d.device, d.metric, d.day * 24 - 8 as begin, min(d.low) as low, max(d.high) as high, sum(d.total) as total,
       (array_agg(d.last order by d.source))[1] as last, sum(d.count)::bigint as count
from unnest($1::int[], $2::int[]) w(source, device)
join history.daily d on d.source = w.source and d.device = w.device
where d.metric = any($3::smallint[]) and d.day >= $4 and d.day < $5
group by 1, 2, 3 order by 1, 2, 3;

-- name: mark_day
-- the row is held until the hour is committed: whoever would compute the day waits for it
insert into history.day_mark (day, block) values ($1, $2) on conflict (day, block) do update set block = excluded.block;

-- name: ripe_days
-- days that are over and whose hours are all computed; those of which the archive has hours ($3), or not
select d.day, d.block from history.day_mark d
where d.day < $1
  and not exists (select 1 from history.mark m
                  where m.block = d.block and m.hour >= d.day * 24 - 8 and m.hour < d.day * 24 + 16)
  and $3 = exists (select 1 from history.moved f where f.kind = 'hourly' and f.day between d.day - 1 and d.day)
order by d.day, d.block limit $2;

-- name: take_day
delete from history.day_mark d where d.day = $1 and d.block = $2;

-- name: roll_day
insert into history.daily as d (day, source, device, metric, count, low, high, total, last)
select $1, h.source, h.device, h.metric, sum(h.count), min(h.low), max(h.high), sum(h.total),
       (array_agg(h.last order by h.hour desc))[1]
from history.hourly h
where h.source = any($2::int[]) and h.hour >= $1::integer * 24 - 8 and h.hour < $1 * 24 + 16
group by h.source, h.device, h.metric
on conflict (source, device, metric, day) do update set
    count = excluded.count, low = excluded.low, high = excluded.high, total = excluded.total, last = excluded.last;

-- name: put_day
insert into history.daily as d (day, source, device, metric, count, low, high, total, last)
select $1, * from unnest($2::int[], $3::int[], $4::smallint[], $5::bigint[], $6::float8[], $7::float8[], $8::float8[], $9::float8[])
on conflict (source, device, metric, day) do update set
    count = excluded.count, low = excluded.low, high = excluded.high, total = excluded.total, last = excluded.last;

-- name: waiting
select count(*) from (select distinct m.hour, m.block from history.mark m where m.hour < $1) w;
