-- name: lock_incidents
-- In the order of ids, so that two writers never wait for each other in a ring.
select * from incidents.incident where id = any ($1::uuid[]) order by id for update

-- name: lock_incident
select * from incidents.incident where id = $1::uuid for update

-- name: slot_holders
select slot, id from incidents.incident
where slot = any ($1::text[]) and state <> 'closed' and merged_into is null

-- name: standing
select id, version, state, grade, merged_into, case_key, slot, kind, split_from, flags
from incidents.incident where id = any ($1::uuid[])

-- name: standing_in
-- Those that are known, and whatever else runs in their cases: people may have taken it out of another one.
select id, version, state, grade, merged_into, case_key, slot, kind, split_from, flags
from incidents.incident where id = any ($1::uuid[])
union all
select id, version, state, grade, merged_into, case_key, slot, kind, split_from, flags
from incidents.incident
where case_key = any ($2::text[]) and state <> 'closed' and merged_into is null and id <> all ($1::uuid[])
union all
select id, version, state, grade, merged_into, case_key, slot, kind, split_from, flags
from incidents.incident
where split_from = any ($1::uuid[]) and state = 'closed' and id <> all ($1::uuid[])

-- name: astray
-- Open incidents whose unit has another name or scope by now; null: of all units.
select i.id, u.code, u.name, u.area, u.community, u.industry, u.grid, u.unit, u.station, u.firm, u.org
from incidents.incident i join registry.unit u on u.id = i.unit_id
where i.state <> 'closed' and i.merged_into is null and ($1::uuid[] is null or i.unit_id = any ($1))
  and (i.unit_code, i.unit_name, i.area, i.community, i.industry, i.grid, i.unit, i.station, i.firm, i.org)
      is distinct from (u.code, u.name, u.area, u.community, u.industry, u.grid, u.unit, u.station, u.firm, u.org)

-- name: devices_of
select coalesce(i.merged_into, i.id) as incident, a.gateway, a.address
from incidents.incident i join incidents.alarm a on a.incident = i.id
where i.id = any ($1::uuid[]) or i.merged_into = any ($1::uuid[])
group by 1, 2, 3

-- name: alarms_by_locus
select a.id, a.incident, coalesce(a.locus, i.locus) as locus
from incidents.alarm a join incidents.incident i on i.id = a.incident
where a.incident = any ($1::uuid[])
order by a.id

-- name: open_of_case
select id, version, state, grade, merged_into, case_key, slot, kind, split_from, flags from incidents.incident
where case_key = any ($1::text[]) and state <> 'closed' and merged_into is null
order by id

-- name: open_beginning
select id, version, state, grade, merged_into, case_key, slot, kind, split_from, flags from incidents.incident
where starts_with(case_key, $1) and state <> 'closed' and merged_into is null
order by id

-- name: open_of_devices
select distinct a.device_id::text as device, i.id, i.version, i.state, i.grade, i.merged_into, i.case_key, i.slot, i.kind,
       i.split_from, i.flags
from incidents.alarm a join incidents.incident i on i.id = a.incident
where a.device_id = any ($1::uuid[]) and a.condition = any ($2::text[]) and a.cleared_at is null
  and i.state <> 'closed' and i.merged_into is null and not i.desk
order by i.id

-- name: open_places
select lon, lat from incidents.incident
where state <> 'closed' and merged_into is null and desk and lon is not null and lat is not null

-- name: standings_of_work
-- How work stands: who said that it is mended, and who has accepted it.
select i.id::text, i.state, d.at as done_at, coalesce(d.who, '') as done_by, coalesce(d.account, '') as done_account,
       case when i.state = 'closed' then coalesce(a.who, '') else '' end as accepted_by
from incidents.incident i
left join lateral (
    select t.at, t.who, t.detail::jsonb ->> 'account' as account from incidents.timeline t
    where t.incident = i.id and t.what in ('finished', 'closed') order by t.what = 'closed', t.seq desc limit 1) d on true
left join lateral (
    select t.who from incidents.timeline t
    where t.incident = i.id and t.what in ('approved', 'closed') order by t.seq desc limit 1) a on true
where i.id = any ($1::uuid[])

-- name: update_incidents
update incidents.incident i set
  version = u.version, grade = u.grade, kind = u.kind, state = u.state, outcome = u.outcome, cause = u.cause,
  basis = u.basis, slot = u.slot, reasons = u.reasons::jsonb, flags = string_to_array(u.flags, ','),
  opened_at = u.opened_at, received_at = u.received_at, last_signal_at = u.last_signal_at, verify_by = u.verify_by,
  answer_by = u.answer_by, claimed_by = u.claimed_by, claimed_name = u.claimed_name, claimed_at = u.claimed_at,
  confirmed_at = u.confirmed_at, closed_at = u.closed_at, merged_into = u.merged_into, alarm_count = u.alarm_count,
  desk = u.desk, seq = u.seq, hash = u.hash, split_from = u.split_from
from unnest(
  $1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
  $16::timestamptz[], $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[],
  $22::uuid[], $23::int[], $24::bool[], $25::int[], $26::bytea[], $27::uuid[]
) as u (
  id, version, grade, kind, state, outcome, cause, basis, slot, reasons, flags, opened_at, received_at,
  last_signal_at, verify_by, answer_by, claimed_by, claimed_name, claimed_at, confirmed_at, closed_at, merged_into,
  alarm_count, desk, seq, hash, split_from
)
where i.id = u.id

-- name: place_incidents
-- Where they stand now. What went into them goes with them: whoever sees the one sees the other.
update incidents.incident i set
  case_key = u.case_key, unit_id = u.unit_id, unit_code = u.unit_code, unit_name = u.unit_name,
  locus = case when i.id = u.id then u.locus else i.locus end,
  place = case when i.id = u.id then u.place else i.place end,
  building_id = case when i.id = u.id then u.building_id else i.building_id end,
  building_code = case when i.id = u.id then u.building_code else i.building_code end,
  building_name = case when i.id = u.id then u.building_name else i.building_name end,
  lon = case when i.id = u.id then u.lon else i.lon end, lat = case when i.id = u.id then u.lat else i.lat end,
  area = u.area, community = u.community, industry = u.industry, grid = u.grid, unit = u.unit, station = u.station,
  firm = u.firm, org = u.org
from unnest(
  $1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::text[],
  $10::text[], $11::float8[], $12::float8[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
  $18::text[], $19::text[], $20::text[]
) as u (
  id, case_key, locus, place, unit_id, unit_code, unit_name, building_id, building_code, building_name, lon, lat,
  area, community, industry, grid, unit, station, firm, org
)
where i.id = u.id or i.merged_into = u.id

-- name: alarms_to_split
select a.id, a.incident, coalesce(a.locus, i.locus) as locus, a.gateway, a.address, a.device, a.component, a.kind,
       a.condition, a.raised_at, a.received_at, a.last_at
from incidents.alarm a join incidents.incident i on i.id = a.incident
where a.incident = any ($1::uuid[])
order by a.raised_at, a.id

-- name: give_alarms
update incidents.alarm set incident = $2::uuid where id = any ($1::uuid[])

-- name: last_word
-- The newest line by which a person moved it; notes and photos move nothing.
select who, what, at from incidents.timeline
where incident = $1::uuid and detail::jsonb ? 'account' and what not in ('noted', 'attached', 'responded')
order by seq desc limit 1

-- name: flatten_merged
update incidents.incident i set merged_into = u.into_id
from unnest($1::uuid[], $2::uuid[]) as u (gone, into_id)
where i.merged_into = u.gone

-- name: mark_alarms
update incidents.alarm a set
  count = greatest(a.count, coalesce(u.count, a.count)),
  last_at = greatest(a.last_at, coalesce(u.last_at, a.last_at)),
  cleared_at = case when u.stands then null else coalesce(u.cleared_at, a.cleared_at) end
from unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::bool[])
  as u (id, count, last_at, cleared_at, stands)
where a.id = u.id

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

-- name: page
-- The lists, newest first; reading.py turns the order round. `true` gives way to the filters that were asked, the scope's
-- among them.
select * from incidents.incident
where queue = $1 and merged_into is null and true
order by received_at desc, id desc
limit $2

-- name: page_of_few
-- As `page`, where little is left to read through for words ($3, patterns).
select * from incidents.incident
where queue = $1 and merged_into is null
  and incidents.said(unit_name, unit_code, building_name, place) like all ($3::text[]) and true
order by received_at desc, id desc
limit $2

-- name: page_of_newest
-- As `page`, of the $4 newest alone: words that many rows say are found there.
select * from (
  select * from incidents.incident
  where queue = $1 and merged_into is null and true
  order by received_at desc, id desc
  limit $4
) newest
where incidents.said(unit_name, unit_code, building_name, place) like all ($3::text[])
order by received_at desc, id desc
limit $2

-- name: page_of_words
-- As `page`, by the index of words: what few rows say.
select * from incidents.incident
where queue = $1 and merged_into is null and id in (select incidents.found($4, $3::text[])) and true
order by received_at desc, id desc
limit $2

-- name: page_of_ids
-- As `page`, by how the id begins.
select * from incidents.incident
where queue = $1 and merged_into is null and id between $3::uuid and $4::uuid and true
order by received_at desc, id desc
limit $2

-- name: one
select * from incidents.incident where id = $1::uuid

-- name: several
select * from incidents.incident where id = any ($1::uuid[]) order by id

-- name: family
-- What went into these incidents; `merged_into` is kept flat.
select id, merged_into from incidents.incident where merged_into = any ($1::uuid[]) order by id

-- name: alarms_of
-- Of each incident the newest alarms.
select a.id, a.incident, a.device_id, a.gateway, a.address, a.device, a.component, a.kind, a.condition, a.raised_at,
       a.received_at, a.last_at, a.cleared_at, a.count, a.text, case when $3 then a.raw else '' end as raw,
       coalesce(a.locus, i.locus) as locus
from unnest($1::uuid[]) as f (id)
join incidents.incident i on i.id = f.id
cross join lateral (
  select * from incidents.alarm x where x.incident = f.id order by x.raised_at desc, x.id desc limit $2
) a
order by a.raised_at, a.id

-- name: lines_of
-- Of each incident the newest lines.
select t.incident, t.seq, t.at, t.who, t.what, t.detail, t.hash
from unnest($1::uuid[]) as f (id)
cross join lateral (
  select * from incidents.timeline x where x.incident = f.id order by x.seq desc limit $2
) t
order by t.at, t.incident, t.seq

-- name: lines_after
select incident, seq, at, who, what, detail, hash from incidents.timeline
where incident = any ($1::uuid[]) and (at, incident, seq) > ($2::timestamptz, $3::uuid, $4::int)
order by at, incident, seq
limit $5

-- name: profiles
-- The dialect by which a device's frames are read: its own, else that of the device before it.
select d.id, case when d.profile <> '' then d.profile else coalesce(p.profile, '') end as profile
from registry.device d left join registry.device p on p.number = d.parent
where d.id = any ($1::uuid[])

-- name: spoke_in
-- what raised the alarms of these incidents, as it was called then
select distinct on (a.device_id) a.device_id::text as id, a.device as name, a.address
from incidents.alarm a
where a.incident = any ($1::uuid[]) and a.device_id is not null
order by a.device_id, a.raised_at desc
limit 50

-- name: past_of
-- What each device did before, and what stood in its place before it (`registry.device.origin`); incidents $4 are left
-- out. A false alarm is one by outcome, or by a cause of the groups U, E, D, H (policy.md); a merged incident counts as
-- the one it went into. Read as the owner, the scope compiled in where it says `true`: row security asked of each alarm
-- costs half a second here.
select n.id::text, d.address, d.name, d.type, d.place, coalesce(l.name, d.floor) as floor, d.last_test_seen, d.life_until, s.stood,
       p.month, p.month_false, p.year, p.year_false, p.own, p.own_false
from unnest($1::uuid[]) as n (id)
left join registry.device d on d.id = n.id and true /* d */
left join registry.floor l on l.building_id = d.building_id and l.key = registry.floor_key(d.floor)
cross join lateral (
  select coalesce(array_agg(x.id), array[n.id]) as ids, count(*) as stood from registry.device x
  where x.number = coalesce(d.origin, d.number) or x.origin = coalesce(d.origin, d.number)
) s
cross join lateral (
  select count(*) filter (where e.received_at >= $2) as month,
         count(*) filter (where e.received_at >= $2 and e.wrong) as month_false,
         count(*) as year,
         count(*) filter (where e.wrong) as year_false,
         count(*) filter (where e.own) as own,
         count(*) filter (where e.own and e.wrong) as own_false
  from (
    select i.id, i.received_at, bool_or(a.device_id = n.id) as own,
           i.state = 'closed' and (i.outcome = 'false_alarm' or coalesce(i.cause, '') ~ '^[UEDH]') as wrong
    from incidents.alarm a
    join incidents.incident o on o.id = a.incident
    join incidents.incident i on i.id = coalesce(o.merged_into, o.id)
    where a.device_id = any (s.ids) and a.raised_at >= $3 and i.desk and i.received_at >= $3
      and i.id <> all ($4::uuid[]) and true /* i */
    group by i.id
  ) e
) p

-- name: latest_of
-- The last five of each place, looked for among the newest alarms of the devices that stood there.
select n.id::text as device, e.id, e.received_at, e.grade, e.kind, e.state, e.outcome, e.cause, e.own
from unnest($2::uuid[]) as n (id)
left join registry.device d on d.id = n.id and true /* d */
cross join lateral (
  select coalesce(array_agg(x.id), array[n.id]) as ids from registry.device x
  where x.number = coalesce(d.origin, d.number) or x.origin = coalesce(d.origin, d.number)
) f
cross join lateral (
  select i.id, i.received_at, i.grade, i.kind, i.state, i.outcome, i.cause, s.own
  from (
    select coalesce(o.merged_into, o.id) as id, bool_or(a.device_id = n.id) as own
    from (
      select x.incident, x.device_id from incidents.alarm x
      where x.device_id = any (f.ids) order by x.raised_at desc limit 200
    ) a
    join incidents.incident o on o.id = a.incident
    group by 1
  ) s
  join incidents.incident i on i.id = s.id
  where i.desk and i.id <> all ($1::uuid[]) and true /* i */
  order by i.received_at desc, i.id desc
  limit 5
) e
order by n.id, e.received_at desc, e.id desc

-- name: files_of
select id, incident, at, who, name, type, size, sha256 from incidents.file
where incident = any ($1::uuid[])
order by at, id

-- name: file_of
select id, incident, at, who, name, type, size, sha256 from incidents.file
where incident = any ($1::uuid[]) and id = $2::uuid

-- name: same_file
select id, incident, at, who, name, type, size, sha256 from incidents.file
where incident = $1::uuid and sha256 = $2

-- name: count_files
select count(*) from incidents.file where incident = $1::uuid

-- name: add_file
insert into incidents.file (id, incident, at, who, account, name, type, size, sha256)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9)
returning id, incident, at, who, name, type, size, sha256

-- name: responses_of
-- The answers to these incidents, oldest first: at most the newest $2.
select * from (
  select id, incident, at, said_at, account, who, role, kind, cause, note, key from incidents.response
  where incident = any ($1::uuid[])
  order by at desc, id desc
  limit $2
) newest
order by at, id

-- name: same_response
select id, incident, at, said_at, account, who, role, kind, cause, note, key from incidents.response
where incident = any ($1::uuid[]) and account = $2 and key = $3

-- name: count_responses
select count(*) from incidents.response where incident = $1::uuid

-- name: add_response
insert into incidents.response (id, incident, at, said_at, account, who, role, kind, cause, note, key)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11)
returning id, incident, at, said_at, account, who, role, kind, cause, note, key

-- name: open_counts
select queue, count(*)::integer as n from incidents.incident
where state <> 'closed' and merged_into is null and true
group by queue

-- name: flood_placed
-- Of a queue what is open, told whether it stands in a group: of its district ($3: causes common to one) or of its
-- building. More than $2 make a group. What has to do with a fire stands in none.
with standing as (
  select id, left(area, 6) as area, unit_id, unit_code, unit_name, building_id, building_code, building_name, kind, grade,
         received_at, coalesce(reasons -> 0 ->> 'why', '') as why,
         kind = 'fire' or reasons::text like '%fire%' as fire
  from incidents.incident
  where queue = $1 and state <> 'closed' and merged_into is null and true
), counted as (
  select *, count(*) over (partition by area, kind, why, fire) as district,
         count(*) over (partition by unit_id, building_id, kind, why, fire) as house
  from standing
), placed as (
  select *, not fire and why = any ($3::text[]) and area <> '' and district > $2 as wide,
         not fire and unit_id is not null and house > $2 as close
  from counted
)

-- name: flood_groups
{placed}
select wide, area, kind, why, case when not wide then unit_id end as unit_id,
       case when not wide then building_id end as building_id,
       case when wide then '' else max(unit_code) end as unit_code, case when wide then '' else max(unit_name) end as unit_name,
       case when wide then '' else max(building_code) end as building_code,
       case when wide then '' else max(building_name) end as building_name,
       min(grade) as grade, count(*)::integer as n, count(distinct unit_id)::integer as units,
       max(received_at) as newest_at, min(received_at) as oldest_at
from placed
where wide or close
group by wide, area, kind, why, 5, 6
order by n desc, newest_at desc
limit {limit}

-- name: flood_apart
{placed}
select * from incidents.incident
where id in (select id from placed where not wide and not close order by received_at desc, id desc limit {limit})
order by received_at desc, id desc

-- name: statistics
-- `{by}` is one of the expressions of statistics.py, `{where}` the scope. $1 to $2: received; $3: one queue, or null.
with counted as (
  select {by} as code, i.unit, i.unit_name, i.state, i.outcome, i.received_at, i.claimed_at, i.closed_at, first.restored,
         coalesce(i.confirmed_at, i.closed_at) as verified_at
  from incidents.incident i
  left join lateral (
    select min(d.type) as type, max(extract(epoch from a.cleared_at - a.raised_at)) as restored
    from incidents.alarm a left join registry.device d on d.id = a.device_id
    where a.incident = i.id
  ) first on true
  where i.merged_into is null and i.received_at >= $1 and i.received_at < $2
    and ($3::text is null or i.queue = $3) and {where}
)
select c.code, coalesce(max(n.name), max(c.unit_name) filter (where c.unit = c.code), '') as name, count(*)::integer as total,
       (count(*) filter (where c.state <> 'closed'))::integer as open,
       (count(*) filter (where c.outcome = 'fire'))::integer as fires,
       (count(*) filter (where c.outcome = 'false_alarm'))::integer as false_alarms,
       (count(*) filter (where c.outcome not in ('fire', 'false_alarm')))::integer as others,
       percentile_cont(0.5) within group (order by extract(epoch from c.claimed_at - c.received_at))::integer as accept_s,
       percentile_cont(0.5) within group (order by extract(epoch from c.verified_at - c.received_at))::integer as verify_s,
       percentile_cont(0.5) within group (order by extract(epoch from c.closed_at - c.received_at))::integer as handle_s,
       percentile_cont(0.9) within group (order by extract(epoch from c.closed_at - c.received_at))::integer as late_s,
       percentile_cont(0.5) within group (order by c.restored)::integer as restore_s
from counted c left join registry.area n on n.code = c.code
group by c.code
order by count(*) desc, c.code
limit 200

-- name: homes_of_alarms
-- Which of these alarms are known, and in which incident.
select id, incident from incidents.alarm where id = any ($1::uuid[])

-- name: put_alarms
-- Another platform's, as they stand there now.
insert into incidents.alarm (id, incident, device_id, gateway, address, device, component, kind, condition, raised_at,
                             received_at, last_at, cleared_at, count, text, raw, locus)
select id, incident, device_id, gateway, address, device, component, kind, condition, raised_at, received_at, last_at,
       cleared_at, count, text, raw, locus
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::int[], $15::text[],
            $16::bytea[], $17::text[])
     as a (id, incident, device_id, gateway, address, device, component, kind, condition, raised_at, received_at, last_at,
           cleared_at, count, text, raw, locus)
on conflict (id) do update set
  incident = excluded.incident, last_at = excluded.last_at, cleared_at = excluded.cleared_at, count = excluded.count

-- name: open_ids
select id::text from incidents.incident where state <> 'closed' and merged_into is null order by received_at, id

-- name: lines_since
select t.incident::text, t.seq, t.at, t.who, t.what, t.detail
from unnest($1::uuid[], $2::integer[]) as k (incident, after)
join incidents.timeline t on t.incident = k.incident and t.seq > k.after
where t.what = any ($3::text[]) order by t.incident, t.seq

-- name: states_of_incidents
select a.id::text, a.device_id::text, a.condition, a.raised_at, a.last_at, a.cleared_at
from incidents.alarm a where a.incident = any ($1::uuid[]) and a.device_id is not null order by a.raised_at, a.id

-- name: states_of_devices
select a.id::text, a.device_id::text, a.condition, a.raised_at, a.last_at, a.cleared_at
from incidents.alarm a where a.device_id = any ($1::uuid[]) and (a.cleared_at is null or a.cleared_at >= $2)
order by a.raised_at, a.id

-- name: states_between
select a.id::text, a.device_id::text, a.condition, a.raised_at, a.last_at, a.cleared_at
from incidents.alarm a
where a.id > $3::uuid and a.device_id is not null
  and (a.raised_at >= $1 and a.raised_at < $2 or a.cleared_at >= $1 and a.cleared_at < $2 or a.cleared_at is null)
order by a.id limit $4

-- name: open_at_devices
-- The open incident in which a registered device's alarm stands, by its address.
select distinct on (d.address) d.address, coalesce(i.merged_into, i.id)::text as incident
from registry.device d join incidents.alarm a on a.device_id = d.id join incidents.incident i on i.id = a.incident
where d.gateway = $1 and d.address = any ($2::text[]) and not d.gone and i.state <> 'closed'
order by d.address, a.raised_at desc

-- name: burning
select exists (
    select from incidents.incident i
    where i.unit_id = $1::uuid and i.kind = 'fire' and i.desk and i.state <> 'closed' and i.merged_into is null
      and ($2::uuid is null or i.building_id is null or i.building_id = $2::uuid))

-- name: alight
-- Of these units those in which a desk row (I, II) is open.
select distinct i.unit_id::text from incidents.incident i
where i.unit_id = any ($1::uuid[]) and i.desk and i.state <> 'closed' and i.merged_into is null

-- name: grave
-- Whatever is open on a desk as I or II: few, however large the city is.
select id::text, station, lon, lat from incidents.incident
where queue = 'desk' and state <> 'closed' and merged_into is null and grade <= 2 order by received_at desc, id desc limit 2000

-- name: closed_at
select closed_at from incidents.incident where id = $1::uuid

-- name: endings
select i.id::text, coalesce(i.outcome, '') as outcome, coalesce(i.cause, '') as cause, i.closed_at,
       coalesce((select t.detail::jsonb ->> 'note' from incidents.timeline t
                 where t.incident = i.id and t.what in ('closed', 'dismissed', 'finished') order by t.seq desc limit 1), '') as note
from incidents.incident i where i.id = any ($1::uuid[]) and i.state = 'closed' and i.merged_into is null

-- name: doubles
-- Open copies that tell of an alarm of which an open incident of our own tells too: one device ($1 ours, $2 its copy), one
-- component, one kind. `shared`: how many of the copy's alarms are ours as well.
select c.id, o.id as own, count(distinct ca.id)::integer as shared
from unnest($1::uuid[], $2::uuid[]) as k (here, there)
join incidents.alarm ca on ca.device_id = k.here or ca.device_id = k.there
join incidents.incident c on c.id = ca.incident and c.came_from <> '{}' and c.state <> 'closed' and c.merged_into is null
join incidents.alarm oa on oa.device_id = k.here and oa.component = ca.component and oa.kind = ca.kind
join incidents.incident i on i.id = oa.incident and i.came_from = '{}'
join incidents.incident o on o.id = coalesce(i.merged_into, i.id) and o.came_from = '{}' and o.state <> 'closed'
group by c.id, o.id, o.received_at
order by c.id, o.received_at, o.id

-- name: alarmed
-- Which devices alarmed in these open incidents and in what went into them.
select distinct a.device_id::text as device from incidents.incident i join incidents.alarm a on a.incident = i.id
where (i.id = any ($1::uuid[]) or i.merged_into = any ($1::uuid[])) and a.device_id is not null and i.state <> 'closed'

-- name: joined_copies
-- Copies that go on inside incidents of our own.
select c.id::text, c.merged_into::text as own, c.came_from
from incidents.incident c join incidents.incident o on o.id = c.merged_into and o.came_from = '{}'
where c.merged_into = any ($1::uuid[]) and c.came_from <> '{}'
order by c.id

-- name: month_work
-- Rows that are no alarm of the desk, by kind: $1 to $2 the period. What is older than a year before it is not looked at.
select i.kind as code,
       (count(*) filter (where i.received_at >= $1))::integer as opened,
       (count(*) filter (where i.closed_at < $2))::integer as closed,
       (count(*) filter (where i.closed_at is null or i.closed_at >= $2))::integer as open,
       percentile_cont(0.5) within group (order by extract(epoch from i.closed_at - i.received_at))
         filter (where i.closed_at < $2)::bigint as handle_s,
       percentile_cont(0.5) within group (order by extract(epoch from $2::timestamptz - i.received_at))
         filter (where i.closed_at is null or i.closed_at >= $2)::bigint as age_s,
       max(extract(epoch from $2::timestamptz - i.received_at))
         filter (where i.closed_at is null or i.closed_at >= $2)::bigint as oldest_s
from incidents.incident i
where i.merged_into is null and not i.desk and i.received_at < $2 and i.received_at >= $1::timestamptz - interval '366 days'
  and (i.closed_at is null or i.closed_at >= $1) and {where}
group by 1 order by 4 desc, 2 desc, 1

-- name: month_hazards
-- What people reported in the period, by category, and what became of it until now.
select coalesce(i.reasons -> 0 -> 'facts' ->> 'hazard', 'other') as code, count(*)::integer as reported,
       (count(*) filter (where i.closed_at < $2 and not starts_with(coalesce(i.cause, ''), 'X')))::integer as mended,
       (count(*) filter (where i.closed_at < $2 and starts_with(coalesce(i.cause, ''), 'X')))::integer as unfounded,
       (count(*) filter (where i.closed_at is null or i.closed_at >= $2))::integer as open
from incidents.incident i
where i.merged_into is null and 'hazard' = any (i.flags) and i.received_at >= $1 and i.received_at < $2 and {where}
group by 1 order by 2 desc, 1

-- name: period_of_devices
-- Which incidents concerned these devices.
select distinct a.device_id::text as device, i.id::text as incident
from incidents.incident i join incidents.alarm a on a.incident = i.id
where i.merged_into is null and i.received_at >= $1 and i.received_at < $2 and a.device_id = any ($3::uuid[])

-- name: month_devices
-- The devices that troubled people most: false alarms first.
select a.device_id::text as id, max(a.device) as name, max(i.unit_name) as unit, max(i.place) as place,
       (count(distinct i.id) filter (where i.desk))::integer as alarms,
       (count(distinct i.id) filter (where i.outcome = 'false_alarm'))::integer as false_alarms,
       (count(distinct i.id) filter (where not i.desk))::integer as troubles
from incidents.incident i join incidents.alarm a on a.incident = i.id
where i.merged_into is null and i.received_at >= $1 and i.received_at < $2 and a.device_id is not null and {where}
group by a.device_id order by 6 desc, 5 desc, 7 desc, 1 limit $3

-- name: bound
-- devices of incidents within [$1, $2) and $3 hours around it, with what they hang on
with held as (
    select i.id, i.opened_at - make_interval(hours => $3) as begins,
           greatest(i.closed_at, i.last_signal_at, i.opened_at) + make_interval(hours => $3) as ends
    from incidents.incident i
    where i.opened_at < $2::timestamptz + make_interval(hours => $3)
      and greatest(i.closed_at, i.last_signal_at, i.opened_at) >= $1::timestamptz - make_interval(hours => $3)
)
select n.number, h.begins, h.ends
from held h
join incidents.alarm a on a.incident = h.id
join registry.device d on d.id = a.device_id
cross join lateral (values (d.number), (d.parent)) n(number)
where n.number is not null
group by n.number, h.begins, h.ends;

-- name: blamed
-- Devices whose alarms were closed with one of these causes ($2) in these incidents ($1), each with all that was closed so
-- since $3.
select b.device::text, w.cause, w.closed_at
from (select distinct a.device_id as device
      from incidents.incident i join incidents.incident w on w.id = coalesce(i.merged_into, i.id)
      join incidents.alarm a on a.incident = i.id
      where (i.id = any($1::uuid[]) or i.merged_into = any($1::uuid[])) and w.state = 'closed' and w.cause = any($2::text[])
        and a.device_id is not null) b
join lateral (
    select distinct w.id, w.cause, w.closed_at
    from incidents.alarm a join incidents.incident i on i.id = a.incident
    join incidents.incident w on w.id = coalesce(i.merged_into, i.id)
    where a.device_id = b.device and w.state = 'closed' and w.cause = any($2::text[]) and w.closed_at > $3) w on true
order by b.device, w.closed_at

-- name: pictured
-- Does a picture hang on it that is younger than its last sending back?
select exists (
    select from incidents.file f
    where f.incident = $1::uuid and f.type like 'image/%'
      and f.at > coalesce((select max(t.at) from incidents.timeline t where t.incident = $1::uuid and t.what = 'sent_back'),
                          '-infinity'))

-- name: owned
update incidents.incident set owner = $2, owner_name = $3, due_at = $4 where id = $1::uuid

-- name: firm_names
select code, name from incidents.firm_names($1::text[])

-- name: passed
-- What was agreed and is over, told of by nobody yet.
select id::text from incidents.incident
where due_at is not null and due_at <= $1 and (late_at is null or late_at <> due_at) and state in ('open', 'verifying')
  and merged_into is null and not desk
order by due_at, id limit $2

-- name: keep_late
update incidents.incident set late_at = due_at where id = any ($1::uuid[])

-- name: hands
-- Who could do it, by account: unit accounts are many, only those bound to its unit ($2).
select id::text, name, display_name, role, scope from access.account
where disabled_at is null and role = any ($1::text[])
  and (role <> 'unit' or string_to_array(split_part(substr(scope, strpos(scope, 'unit:') + 5), '+', 1), ',') && array[$2::text])
order by name

-- name: hand
select id::text, name, display_name, role, scope from access.account where id = $1::uuid and disabled_at is null

-- name: own_organisations
-- Those whose codes stand in the row.
select id::text, kind, dimension, code, name from registry.organisation
where retired_at is null and (dimension, code) in (select * from unnest($1::text[], $2::text[]))
order by name

-- name: milestones
-- Of each incident the first line of each of these words; of its closing the last.
select distinct on (t.incident, t.what) t.incident::text, t.what, t.at, t.who, t.detail
from incidents.timeline t
where t.incident = any ($1::uuid[]) and t.what in ('accepted', 'confirmed', 'dismissed', 'dispatched', 'closed')
order by t.incident, t.what, case when t.what = 'closed' then -t.seq else t.seq end

-- name: unvisited
-- Of each operator's desk incidents of a district, and of those that have none, that were closed from $1 to $2: how
-- many, and how many as X2.
select c.area, c.org, coalesce(o.name, n.name, c.area) as name, c.closed, c.unvisited
from (select left(i.area, 6) as area, i.org, count(*)::integer as closed, (count(*) filter (where i.cause = 'X2'))::integer as unvisited
      from incidents.incident i
      where i.desk and i.merged_into is null and i.state = 'closed' and i.received_at >= $1::timestamptz - interval '366 days'
        and i.closed_at >= $1 and i.closed_at < $2 and i.area <> ''
        and i.cause is distinct from 'X3'
      group by 1, 2) c
left join registry.area n on n.code = c.area
left join registry.organisation o on o.dimension = 'org' and o.code = c.org
where c.unvisited > $3::float8 * c.closed order by c.area, c.org
