-- Circuits, what measures them, the owner's consents. Reading for people is done on a connection bound to the principal.

-- name: ground
-- What hangs on this breaker, with the consent that stands at $2 and reaches furthest; $3: current.
select c.id::text as circuit, c.feeds, c.load_class, c.panel_cuts, c.unit_id::text,
       coalesce(c.building_id, d.building_id)::text as building_id, s.given_by, s.ends_at,
       exists (select from electrical.channel h where h.circuit = c.id and h.metric = $3) as measured
from registry.device d
join electrical.circuit c on c.breaker = coalesce(d.origin, d.number)
left join lateral (
    select k.given_by, k.ends_at from electrical.consent k
    where k.circuit = c.id and k.revoked_at is null and k.starts_at <= $2 order by k.ends_at desc limit 1
) s on true
where d.id = $1::uuid and not d.gone

-- name: circuits
-- `true` gives way to the scope and the filters; $1 is now. `u` carries the scope.
select c.id::text, c.code, c.name, c.unit_id::text, u.name as unit_name, c.building_id::text,
       u.area, coalesce(b.name, '') as building, c.panel, c.place, c.phases, c.rating_a, c.load_class, c.feeds, c.panel_cuts,
       d.id::text as breaker_id, coalesce(nullif(d.name, ''), d.address, '') as breaker_name,
       coalesce(n.conditions, 0) as breaker_conditions, n.seen_at is not null as breaker_seen,
       (select max(k.ends_at) from electrical.consent k
        where k.circuit = c.id and k.revoked_at is null and k.starts_at <= $1 and k.ends_at > $1) as consented_until,
       c.changed_at
from electrical.circuit c
join registry.unit u on u.id = c.unit_id
left join registry.building b on b.id = c.building_id
left join registry.device d on coalesce(d.origin, d.number) = c.breaker and not d.gone
left join registry.device_now n on n.number = d.number

-- name: channels
select h.circuit::text, h.metric, h.phase, d.id::text as device_id, coalesce(nullif(d.name, ''), d.address) as device,
       d.number, d.parent, d.gateway, d.address, coalesce(n.conditions, 0) as conditions, n.seen_at is not null as seen,
       s.at as limit_at, s.set_by as limit_by, s.set_at as limit_set
from electrical.channel h
join registry.device f on f.number = h.place
join registry.device d on not d.gone and (d.number = h.place or d.origin = h.place)
left join registry.device_now n on n.number = d.number
left join electrical.own_limit s on s.circuit = h.circuit and s.metric = h.metric and s.ended_at is null
where h.circuit = any ($1::uuid[])
order by h.circuit, h.metric, h.phase

-- name: by_code
select c.id::text from electrical.circuit c where c.unit_id = $1::uuid and c.code = $2

-- name: add
insert into electrical.circuit (id, unit_id, building_id, code, name, panel, place, phases, rating_a, load_class, feeds,
                                panel_cuts, breaker, created_at, changed_at)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
on conflict do nothing
returning id

-- name: change
update electrical.circuit set
    building_id = $2::uuid, code = $3, name = $4, panel = $5, place = $6, phases = $7, rating_a = $8, load_class = $9,
    feeds = $10, panel_cuts = $11, breaker = $12, changed_at = $13
where id = $1::uuid

-- name: taken
-- The code is another's in the unit, or the breaker opens another circuit.
select exists (select from electrical.circuit c where c.unit_id = $1::uuid and c.code = $2 and c.id <> $4::uuid) as code,
       exists (select from electrical.circuit c where c.breaker = $3 and c.id <> $4::uuid) as breaker

-- name: drop_channels
delete from electrical.channel where circuit = $1::uuid returning place

-- name: add_channels
insert into electrical.channel (circuit, metric, phase, place)
select $1::uuid, * from unnest($2::smallint[], $3::text[], $4::integer[])

-- name: remove
delete from electrical.circuit where id = $1::uuid

-- name: places
-- Devices of one unit by their ids: where they stand, and what they are.
select d.id::text, coalesce(d.origin, d.number) as place, d.type, d.unit_id::text
from registry.device d where d.id = any ($1::uuid[]) and not d.gone

-- name: consents
select k.id::text, k.circuit::text, k.given_by, k.signed_on, k.starts_at, k.ends_at, k.words, k.automatic, k.file_name, k.file_type,
       encode(k.sha256, 'hex') as sha256, k.recorded_at, k.recorded_by, k.revoked_at, k.revoked_by, k.revoked_why
from electrical.consent k where k.circuit = $1::uuid order by k.recorded_at desc, k.id desc limit 200

-- name: add_consent
insert into electrical.consent (id, circuit, given_by, signed_on, starts_at, ends_at, words, sha256, file_name, file_type,
                                recorded_at, recorded_by, account, automatic)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::uuid, $14)

-- name: revoke
update electrical.consent set revoked_at = $3, revoked_by = $4, revoked_why = $5
where id = $1::uuid and circuit = $2::uuid and revoked_at is null
returning id

-- name: measured
-- What is measured at these places, with what its circuit says of it.
select h.place, h.metric, h.phase, c.phases, c.rating_a, s.at as limit_at, s.set_by as limit_by, s.set_at as limit_set
from electrical.channel h join electrical.circuit c on c.id = h.circuit
left join electrical.own_limit s on s.circuit = h.circuit and s.metric = h.metric and s.ended_at is null
where h.place = any ($1::integer[])

-- name: measured_places
select distinct h.place from electrical.channel h

-- name: watched
-- Circuits by id behind $1, so many ($2): what the rounds of the watch look at.
select c.id::text, c.phases, c.rating_a, u.area from electrical.circuit c join registry.unit u on u.id = c.unit_id
where c.id > $1::uuid order by c.id limit $2

-- name: left_behind
-- Devices that measure no circuit any more, and of which the watch ($1) has told something that still stands.
select d.gateway, d.address
from registry.device_now n
join registry.device d on d.number = n.number and not d.gone
where n.conditions <> 0 and n.conditions & $1::bigint <> 0
  and not exists (select from electrical.channel h where h.place = coalesce(d.origin, d.number))
limit 1000

-- name: standing
-- Agreements that have not ended, with their circuit's ground at $1: breaker, place, the consent that names it. What was
-- told in rehearsal a moment ago holds nothing up once it is live.
select a.id::text, a.circuit::text, a.metrics, a.limits, a.hold_s, a.begun_at, a.begun_by, a.asked_at, a.asked_by,
       a.asker::text, a.why, a.until, a.approved_at, a.approved_by, a.approver::text, a.ended_at, a.ended_by, a.ended_why,
       (select max(t.at) from electrical.trip t where t.automatic = a.id
        and t.live = coalesce(a.approved_at <= $1 and a.until > $1, false)) as tripped_at,
       c.unit_id::text, coalesce(c.building_id, d.building_id)::text as building_id, c.rating_a,
       d.id::text as breaker_id,
       (select max(k.ends_at) from electrical.consent k where k.circuit = c.id and k.automatic
        and k.revoked_at is null and k.starts_at <= $1 and k.ends_at > $1) as named_until
from electrical.automatic a
join electrical.circuit c on c.id = a.circuit
left join registry.device d on coalesce(d.origin, d.number) = c.breaker and not d.gone
where a.ended_at is null and ($2::uuid is null or a.circuit = $2::uuid)

-- name: lock_automatic
select a.ended_at is null from electrical.automatic a where a.id = $1::uuid for update

-- name: circuit_of_trip
select a.circuit::text, t.automatic::text from electrical.trip t join electrical.automatic a on a.id = t.automatic
where t.command = $1::uuid

-- name: rehearse
insert into electrical.automatic (id, circuit, metrics, limits, hold_s, begun_at, begun_by)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7)

-- name: ask_live
-- An approval whose time is over gives way to the next one; the audit trail keeps it.
update electrical.automatic set asked_at = $2, asked_by = $3, asker = $4::uuid, why = $5, until = $6,
    approved_at = null, approved_by = '', approver = null
where id = $1::uuid and ended_at is null

-- name: approve_live
update electrical.automatic set approved_at = $2, approved_by = $3, approver = $4::uuid
where id = $1::uuid and ended_at is null and approved_at is null and asked_at is not null

-- name: end_automatic
update electrical.automatic set ended_at = $2, ended_by = $3, ended_why = $4
where id = $1::uuid and ended_at is null returning id

-- name: add_trip
insert into electrical.trip (id, automatic, at, held_s, metric, phase, value, most, limit_at, readings, live, against, command)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::uuid)

-- name: trips
select t.at, t.held_s, t.metric, t.phase, t.value, t.most, t.limit_at, t.readings, t.live, t.against, t.command::text
from electrical.trip t join electrical.automatic a on a.id = t.automatic
where a.circuit = $1::uuid order by t.at desc limit $2

-- name: own_limits
-- All that were ever set for the circuit, newest first.
select s.id::text, s.metric, s.at, s.why, s.set_at, s.set_by, s.ended_at, s.ended_by, s.ended_why
from electrical.own_limit s where s.circuit = $1::uuid order by s.set_at desc, s.id desc limit 200

-- name: end_own_limit
update electrical.own_limit set ended_at = $3, ended_by = $4, ended_why = $5
where circuit = $1::uuid and metric = $2 and ended_at is null
returning id

-- name: set_own_limit
insert into electrical.own_limit (id, circuit, metric, at, why, set_at, set_by, account)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8::uuid)

-- name: places_of
select distinct h.place from electrical.channel h where h.circuit = $1::uuid and h.metric = $2

-- name: reclosed
select r.command::text, r.at, r.words, r.sha256 is not null as photo, r.recorded_at, r.recorded_by
from electrical.reclosed r where r.circuit = $1::uuid order by r.at desc limit 200

-- name: add_reclosed
insert into electrical.reclosed (id, circuit, command, at, words, sha256, file_type, recorded_at, recorded_by, account)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10::uuid)
on conflict do nothing returning id

-- name: reclosed_photo
select r.sha256, r.file_type from electrical.reclosed r
where r.circuit = $1::uuid and r.command = $2::uuid and r.sha256 is not null
