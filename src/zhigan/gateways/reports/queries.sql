-- name: of_external
select * from reports.report where account = $1::uuid and external_id = $2 for update

-- name: one_at_a_time
select pg_advisory_xact_lock(hashtextextended($1, 0x5245))

-- name: lately
select count(*) filter (where kind = 'call') as calls, count(*) as reports
from reports.report where account = $1::uuid and received_at > $2

-- name: add
insert into reports.report
    (id, kind, external_id, account, partner, role, state, received_at, at, changed_at, category, words, place, unit_id,
     unit_name, building, floor, lon, lat, reporter, phone, content, digest, gateway_address, incident,
     area, community, industry, grid, unit, station, firm, org)
values ($1::uuid, $2, $3, $4::uuid, $5, $6, $7, $8, $9, $8, $10, $11, $12, $13::uuid, $14, $15, $16, $17, $18, $19, $20,
        $21::jsonb, $22, $23, $24::uuid, $25, $26, $27, $28, $29, $30, $31, $32)

-- name: change
update reports.report set
    version = version + 1, changed_at = $2, at = $3, category = $4, words = $5, place = $6, lon = $7, lat = $8, reporter = $9,
    phone = $10, content = $11::jsonb, digest = $12
where id = $1::uuid

-- name: move
-- A call that was of another place: it stands anew, where it is now said to be.
update reports.report set
    unit_id = $2::uuid, unit_name = $3, building = $4, floor = $5, gateway_address = $6, sent_at = null, incident = null,
    state = 'received', area = $7, community = $8, industry = $9, grid = $10, unit = $11, station = $12, firm = $13, org = $14
where id = $1::uuid

-- name: say
insert into reports.line (report, at, who, what, detail) values ($1::uuid, $2, $3, $4, $5::jsonb)

-- name: unsent
select id::text, content, gateway_address, unit_id::text, building, floor, place, partner, changed_at, lon, lat, area,
       community, grid
from reports.report
where state = 'received' and kind = 'call' and sent_at is null
order by received_at limit $1

-- name: unsent_one
select id::text, content, gateway_address, unit_id::text, building, floor, place, partner, changed_at, lon, lat, area,
       community, grid
from reports.report
where id = $1::uuid and state = 'received' and kind = 'call' and sent_at is null

-- name: sent
update reports.report set sent_at = $2 where id = $1::uuid and sent_at is null and gateway_address = $3 returning id::text

-- name: unlinked
-- The newest first: what the engine never linked (its device is in test) must not be all that is looked at.
select id::text, gateway_address from reports.report
where state = 'received' and kind = 'call' and sent_at < $1
order by sent_at desc limit $2

-- name: working_on
select distinct incident::text from reports.report where incident = any ($1::uuid[]) and state in ('linked', 'assigned')

-- name: goes_on
update reports.report set incident = $2::uuid where incident = $1::uuid

-- name: ended
select id::text, kind from reports.report where incident = $1::uuid and state in ('linked', 'assigned')

-- name: linked
update reports.report set incident = $2::uuid, state = 'linked', changed_at = $3
where id = $1::uuid and state = 'received' returning id::text

-- name: of_addresses
select id::text, gateway_address from reports.report
where gateway_address = any ($1::text[]) and state = 'received' and sent_at is not null

-- name: end
update reports.report set
    state = $2, reason = $3, outcome = $4, cause = $5, answer = $6, closed_at = $7, changed_at = $8
where id = $1::uuid

-- name: unfinished_lists
-- In the scope that its sender has now.
select r.id::text, r.partner, r.content, a.scope
from reports.report r join access.account a on a.id = r.account
where r.state = 'received' and r.kind = 'camera_list' and r.received_at < $1 order by r.received_at limit 20

-- name: finish_list
update reports.report set state = 'done', result = $2::jsonb, closed_at = $3, changed_at = $3
where id = $1::uuid and kind = 'camera_list'

-- name: reports
select r.id::text, r.kind, r.external_id, r.account::text, r.partner, r.role, r.state, r.reason, r.received_at, r.at,
       r.changed_at, r.version, r.category, r.words, r.place, r.unit_id::text, r.unit_name as unit, r.building, r.floor,
       r.grid, r.community, r.area, r.lon, r.lat, r.reporter, r.phone, r.incident::text as incident_id, r.outcome, r.cause,
       r.answer, r.closed_at, r.result
from reports.report r

-- name: lines
select at, who, what, detail from reports.line where report = $1::uuid order by number

-- name: photos
select id::text, at, type, size from reports.photo where report = $1::uuid order by at, id

-- name: photo
select p.sha256, p.type from reports.photo p where p.report = $1::uuid and p.id = $2::uuid

-- name: add_photo
insert into reports.photo (id, report, at, sha256, type, size) values ($1::uuid, $2::uuid, $3, $4, $5, $6)
on conflict (report, sha256) do nothing returning id::text

-- name: count_photos
select count(*) from reports.photo where report = $1::uuid

-- name: phone
select reporter, place, phone from reports.report where id = $1::uuid and phone <> ''

-- name: senders
select r.account::text, (array_agg(r.partner order by r.received_at desc))[1] as partner,
       (array_agg(r.role order by r.received_at desc))[1] as role, count(*) as reports, max(r.received_at) as last_at
from reports.report r where r.received_at > $1 group by r.account order by max(r.received_at) desc limit 200

-- name: refuse
insert into reports.refusal
    (id, at, account, partner, kind, external_id, errors, body, area, community, industry, grid, unit, station, firm, org)
values ($1::uuid, $2, $3::uuid, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: forget_refusals
delete from reports.refusal f where f.account = $1::uuid and f.number <= (
    select number from reports.refusal where account = $1::uuid order by number desc offset $2 limit 1)

-- name: refusals
select f.number, f.id::text, f.at, f.account::text, f.partner, f.kind, f.external_id, f.errors, f.body from reports.refusal f

-- name: grid_ground
-- Where a grid lies: its organisation, else the units that belong to it.
select area, community from (
    select area, community, 0 as rank from registry.organisation
    where dimension = 'grid' and code = $1 and retired_at is null and area <> ''
    union all (select area, community, 1 from registry.unit where grid = $1 and retired_at is null limit 1)) g
order by rank limit 1

-- name: drawn_ground
-- The grid in whose boundary a position lies.
select code as grid, area, community from registry.organisation
where dimension = 'grid' and retired_at is null and shape @> point($1::float8, $2::float8)
order by area(shape::path), id limit 1

-- name: near_ground
-- Whose area a position is, as far as the units around it tell: the nearest within about 1.5 km.
select area from registry.unit
where retired_at is null and area <> '' and lon between $1::float8 - 0.015 and $1 + 0.015
  and lat between $2::float8 - 0.015 and $2 + 0.015
order by (lon - $1) * (lon - $1) * 0.79 + (lat - $2) * (lat - $2) limit 1

-- name: community_ground
select area from registry.community where code = $1

-- name: device_at
select d.id::text, d.name, d.place, d.lon, d.lat, u.code as unit, d.gone from registry.device d
left join registry.unit u on u.id = d.unit_id
where d.gateway = $1 and d.address = $2 and not d.gone

-- name: over
select r.id::text, r.gateway_address, exists (
    select from reports.report o where o.gateway_address = r.gateway_address and o.state in ('received', 'linked')) as called
from reports.report r
where r.state in ('done', 'rejected') and r.gateway_address is not null limit $1

-- name: calmed
update reports.report set gateway_address = null where id = any ($1::uuid[]) and state in ('done', 'rejected')
