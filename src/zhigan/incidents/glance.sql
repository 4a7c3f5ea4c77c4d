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
-- What came to the desk from $1 to $2, with the times of its steps.
select i.id::text, i.area, i.firm, i.org, i.received_at, i.claimed_at, coalesce(i.claimed_by, '') as claimed_by,
       coalesce(i.confirmed_at, i.closed_at) as verified_at
from incidents.incident i
where i.desk and i.merged_into is null and i.received_at >= $1 and i.received_at < $2 and {where}
order by i.received_at, i.id
limit $3
