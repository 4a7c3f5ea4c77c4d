-- name: seats
-- Accounts that may sit at a desk. Those of single units are many: only those of these units.
select a.id, a.role, a.scope, coalesce(h.kind, '') as hosted, coalesce(h.short_name, '') as name,
       exists (select from access.session s where s.account = a.id and s.seen_at > $3 and s.expires_at > $4) as attended
from access.account a left join access.hosted h on h.id = a.hosted and h.closed_at is null
where a.disabled_at is null and a.role = any ($1::text[])
  and (a.role <> 'unit'
       or string_to_array(split_part(substr(a.scope, strpos(a.scope, 'unit:') + 5), '+', 1), ',') && $2::text[])

-- name: hosted
select coalesce(h.kind, '') as kind, coalesce(h.short_name, '') as name
from access.account a left join access.hosted h on h.id = a.hosted and h.closed_at is null
where a.id = $1::uuid

-- name: areas
select code, name from registry.area where code = any ($1::text[])

-- name: unit_names
select unit, name from registry.unit where unit = any ($1::text[]) order by unit

-- name: held
select * from handling.holding where incident = any ($1::uuid[]) order by incident for update

-- name: held_below
-- What waits to be passed on, the city's apart: theirs it stays.
select * from handling.holding where open and level < 3 order by incident limit $1 for update

-- name: keep
insert into handling.holding
  (incident, grade, open, level, name, began_at, since, until, next, area, community, industry, grid, unit, station, firm, org)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict (incident) do update set
  grade = excluded.grade, open = excluded.open, level = excluded.level, name = excluded.name, since = excluded.since,
  until = excluded.until, next = excluded.next, area = excluded.area, community = excluded.community, industry = excluded.industry,
  grid = excluded.grid, unit = excluded.unit, station = excluded.station, firm = excluded.firm, org = excluded.org

-- name: forget
delete from handling.holding where incident = any ($1::uuid[])

-- name: shown
select incident::text, level, name, since, until, next from handling.holding where open order by incident limit $1
