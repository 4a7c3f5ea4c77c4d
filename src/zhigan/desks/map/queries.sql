-- What the map reads. `{troubled}` and the filters are put in by store.py as texts of its own; values are parameters.
-- Cells are of level $1 = 2^BASE; Web Mercator as in rules.project, which a test compares.
-- A device stands where it was put, else where its building stands, else its unit.

-- name: troubled
left join (select number, case {whens} end as word from registry.troubled_devices()) n
       on n.number = d.number

-- name: placing
-- Another number: something was placed anew, and what stands where is to be counted anew.
select last_value from registry.placing

-- name: more_memory
-- For this transaction: counting 300,000 devices by place wants a table in memory, not a sort on disk.
select set_config('work_mem', '64MB', true)

-- name: device_cells
-- What stands where, whatever it is in.
select floor((lon / 360 + 0.5) * $1)::integer as x,
       floor((0.5 - ln((1 + sin(radians(lat))) / (1 - sin(radians(lat)))) / (4 * pi())) * $1)::integer as y,
       sum(n)::integer as n, 0 as alarm, 0 as offline, 0 as fault, 0 as shielded
from (
    -- First by place: thousands of detectors stand where their building stands, and are projected once.
    select case when p.lon is not null then p.lon when b.lon is not null then b.lon else u.lon end as lon,
           case when p.lon is not null then p.lat when b.lon is not null then b.lat else u.lat end as lat, p.n
    from (
        select d.unit_id, d.building_id, case when d.lat is not null then d.lon end as lon,
               case when d.lon is not null then d.lat end as lat, count(*) as n
        from registry.device d
        where not d.gone and {where}
        group by 1, 2, 3, 4
    ) p
    left join registry.building b on b.id = p.building_id and b.lon is not null and b.lat is not null
    left join registry.unit u on u.id = p.unit_id and u.lon is not null and u.lat is not null
) placed
where lon is not null
group by 1, 2

-- name: troubled_cells
-- Of these the few that are in something; `n` counts them all.
select floor((lon / 360 + 0.5) * $1)::integer as x,
       floor((0.5 - ln((1 + sin(radians(lat))) / (1 - sin(radians(lat)))) / (4 * pi())) * $1)::integer as y,
       count(*)::integer as n, count(*) filter (where word = 'alarm')::integer as alarm,
       count(*) filter (where word = 'offline')::integer as offline, count(*) filter (where word = 'fault')::integer as fault,
       count(*) filter (where word = 'shielded')::integer as shielded
from (
    select case when d.lon is not null and d.lat is not null then d.lon
                when b.lat is not null and b.lon is not null then b.lon else u.lon end as lon,
           case when d.lon is not null and d.lat is not null then d.lat
                when b.lat is not null and b.lon is not null then b.lat else u.lat end as lat, n.word
    from (select number, case {whens} end as word from registry.troubled_devices()) n
    join registry.device d on d.number = n.number
    left join registry.unit u on u.id = d.unit_id
    left join registry.building b on b.id = d.building_id
    where n.word is not null and not d.gone and {where}
) placed
where lon is not null and lat is not null
group by 1, 2

-- name: device_dots
select lon, lat, count(*)::integer as n, (array_agg(id))[1] as id, (array_agg(name))[1] as name,
       (array_agg(unit_id))[1] as unit_id, max(unit) as unit,
       count(distinct unit_id) > 1 as mixed,
       count(*) filter (where word = 'alarm')::integer as alarm,
       count(*) filter (where word = 'offline')::integer as offline,
       count(*) filter (where word = 'fault')::integer as fault,
       count(*) filter (where word = 'shielded')::integer as shielded
from (
    select case when d.lon is not null and d.lat is not null then d.lon
                when b.lat is not null and b.lon is not null then b.lon else u.lon end as lon,
           case when d.lon is not null and d.lat is not null then d.lat
                when b.lat is not null and b.lon is not null then b.lat else u.lat end as lat,
           d.id, coalesce(nullif(d.name, ''), d.address) as name, d.unit_id, u.name as unit, n.word
    from registry.device d
    left join registry.unit u on u.id = d.unit_id
    left join registry.building b on b.id = d.building_id
    {troubled}
    where d.number in (select registry.devices_here($1::box)) and not d.gone and {where}
) placed
where lon is not null and lat is not null
group by lon, lat
order by 9 desc, n desc
limit $2

-- name: unit_cells
select floor((d.lon / 360 + 0.5) * $1)::integer as x,
       floor((0.5 - ln((1 + sin(radians(d.lat))) / (1 - sin(radians(d.lat)))) / (4 * pi())) * $1)::integer as y,
       count(*)::integer as n, 0 as alarm, 0 as offline, 0 as fault, 0 as shielded
from registry.unit d
where d.lon is not null and d.lat is not null and {where}
group by 1, 2

-- name: unit_dots
select d.lon, d.lat, 1 as n, d.id, d.name, d.id as unit_id, d.name as unit, false as mixed,
       0 as alarm, 0 as offline, 0 as fault, 0 as shielded
from registry.unit d
where d.id in (select registry.units_here($1::box)) and {where}
order by d.class, d.code
limit $2

-- name: hydrant_cells
select floor((d.lon / 360 + 0.5) * $1)::integer as x,
       floor((0.5 - ln((1 + sin(radians(d.lat))) / (1 - sin(radians(d.lat)))) / (4 * pi())) * $1)::integer as y,
       count(*)::integer as n, 0 as alarm, 0 as offline, 0 as fault, 0 as shielded
from registry.hydrant d
left join registry.device_now n on n.number = d.device
where {where}
group by 1, 2

-- name: hydrant_dots
select d.lon, d.lat, 1 as n, d.id, coalesce(nullif(d.name, ''), d.code) as name, null::uuid as unit_id, '' as unit,
       false as mixed, 0 as alarm, 0 as offline, 0 as fault, 0 as shielded
from registry.hydrant d
left join registry.device_now n on n.number = d.device
where d.id in (select registry.hydrants_here($1::box)) and {where}
order by d.code
limit $2
