-- What is kept silent. `{where}` is the scope, put in by store.py as a text of its own with parameters; $1 is now.

-- name: tests
select 'test' as kind, t.id::text, t.unit_id::text, u.name as unit, coalesce(b.name, '') as building, null::text as device_id,
       '' as device, '' as type, '' as floor, '' as compartment, '' as flat, '' as place, t.person as who, t.purpose as why,
       t.starts_at as since, t.ends_at as until,
       nullif(cardinality(t.devices) + cardinality(t.systems), 0) as devices, u.lon, u.lat
from registry.test_mode d
join registry.test_mode t on t.id = d.id
join registry.unit u on u.id = t.unit_id
left join registry.building b on b.id = t.building_id
where t.starts_at <= $1 and t.ends_at > $1 and t.ended_at is null and {where}

-- name: suspended
select 'suspended' as kind, d.id::text, d.unit_id::text, coalesce(u.name, '') as unit, coalesce(b.name, '') as building,
       d.id::text as device_id, coalesce(nullif(d.name, ''), d.address) as device, d.type, d.floor, d.compartment, d.flat,
       d.place, d.suspended_by as who, d.suspended_why as why, d.suspended_at as since, d.suspended_until as until,
       1 as devices, u.lon, u.lat
from registry.device d
left join registry.unit u on u.id = d.unit_id
left join registry.building b on b.id = d.building_id
where d.state = 'suspended' and $1::timestamptz is not null and {where}

-- name: quiet
-- $2: shielded; what is not is in its own test mode.
select case when n.conditions & $2::bigint <> 0 then 'shielded' else 'device_test' end as kind, d.id::text, d.unit_id::text,
       coalesce(u.name, '') as unit, coalesce(b.name, '') as building, d.id::text as device_id,
       coalesce(nullif(d.name, ''), d.address) as device, d.type, d.floor, d.compartment, d.flat, d.place, '' as who,
       '' as why, n.quiet_since as since, null::timestamptz as until, 1 as devices, u.lon, u.lat
from registry.quiet_devices() n
join registry.device d on d.number = n.number and not d.gone
left join registry.unit u on u.id = d.unit_id
left join registry.building b on b.id = d.building_id
where $1::timestamptz is not null and {where}

-- name: paged
-- Of one of the three above: what comes after the page before, in order.
select * from ({silences}) silent
where {beyond}
order by {order}
limit {limit}

-- name: counted
-- Of one of the three above. $1 is now; a warning as rules.warning says.
select kind, count(*)::integer as n,
       count(*) filter (where until <= $1 or $1 - since > interval '24 hours')::integer as warnings
from ({silences}) silent
group by kind

-- name: placed
select unit_id, unit, lon, lat, count(*)::integer as n, bool_or(kind = 'test') as test
from ({silences}) silent
where unit_id is not null and lon is not null and lat is not null
group by 1, 2, 3, 4
