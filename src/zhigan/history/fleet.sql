-- name: who
-- those that measured $1 at some time, whatever became of them; read under the caller's scope, whose condition stands first
select d.number, d.id::text as id, coalesce(nullif(d.name, ''), d.address) as name, d.unit_id::text as unit_id,
       coalesce(u.name, '') as unit
from registry.device d join registry.device_now n on n.number = d.number left join registry.unit u on u.id = d.unit_id
where {scope} and n.metrics @> array[{metric}::smallint]
  and ({unit}::uuid is null or d.unit_id = {unit}) and ({area}::text is null or d.area = {area})
limit {limit};

-- name: hours
-- what PostgreSQL has of hours [$3, $4) of these devices: by hour and by device, the extreme that is looked for with who and when
select h.hour, h.device, max(h.high) as high, min(h.low) as low, {extreme} as far, sum(h.total) as total,
       sum(h.count)::bigint as count
from history.hourly h
where h.metric = $1 and h.device = any($2::int[]) and h.hour >= $3 and h.hour < $4
group by grouping sets ((h.hour), (h.device));

-- name: fresh
-- hours of days that have moved, computed anew since
select h.hour, h.source, h.device, h.metric, h.count, h.low, h.high, h.total, h.last
from history.hourly h where h.metric = $1 and h.device = any($2::int[]) and h.hour >= $3 and h.hour < $4;
