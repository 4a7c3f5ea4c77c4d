-- name: lock_incidents
-- In the order of ids, so that two writers never wait for each other in a ring.
select * from incidents.incident where id = any ($1::uuid[]) order by id for update

-- name: lock_incident
select * from incidents.incident where id = $1::uuid for update

-- name: slot_holders
select slot, id from incidents.incident
where slot = any ($1::text[]) and state <> 'closed' and merged_into is null

-- name: standing
select id, version, state, grade, merged_into, case_key, slot from incidents.incident where id = any ($1::uuid[])

-- name: open_of_case
select id, version, state, grade, merged_into, case_key, slot from incidents.incident
where case_key = any ($1::text[]) and state <> 'closed' and merged_into is null
order by id

-- name: insert_incidents
insert into incidents.incident (
  id, version, grade, kind, state, outcome, slot, case_key, locus, place, unit_id, unit_code, unit_name,
  building_id, building_code, building_name, lon, lat, reasons, flags, opened_at, received_at, last_signal_at,
  verify_by, answer_by, closed_at, merged_into, alarm_count, desk, seq, hash,
  area, community, industry, grid, unit, station, firm, org
)
select
  id, version, grade, kind, state, outcome, slot, case_key, locus, place, unit_id, unit_code, unit_name,
  building_id, building_code, building_name, lon, lat, reasons::jsonb, string_to_array(flags, ','), opened_at,
  received_at, last_signal_at, verify_by, answer_by, closed_at, merged_into, alarm_count, desk, seq, hash,
  area, community, industry, grid, unit, station, firm, org
from unnest(
  $1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::text[], $11::uuid[], $12::text[], $13::text[], $14::uuid[], $15::text[], $16::text[], $17::float8[],
  $18::float8[], $19::text[], $20::text[], $21::timestamptz[], $22::timestamptz[], $23::timestamptz[],
  $24::timestamptz[], $25::timestamptz[], $26::timestamptz[], $27::uuid[], $28::int[], $29::bool[], $30::int[],
  $31::bytea[], $32::text[], $33::text[], $34::text[], $35::text[], $36::text[], $37::text[], $38::text[], $39::text[]
) as u (
  id, version, grade, kind, state, outcome, slot, case_key, locus, place, unit_id, unit_code, unit_name,
  building_id, building_code, building_name, lon, lat, reasons, flags, opened_at, received_at, last_signal_at,
  verify_by, answer_by, closed_at, merged_into, alarm_count, desk, seq, hash,
  area, community, industry, grid, unit, station, firm, org
)
order by slot
on conflict (slot) where state <> 'closed' and merged_into is null do nothing
returning id

-- name: update_incidents
update incidents.incident i set
  version = u.version, grade = u.grade, kind = u.kind, state = u.state, outcome = u.outcome, cause = u.cause,
  basis = u.basis, slot = u.slot, reasons = u.reasons::jsonb, flags = string_to_array(u.flags, ','),
  opened_at = u.opened_at, received_at = u.received_at, last_signal_at = u.last_signal_at, verify_by = u.verify_by,
  answer_by = u.answer_by, claimed_by = u.claimed_by, claimed_name = u.claimed_name, claimed_at = u.claimed_at,
  confirmed_at = u.confirmed_at, closed_at = u.closed_at, merged_into = u.merged_into, alarm_count = u.alarm_count,
  desk = u.desk, seq = u.seq, hash = u.hash
from unnest(
  $1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
  $16::timestamptz[], $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[],
  $22::uuid[], $23::int[], $24::bool[], $25::int[], $26::bytea[]
) as u (
  id, version, grade, kind, state, outcome, cause, basis, slot, reasons, flags, opened_at, received_at,
  last_signal_at, verify_by, answer_by, claimed_by, claimed_name, claimed_at, confirmed_at, closed_at, merged_into,
  alarm_count, desk, seq, hash
)
where i.id = u.id

-- name: flatten_merged
update incidents.incident i set merged_into = u.into_id
from unnest($1::uuid[], $2::uuid[]) as u (gone, into_id)
where i.merged_into = u.gone

-- name: insert_alarms
insert into incidents.alarm (
  id, incident, device_id, gateway, address, device, component, kind, condition, raised_at, received_at, last_at,
  cleared_at, count, text, raw
)
select
  id, incident, device_id, gateway, address, device, component, kind, condition, raised_at, received_at, received_at,
  cleared_at, count, text, raw
from unnest(
  $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::int[], $14::text[], $15::bytea[]
) as u (
  id, incident, device_id, gateway, address, device, component, kind, condition, raised_at, received_at, cleared_at,
  count, text, raw
)

-- name: mark_alarms
update incidents.alarm a set
  count = greatest(a.count, coalesce(u.count, a.count)),
  last_at = greatest(a.last_at, coalesce(u.last_at, a.last_at)),
  cleared_at = case when u.stands then null else coalesce(u.cleared_at, a.cleared_at) end
from unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::bool[])
  as u (id, count, last_at, cleared_at, stands)
where a.id = u.id

-- name: insert_lines
insert into incidents.timeline (incident, seq, at, who, what, detail, prev_hash, hash)
select incident, seq, at, who, what, detail, prev_hash, hash
from unnest(
  $1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bytea[]
) as u (incident, seq, at, who, what, detail, prev_hash, hash)

-- name: notify_case
select pg_notify('zhigan_case', $1)

-- name: chains
select i.id, i.seq as head_seq, i.hash as head_hash, t.seq, t.at, t.who, t.what, t.detail, t.prev_hash, t.hash
from incidents.incident i
left join incidents.timeline t on t.incident = i.id
order by i.id, t.seq

-- name: orphan_line
select t.incident, t.seq from incidents.timeline t
where not exists (select 1 from incidents.incident i where i.id = t.incident)
limit 1
