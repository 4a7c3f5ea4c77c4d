-- name: cases
select key, state, due_at from alarms.case_state where key = any($1::text[]);

-- name: case_put
insert into alarms.case_state (key, state, due_at, changed_at)
select * from unnest($1::text[], $2::bytea[], $3::timestamptz[], $4::timestamptz[])
on conflict (key) do update set state = excluded.state, due_at = excluded.due_at, changed_at = excluded.changed_at;

-- name: case_drop
delete from alarms.case_state where key = any($1::text[]);

-- name: due
select key, due_at from alarms.case_state where due_at is not null order by due_at;

-- name: policy_active
select version, document, state, made_at, made_by, activated_at, activated_by from alarms.policy where state = 'active';

-- name: policy_first
insert into alarms.policy (version, document, state, made_at, made_by, activated_at, activated_by)
values (1, $1, 'active', $2, 'zhigan', $2, 'zhigan') on conflict do nothing;

-- name: unit_places
select u.id::text, u.code, u.name, u.address, u.lon, u.lat, u.closed_hours,
       u.area, u.community, u.industry, u.grid, u.unit, u.station, u.firm, u.org
from registry.unit u where u.id = any($1::uuid[]);

-- name: building_places
select b.id::text, b.unit_id::text, b.code, b.name, b.lon, b.lat
from registry.building b where b.unit_id = any($1::uuid[]);
