-- name: known_codes
-- Living devices that carry this code as their serial number, or as their address at this gateway.
select d.id::text from registry.device d
where not d.gone and d.serial <> '' and upper(d.serial) = $1
union
select d.id::text from registry.device d where not d.gone and d.gateway = $2 and d.address = any ($3::text[])
limit 3

-- name: job
select id::text, project::text, account, installer, code, device::text, number, unit_id::text, lon, lat, accuracy_m, scanned_at,
       registered_at, pressed_at, test::text, test_until, seen_at, photo, photo_type, in_service_at, changed_at
from installation.job j

-- name: lock_job
select pg_advisory_xact_lock(hashtextextended('installation ' || $1::text, 0))

-- name: put_job
insert into installation.job as j
  (id, project, account, installer, code, device, number, unit_id, lon, lat, accuracy_m, scanned_at, registered_at, pressed_at,
   test, test_until, seen_at, photo, photo_type, in_service_at, changed_at, area, community, industry, grid, unit, station, firm,
   org)
values ($1::uuid, $2::uuid, $3, $4, $5, $6::uuid, $7, $8::uuid, $9, $10, $11, $12, $13, $14, $15::uuid, $16, $17, $18, $19, $20,
        $21, $22, $23, $24, $25, $26, $27, $28, $29)
on conflict (id) do update set
  unit_id = excluded.unit_id, lon = excluded.lon, lat = excluded.lat, accuracy_m = excluded.accuracy_m,
  pressed_at = excluded.pressed_at, test = excluded.test, test_until = excluded.test_until, seen_at = excluded.seen_at,
  photo = excluded.photo, photo_type = excluded.photo_type, in_service_at = excluded.in_service_at,
  changed_at = excluded.changed_at, area = excluded.area, community = excluded.community, industry = excluded.industry,
  grid = excluded.grid, unit = excluded.unit, station = excluded.station, firm = excluded.firm, org = excluded.org

-- name: projects
select p.id::text, p.name, p.unit_id::text, coalesce(u.name, '') as unit_name, p.gateway, p.type, p.planned, p.created_at,
       p.closed_at,
       (select count(*) from installation.job j where j.project = p.id and j.in_service_at is not null)::integer as done,
       (select count(*) from installation.job j where j.project = p.id)::integer as begun
from installation.project p left join registry.unit u on u.id = p.unit_id

-- name: installers
select j.installer as name, count(*) filter (where j.in_service_at is not null)::integer as done, count(*)::integer as begun,
       count(*) filter (where j.in_service_at >= $2)::integer as today,
       percentile_cont(0.5) within group (order by extract(epoch from j.in_service_at - j.scanned_at))
         filter (where j.in_service_at is not null) as median_s
from installation.job j where j.project = $1::uuid
group by j.account, j.installer order by done desc, name limit 200

-- name: add_project
insert into installation.project
  (id, name, unit_id, gateway, type, planned, created_at, created_by, area, community, industry, grid, unit, station, firm, org)
values ($1::uuid, $2, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
