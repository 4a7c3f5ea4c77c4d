-- name: kept_from
select min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp at time zone 'UTC'
from pg_class c join pg_inherits i on i.inhrelid = c.oid where i.inhparent = 'history.signal'::regclass;

-- name: loud
-- who said anything but "normal"; one walk over a day
select distinct s.device from history.signal s
where s.received_at >= $1 and s.received_at < $2 and s.kind <> 2 and (s.conditions <> 0 or s.operations <> 0);

-- name: beyond_days
-- days of the city in which something went where one of the policies looks: bounds by type, or of a place with limits of
-- its own
select distinct h.source, h.day
from history.daily h
join registry.device d on d.number = h.device
left join unnest($3::integer[], $4::smallint[], $5::float8[], $6::float8[]) o(place, metric, low, high)
  on o.place = coalesce(d.origin, d.number) and o.metric = h.metric
left join unnest($7::text[], $8::smallint[], $9::float8[], $10::float8[]) b(type, metric, low, high)
  on o.place is null and b.type = d.type and b.metric = h.metric
where h.day >= $1 and h.day < $2
  and (h.low <= coalesce(o.low, b.low) or h.high >= coalesce(o.high, b.high));

-- name: beyond_hours
-- the same of hours whose day is not over or not rolled up yet
select distinct h.source, (h.hour + 8) / 24 as day
from history.hourly h
join registry.device d on d.number = h.device
left join unnest($3::integer[], $4::smallint[], $5::float8[], $6::float8[]) o(place, metric, low, high)
  on o.place = coalesce(d.origin, d.number) and o.metric = h.metric
left join unnest($7::text[], $8::smallint[], $9::float8[], $10::float8[]) b(type, metric, low, high)
  on o.place is null and b.type = d.type and b.metric = h.metric
where h.hour >= $1 and h.hour < $2
  and (h.low <= coalesce(o.low, b.low) or h.high >= coalesce(o.high, b.high));

-- name: heard
-- what they said, in the order in which the city heard it; readings of the days that matter only
select s.device, s.received_at, s.at, s.kind, s.flags, s.conditions, s.known, s.operations, s.points, s.metrics,
       s."values", s.text
from history.signal s
where s.device = any($1::integer[]) and s.at >= $2::timestamptz - interval '2 days' and s.received_at >= $2
  and s.received_at < $3
  and (s.kind <> 2 or (s.device, floor((extract(epoch from s.at) + 28800) / 86400)::integer)
                      in (select * from unnest($4::integer[], $5::integer[])))
order by s.received_at;
