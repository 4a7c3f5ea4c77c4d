-- The city's state in sums, for whoever must know it and no person in it. `{where}`: the scope.

-- name: grades
select i.grade, count(*)::integer as open, (count(*) filter (where i.state in ('open', 'verifying')))::integer as unverified
from incidents.incident i
where i.state <> 'closed' and i.merged_into is null and {where}
group by i.grade

-- name: spots
-- To a thousandth of a degree, some hundred metres: no house is told.
select round(i.lon::numeric, 3)::float8 as lon, round(i.lat::numeric, 3)::float8 as lat, min(i.grade)::integer as grade,
       count(*)::integer as n
from incidents.incident i
where i.state <> 'closed' and i.merged_into is null and i.queue <> 'task' and i.lon is not null and i.lat is not null
  and {where}
group by 1, 2
order by 3, 4 desc, 1, 2
limit 500

-- name: newest
select i.received_at as at, i.grade, i.kind, i.state, coalesce(i.outcome, '') as outcome, coalesce(a.name, '') as area,
       coalesce(s.name, '') as street
from (
    select * from incidents.incident i where i.queue = 'desk' and i.merged_into is null and {where}
    order by i.received_at desc, i.id desc limit 10
) i
left join registry.area a on a.code = i.area
left join registry.street s on s.code = left(i.community, 9)
order by i.received_at desc, i.id desc

-- name: gravest
-- Open ones of grade I, the newest first.
select i.received_at as at, i.kind, i.state, coalesce(a.name, '') as area, coalesce(s.name, '') as street, i.industry,
       i.alarm_count as alarms, i.claimed_at as accepted_at, i.confirmed_at
from (
    select * from incidents.incident i
    where i.queue = 'desk' and i.grade = 1 and i.state <> 'closed' and i.merged_into is null and {where}
    order by i.received_at desc, i.id desc limit 6
) i
left join registry.area a on a.code = i.area
left join registry.street s on s.code = left(i.community, 9)
order by i.received_at desc, i.id desc

-- name: served
-- What came to the desk from $1 to $2, with the times of its steps. Closed as X2 (unknown, nobody went) nothing was verified.
select i.id::text, i.area, i.firm, i.org, i.received_at, i.claimed_at, coalesce(i.claimed_by, '') as claimed_by,
       coalesce(i.confirmed_at, case when i.cause is distinct from 'X2' then i.closed_at end) as verified_at, i.closed_at,
       not 'test' = any (i.flags) and i.came_from = '{}' as tells
from incidents.incident i
where i.desk and i.merged_into is null and i.received_at >= $1 and i.received_at < $2 and {where}
order by i.received_at, i.id
limit $3

-- name: faults
-- Faults that were told of from $1 to $2, with when they were over.
select i.area, i.firm, i.org, i.received_at, i.closed_at
from incidents.incident i
where not i.desk and i.kind = 'fault' and i.merged_into is null and i.received_at >= $1 and i.received_at < $2 and {where}
order by i.received_at, i.id
limit $3

-- name: lasting
-- Open at $1 and older than $2.
select i.grade, count(*)::integer as n, max(extract(epoch from $1::timestamptz - i.received_at))::bigint as oldest_s
from incidents.incident i
where i.merged_into is null and i.queue <> 'task' and i.received_at < $1::timestamptz - $2::interval
  and (i.closed_at is null or i.closed_at >= $1) and {where}
group by i.grade order by i.grade

-- name: chattering
-- Devices that alarmed $3 times within a minute: in rows of their own, or repeated on one; the most often first.
with said as (
    select a.device_id, a.device, i.unit_name, i.place, a.count,
           a.raised_at - lag(a.raised_at, $3::integer - 1) over (partition by a.device_id order by a.raised_at, a.id) as span,
           greatest(60, extract(epoch from a.last_at - a.raised_at)) as held_s
    from incidents.alarm a join incidents.incident i on i.id = a.incident
    where a.device_id is not null and a.raised_at >= $1 and a.raised_at < $2 and {where}
)
select device_id::text as id, max(device) as name, max(unit_name) as unit, max(place) as place,
       (count(*) filter (where span <= interval '1 minute' or (count >= $3 and count * 60 >= $3 * held_s)))::integer as times
from said group by device_id
having count(*) filter (where span <= interval '1 minute' or (count >= $3 and count * 60 >= $3 * held_s)) > 0
order by 5 desc, 1 limit 20
