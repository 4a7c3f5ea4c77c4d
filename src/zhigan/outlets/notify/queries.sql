-- Chains and notifications. Time is an argument. Incidents are asked of their own room.

-- name: chains
select incident, grade, kind, flags, state, unit_id, unit_name, place, class, opened_at, started_at, verify_by, accepted_at,
       answered_at, answered_by, answered_how, help_at, confirmed, unanswered_at, done, next_at, closed_at, merged_into
from notify.chain where incident = any ($1::uuid[]) order by incident for update

-- name: due_chains
select incident from notify.chain where next_at <= $1 order by grade, next_at limit $2

-- name: keep_chain
insert into notify.chain (incident, grade, kind, flags, state, unit_id, unit_name, place, class, opened_at, started_at,
                          verify_by, accepted_at, answered_at, answered_by, answered_how, help_at, confirmed,
                          unanswered_at, done, next_at, closed_at, merged_into)
values ($1::uuid, $2, $3, $4, $5, $6::uuid, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23::uuid)
on conflict (incident) do update set
  grade = excluded.grade, kind = excluded.kind, flags = excluded.flags, state = excluded.state, unit_id = excluded.unit_id,
  unit_name = excluded.unit_name, place = excluded.place, class = excluded.class, opened_at = excluded.opened_at,
  started_at = excluded.started_at, verify_by = excluded.verify_by, accepted_at = excluded.accepted_at,
  answered_at = excluded.answered_at, answered_by = excluded.answered_by, answered_how = excluded.answered_how,
  help_at = excluded.help_at, confirmed = excluded.confirmed, unanswered_at = excluded.unanswered_at,
  done = excluded.done, next_at = excluded.next_at, closed_at = excluded.closed_at, merged_into = excluded.merged_into

-- name: was_read
select distinct incident from notify.notification
where incident = any ($1::uuid[]) and (state = 'answered' or reply <> '')
  and step not like '%.own:%'  -- what a sub-platform's own rule tells beside the city's table proves nothing to it

-- name: put_down
insert into notify.notification (id, incident, origin, step, grade, holder, person, role, channel, address, place_key,
                                 purpose, state, detail, tried, fallback_of, created_at, due_at, at)
select id, incident, incident, step, grade, holder, person, role, channel, address, place_key, purpose, state, detail,
       coalesce(string_to_array(nullif(tried, ''), ','), '{}'), fallback_of, $17, due_at, $17
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::uuid[], $16::timestamptz[])
     as d (id, incident, step, grade, holder, person, role, channel, address, place_key, purpose, state, detail, tried,
           fallback_of, due_at)

-- name: adopt_notifications
-- What went into another incident is told there.
update notify.notification n set incident = u.into_id
from unnest($1::uuid[], $2::uuid[]) as u (gone, into_id)
where n.incident = u.gone

-- name: cancel
-- Nobody need be told any more. `$3`: purposes.
update notify.notification set state = 'cancelled', at = $2
where incident = any ($1::uuid[]) and state = 'waiting' and purpose = any ($3::text[])

-- name: told
-- Who was reached of these incidents, by what: they are told that it is over.
select distinct on (incident, holder, channel, address) incident, holder, person, role, channel, address, place_key, grade
from notify.notification
where incident = any ($1::uuid[]) and purpose <> 'cleared' and channel = any ($2::text[])
  and state in ('handed', 'unknown', 'sent', 'delivered', 'answered', 'merged')
order by incident, holder, channel, address, created_at

-- name: used
-- By what a person was told, or is to be, in one step.
select id, channel, state not in ('failed', 'limited') as lives
from notify.notification where incident = $1::uuid and holder = $2 and step = $3 and state <> 'cancelled'

-- name: called
select distinct holder from notify.notification where incident = $1::uuid and role = $2 and channel = 'voice'

-- name: waiting_heads
-- Persons and channels for whom something waits, the gravest first; not those in `$3`, who are being told just now.
select holder, channel from notify.notification
where state = 'waiting' and due_at <= $1 and holder || '/' || channel <> all ($3::text[])
group by holder, channel
order by min(grade), min(due_at), holder
limit $2

-- name: claim
-- All that waits for these persons and channels, also what is due a little later: it goes along.
select n.id, n.incident, n.step, n.grade, n.holder, n.person, n.role, n.channel, n.address, n.place_key, n.purpose,
       n.due_at, coalesce(n.tried, '{}') as tried, n.attempts, c.kind, c.flags, c.unit_name, c.place, c.opened_at
from unnest($1::text[], $2::text[]) as w (holder, channel)
join notify.notification n on n.holder = w.holder and n.channel = w.channel
join notify.chain c on c.incident = n.incident
where n.state = 'waiting' and n.due_at <= $3
order by n.grade, n.due_at, n.id
for update of n

-- name: recent
-- How these persons were told within the last hour. Calls of own rules take none from those the city may make.
select n.holder, n.channel, count(*) filter (where n.step not like '%.own:%') as calls,
       count(*) as all_calls, max(n.handed_at) as last,
       min(n.handed_at) filter (where n.step not like '%.own:%') as oldest, min(n.grade) as grade
from unnest($1::text[], $2::text[]) as w (holder, channel)
join notify.notification n on n.holder = w.holder and n.channel = w.channel
where n.handed_at > $3 and n.purpose not in ('drill', 'duty_check')  -- they keep no alarm waiting
group by n.holder, n.channel

-- name: postpone
update notify.notification n set due_at = u.due_at
from unnest($1::uuid[], $2::timestamptz[]) as u (id, due_at) where n.id = u.id

-- name: limit_calls
update notify.notification set state = 'limited', at = $2, detail = 'called_enough' where id = any ($1::uuid[])

-- name: hand
-- Before the call: whatever happens now, it is known that it may have happened.
update notify.notification n set
  state = case when u.carrier is null then 'handed' else 'merged' end, merged_into = u.carrier,
  request = case when u.carrier is null then u.request else '' end, provider = u.provider, body = u.body,
  handed_at = case when u.carrier is null then $6::timestamptz end, attempts = n.attempts + 1,
  ask_at = case when u.carrier is null then $6::timestamptz + interval '60 seconds' end, asked = 0, at = $6
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) as u (id, carrier, request, provider, body)
where n.id = u.id

-- name: provider_turns
update notify.notification set provider = $2, request = $3, at = $4, handed_at = $4 where id = $1::uuid

-- name: settle
update notify.notification set state = $2, provider_id = $3, detail = $4, at = $5, ask_at = $6, tried = $7
where id = $1::uuid and state in ('handed', 'unknown')

-- name: wait_again
-- Surely not taken: it waits, and those that went inside it wait with it.
update notify.notification set state = 'waiting', due_at = $2, tried = $3, detail = $4, at = $5, request = '', handed_at = null,
       merged_into = null, ask_at = null
where (id = $1::uuid and state in ('handed', 'unknown')) or (merged_into = $1::uuid and state = 'merged')

-- name: to_ask
select n.id, n.holder, n.channel, n.provider, n.provider_id, n.request, n.address, n.handed_at, n.asked, n.state,
       coalesce(n.tried, '{}') as tried
from notify.notification n
where n.state in ('handed', 'unknown') and n.ask_at <= $1
order by n.grade, n.ask_at limit $2

-- name: crashed
-- At the start nothing is in hand: what says so was handed when the process died.
update notify.notification set state = 'unknown', ask_at = $1, at = $1, detail = 'crash' where state = 'handed'

-- name: asked
update notify.notification set asked = asked + 1, ask_at = $2 where id = $1::uuid

-- name: of_request
select id, incident, holder, person, role, channel, address, state, reply, handed_at from notify.notification where request = $1

-- name: of_provider
select id, incident, holder, person, role, channel, address, state, reply, handed_at from notify.notification
where provider = $1 and provider_id = $2

-- name: receipt
update notify.notification set
  state = case when state in ('handed', 'unknown', 'sent') or $2 = 'answered' then $2 else state end,
  provider_id = case when provider_id = '' then $3 else provider_id end,
  detail = case when $4 = '' then detail else $4 end, reply = case when $5 = '' then reply else $5 end, at = $6, ask_at = null
where id = $1::uuid

-- name: inside
-- The incidents that a notification spoke of; not where an own rule told somebody who answers for no site.
select distinct incident, person from notify.notification
where (id = $1::uuid or merged_into = $1::uuid) and (step not like '%.own:%' or role = any ($2::text[]))

-- name: of_incident
-- What went out inside another has that one's state and proof.
select n.id, n.incident, n.origin, n.step, n.holder, n.person, n.role, n.channel, n.address, n.purpose, n.created_at, n.due_at,
       n.merged_into, coalesce(c.state, n.state) as state, coalesce(c.provider, n.provider) as provider,
       coalesce(c.provider_id, n.provider_id) as provider_id, coalesce(c.body, n.body) as body,
       coalesce(c.detail, n.detail) as detail, coalesce(c.reply, n.reply) as reply, coalesce(c.at, n.at) as at,
       coalesce(c.handed_at, n.handed_at) as handed_at
from notify.notification n
left join notify.notification c on c.id = n.merged_into
where n.incident = any ($1::uuid[]) and (n.created_at, n.id) > ($2, $3::uuid)
order by n.created_at, n.id
limit $4

-- name: chain_of
select state, grade, started_at, answered_at, answered_by, answered_how, help_at, unanswered_at, next_at
from notify.chain where incident = $1::uuid

-- name: inbox
select n.id, n.incident, n.grade, n.purpose, n.state, n.body, n.at, n.created_at, c.kind, c.unit_name, c.place, c.state as chain
from notify.notification n join notify.chain c on c.incident = n.incident
where n.channel = 'app' and n.address = $1 and n.state in ('handed', 'sent', 'delivered', 'answered')
  and (n.created_at, n.id) < ($2, $3::uuid)
order by n.created_at desc, n.id desc
limit $4

-- name: app_shown
update notify.notification set state = 'delivered', at = $3
where id = any ($1::uuid[]) and channel = 'app' and address = $2 and state in ('handed', 'sent')

-- name: app_read
update notify.notification set state = 'answered', reply = 'read', at = $3, ask_at = null
where id = $1::uuid and channel = 'app' and address = $2 and state in ('handed', 'sent', 'delivered', 'answered')
returning incident

-- name: app_news
select id, incident, grade, purpose, body, created_at from notify.notification
where id = any ($1::uuid[]) and channel = 'app' and address = $2 order by created_at, id

-- name: tell_app
select pg_notify('zhigan_notify', $1)

-- name: units
select id, code, class, area, community, industry, grid, unit, station, firm, org, lon, lat
from registry.unit where id = any ($1::uuid[])

-- name: scrapped
select d.id::text, d.name, d.address, d.unit_id::text, u.code as unit_code, u.name as unit_name, coalesce(b.name, '') as building_name,
       d.floor, d.compartment, d.flat, d.place, coalesce(d.lon, u.lon) as lon, coalesce(d.lat, u.lat) as lat,
       d.area, d.community, d.industry, d.grid, d.unit, d.station, d.firm, d.org
from registry.device d join registry.unit u on u.id = d.unit_id left join registry.building b on b.id = d.building_id
where d.id = any ($1::uuid[]) and d.state = 'retired' order by d.number

-- name: contacts
select id, unit_id, role, name, phone, rank, dead_at is not null as dead from registry.contact where unit_id = any ($1::uuid[]) and phone <> ''

-- name: organisations
select id, kind, dimension, code, name, person, phone, area, lon, lat from registry.organisation
where retired_at is null
  and ((dimension, code) in (select * from unnest($1::text[], $2::text[])) or (kind = 'brigade' and area = any ($3::text[])))

-- name: neighbours
-- Of each of these units the micro fire stations nearest by distance, whichever county they lie in.
with station as materialized (
  select id, code, name, person, phone, lon, lat from registry.organisation
  where kind = 'station' and retired_at is null and phone <> '' and lon is not null and lat is not null
)
select u.id::text as unit_id, n.*
from registry.unit u
cross join lateral (
  select s.*, sqrt(((s.lon - u.lon) * cos(radians(u.lat))) ^ 2 + (s.lat - u.lat) ^ 2) * 111000 as metres from station s
  where s.code <> u.station
    and s.lat between u.lat - $3::float8 / 111000 and u.lat + $3::float8 / 111000
  order by metres, s.id limit $2
) n
where u.id = any ($1::uuid[]) and u.lon is not null and u.lat is not null and n.metres <= $3
order by u.id, n.metres, n.id

-- name: members
-- People of these organisations, each with a number of his own.
select id, organisation_id, name, phone, rank, post as role from registry.member where organisation_id = any ($1::uuid[]) order by rank, id

-- name: accounts
-- Owners and unit accounts are many: only those bound to one of these units.
select id, name, display_name, role, scope, phone from access.account
where disabled_at is null and role = any ($1::text[])
  and (role not in ('owner', 'unit')
       or string_to_array(split_part(substr(scope, strpos(scope, 'unit:') + 5), '+', 1), ',') && $2::text[])

-- name: ways
select account, channel, address, detail from notify.way where account = any ($1::uuid[])

-- name: shifts
select holder, weekdays, from_minute, to_minute, replacement_name, replacement_phone from notify.shift
where holder = any ($1::text[]) order by holder, from_minute

-- name: keep_selftest
insert into notify.selftest (channel, provider, at, ok, said, ms, since) values ($1, $2, $3, $4, $5, $6, $3)
on conflict (channel, provider) do update set
  at = excluded.at, ok = excluded.ok, said = excluded.said, ms = excluded.ms,
  since = case when notify.selftest.ok = excluded.ok then notify.selftest.since else excluded.since end

-- name: selftests
select channel, provider, at, ok, said, ms, since from notify.selftest order by channel, provider

-- name: way_gone
-- The provider says that nobody is there any more.
delete from notify.way where channel = $1 and address = $2

-- name: webpush_addresses
select address from notify.way where channel = 'webpush' order by at desc limit $1

-- name: keep_key
-- Whoever came first made it.
insert into notify.key (name, sealed, at) values ($1, $2, $3) on conflict (name) do nothing

-- name: key
select sealed from notify.key where name = $1

-- name: devices_of
select id, channel, address, name, at from notify.way
where account = $1::uuid and channel in ('push', 'webpush') order by at desc, id

-- name: add_device
insert into notify.way (id, account, channel, address, detail, name, at) values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7)
on conflict (channel, address) do update set
  account = excluded.account, detail = excluded.detail, name = excluded.name, at = excluded.at
returning id

-- name: ways_of
select id, channel, address, at from notify.way where account = $1::uuid order by channel, at

-- name: add_way
insert into notify.way (id, account, channel, address, detail, at) values ($1::uuid, $2::uuid, $3, $4, $5, $6)
on conflict (channel, address) do update set account = excluded.account, detail = excluded.detail, at = excluded.at
returning id

-- name: remove_way
delete from notify.way where id = $1::uuid and account = $2::uuid returning id

-- name: way_detail
select detail from notify.way where channel = $1 and address = $2

-- name: reached
select distinct holder from notify.notification
where incident = $1::uuid and channel = any ($2::text[]) and state in ('delivered', 'answered')

-- name: refuse
update notify.notification set state = 'failed', detail = $2, at = $3 where id = $1::uuid and state = 'waiting'

-- name: late_receipt
-- A report may come for what was given up or asked about: it is the truth.
update notify.notification set state = 'sent' where id = $1::uuid and state in ('failed', 'waiting') and $2 in ('delivered', 'answered')

-- name: notices_of
select n.id, n.incident, n.step, n.grade, n.holder, n.person, n.role, n.channel, n.address, n.place_key, n.purpose,
       n.due_at, coalesce(n.tried, '{}') as tried, n.attempts, c.kind, c.flags, c.unit_name, c.place, c.opened_at
from notify.notification n join notify.chain c on c.incident = n.incident
where n.id = $1::uuid or n.merged_into = $1::uuid

-- name: count_waiting
select count(*) from notify.notification where state = 'waiting' and due_at <= $1

-- name: visible_unit
select id from registry.unit where id = $1::uuid

-- name: visible_contact
select id from registry.contact where id = $1::uuid

-- name: visible_member
select id from registry.member where id = $1::uuid

-- name: visible_house
select id from registry.organisation where id = $1::uuid

-- name: count_shifts
select count(*) from notify.shift where holder = $1

-- name: add_shift
insert into notify.shift (id, holder, weekdays, from_minute, to_minute, replacement_name, replacement_phone, changed_at, changed_by)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: remove_shift
delete from notify.shift where id = $1::uuid and holder = $2 returning id

-- name: shifts_of
select id, holder, weekdays, from_minute, to_minute, replacement_name, replacement_phone from notify.shift
where holder = any ($1::text[]) order by holder, from_minute, id

-- name: hold_back
-- What is still due after it was worked, or could not be: it is looked at again a little later.
update notify.chain set next_at = $3 where incident = any ($1::uuid[]) and next_at <= $2

-- name: newer_escalation
select version, rows::text from notify.escalation where version > $1 order by version desc limit 1

-- name: escalations
select version, note, at, by from notify.escalation order by version desc limit 200

-- name: escalation
select version, rows::text, note, at, by from notify.escalation where version = $1

-- name: lock_escalation
lock table notify.escalation in share row exclusive mode

-- name: keep_escalation
insert into notify.escalation (version, rows, note, at, by) values ($1, $2::text::jsonb, $3, $4, $5)

-- name: look_again
-- Chains that run are looked at under the new table at once.
update notify.chain set next_at = $1 where state in ('running', 'acknowledged')

-- name: own_in_force
select r.id, r.hosted, r.name, r.kinds, r.grades, r.from_minute, r.until_minute, r.parts, r.accounts, r.ways, r.after, r.since,
       h.scope, h.kind
from notify.own_rule r join access.hosted h on h.id = r.hosted
where r.enabled and h.closed_at is null
order by r.hosted, r.id

-- name: own_accounts
select a.id, a.name, a.display_name, a.role, a.scope, a.phone, a.hosted, h.kind
from access.account a join access.hosted h on h.id = a.hosted
where a.disabled_at is null and a.id = any ($1::uuid[])

-- name: own_told
-- By what each was told of these incidents at their grade.
select n.incident, n.holder, n.channel from notify.notification n join notify.chain c on c.incident = n.incident
where n.incident = any ($1::uuid[]) and n.grade = c.grade and n.purpose = 'alarm'
  and n.state not in ('failed', 'cancelled', 'limited')

-- name: own_rules
select r.id, r.hosted, r.name, r.kinds, r.grades, r.from_minute, r.until_minute, r.parts, r.accounts, r.ways, r.after, r.since,
       r.enabled, r.changed_at, r.changed_by, h.scope, h.kind
from notify.own_rule r join access.hosted h on h.id = r.hosted
where r.hosted = $1::uuid order by r.id

-- name: linked_members
select id, verified_at, verified_by from registry.member where id = any ($1::uuid[])

-- name: linked_told
-- What went out inside another has that one's state.
select n.holder, n.channel, n.step, coalesce(c.state, n.state) as state, coalesce(c.at, n.at) as at
from notify.notification n left join notify.notification c on c.id = n.merged_into
where n.incident = any ($1::uuid[]) and n.purpose = 'alarm' order by n.created_at, n.id limit 2000

-- name: linked_reached
-- When each was last reached for certain.
select holder, max(at) as at from notify.notification
where holder = any ($1::text[]) and handed_at is not null and state in ('delivered', 'answered') group by holder

-- name: own_people
select a.id::text, a.name, a.display_name, a.role, a.phone from access.account a
where a.hosted = $1::uuid and a.disabled_at is null order by a.name limit 500

-- name: lock_own_rules
select from access.hosted where id = $1::uuid for share

-- name: keep_own_rule
insert into notify.own_rule (id, hosted, name, kinds, grades, from_minute, until_minute, parts, accounts, ways, after, enabled,
                             since, changed_at, changed_by)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (id) do update set
  name = excluded.name, kinds = excluded.kinds, grades = excluded.grades, from_minute = excluded.from_minute,
  until_minute = excluded.until_minute, parts = excluded.parts, accounts = excluded.accounts, ways = excluded.ways,
  after = excluded.after, enabled = excluded.enabled, since = excluded.since, changed_at = excluded.changed_at,
  changed_by = excluded.changed_by

-- name: remove_own_rule
delete from notify.own_rule where id = $1::uuid and hosted = $2::uuid returning id

-- name: preferences
select account, ways, off, digest_minute, quiet_from, quiet_until from notify.preference where account = any ($1::uuid[])

-- name: keep_preference
insert into notify.preference (account, ways, off, digest_minute, quiet_from, quiet_until, changed_at)
values ($1::uuid, $2, $3, $4, $5, $6, $7)
on conflict (account) do update set
  ways = excluded.ways, off = excluded.off, digest_minute = excluded.digest_minute, quiet_from = excluded.quiet_from,
  quiet_until = excluded.quiet_until, changed_at = excluded.changed_at

-- name: quiet_of
-- Own quiet hours, by the holders' names (audience.plain_number).
select holder, quiet_from, quiet_until
from (
  select case when number = '' then 'account:' || account else 'phone:' || number end as holder, quiet_from, quiet_until
  from (
    select p.account, p.quiet_from, p.quiet_until,
           regexp_replace(regexp_replace(a.phone, '[^0-9+]', '', 'g'), '^\+86', '') as number
    from notify.preference p join access.account a on a.id = p.account
    where p.quiet_from is not null and a.disabled_at is null
  ) n
) h
where holder = any ($1::text[])

-- name: own_phone
select phone from access.account where id = $1::uuid

-- name: digest_due
-- Whose hour has come today, and whose has not been served; who never chose has the usual hour.
select a.id, a.name, a.display_name, a.role, a.scope, a.phone, p.ways, p.off
from access.account a
left join notify.preference p on p.account = a.id
where a.disabled_at is null and a.role = any ($1::text[])
  and case when p.account is null then $2::int else p.digest_minute end between $3::int and $4::int
  and not exists (select from notify.digest d where d.account = a.id and d.day = $5)
order by a.id
limit $6

-- name: keep_digest
insert into notify.digest (account, day, at, tasks) values ($1::uuid, $2, $3, $4) on conflict do nothing

-- name: told_of
select incident from notify.chain where incident = any ($1::uuid[]) and state in ('running', 'acknowledged')

-- name: replacement
select split_part(holder, ':', 1) as kind, split_part(holder, ':', 2) as holder, replacement_name as name,
       replacement_phone as phone
from notify.shift where id = $1::uuid

-- name: organisation_kind
select kind from registry.organisation where id = $1::uuid

-- name: first_handed
-- What went out inside another was told with that one. What no provider surely took told nobody, and browser push proves
-- nothing; nor does what a sub-platform's own rule says. `$2`: parts that are not the site's.
select n.incident::text, min(coalesce(c.handed_at, n.handed_at)) as at
from notify.notification n left join notify.notification c on c.id = n.merged_into
where n.incident = any ($1::uuid[]) and n.purpose = 'alarm' and n.channel <> 'webpush' and n.role <> all ($2::text[])
  and n.step not like '%.own:%' and coalesce(c.state, n.state) in ('sent', 'delivered', 'answered')
  and coalesce(c.handed_at, n.handed_at) is not null
group by n.incident

-- name: proofs_since
select count(*) from notify.proof where asked_at >= $1

-- name: add_proof
insert into notify.proof (id, number, channel, provider, request, token, state, asked_at, expires_at, at)
values ($1::uuid, $2, $3, $4, $5, $6, 'handed', $7, $8, $7)

-- name: settle_proof
update notify.proof set state = $2, provider_id = $3, detail = $4, at = $5 where id = $1::uuid and state = 'handed'

-- name: proof_of_receipt
select id, number, asked_at from notify.proof
where ($1 <> '' and request = $1) or ($3 <> '' and provider = $2 and provider_id = $3) limit 1 for update

-- name: proof_reported
update notify.proof set state = $2, detail = $3, at = $4
where id = $1::uuid and state in ('handed', 'sent', 'delivered', 'failed')

-- name: expire_proofs
update notify.proof set state = 'expired', at = $1
where expires_at <= $1 and state in ('handed', 'sent', 'delivered') returning number

-- name: forget_failed
update notify.proof set state = 'expired', at = $2 where asked_at <= $1 and state = 'failed' returning number

-- name: proof_of_token
select id, number, state, asked_at, expires_at from notify.proof where token = $1 for update

-- name: answer_proof
update notify.proof set state = $2, at = $3 where id = $1::uuid

-- name: contacts_of_proof
select c.role, c.name, u.name as unit_name from registry.contact c join registry.unit u on u.id = c.unit_id
where c.number = $1 order by u.name, c.id limit 20

-- name: reach_rows
select slot from notify.reach_row

-- name: add_reach_row
insert into notify.reach_row (slot, contact, unit) values ($1, $2::uuid, $3::uuid)

-- name: remove_reach_rows
delete from notify.reach_row where slot = any ($1::text[])

-- name: reach_wrong
-- Units that nobody answers for, and contacts that are bad in units where somebody still does. What stands goes first,
-- so that a limit never ends it. Units of other platforms have their people at home.
with bad as (
  select 'contacts:' || u.id as slot, null::uuid as contact, u.id as unit, 'unit_unreachable' as flag, '' as name, '' as said
  from registry.unit u
  where u.retired_at is null and u.came_from = '{}'
    and not exists (select from registry.contact c where c.unit_id = u.id and c.dead_at is null and c.unproven_at is null)
    and (u.created_at <= $1 or exists (select from registry.contact c where c.unit_id = u.id))
  union all
  select 'contact:' || c.id, c.id, c.unit_id, case when c.dead_at is null then 'contact_unproven' else 'contact_dead' end,
         c.name, c.dead_why
  from registry.contact c
  where (c.dead_at is not null or c.unproven_at is not null)
    and exists (select from registry.contact o where o.unit_id = c.unit_id and o.dead_at is null and o.unproven_at is null)
)
select b.slot, b.contact, b.unit::text as unit_id, b.flag, b.name, b.said, u.code as unit_code, u.name as unit_name, u.lon,
       u.lat, u.area, u.community, u.industry, u.grid, u.code as unit, u.station, u.firm, u.org
from bad b join registry.unit u on u.id = b.unit left join notify.reach_row r on r.slot = b.slot
where u.retired_at is null
order by r.slot is null, b.flag = 'unit_unreachable' desc, b.slot limit $2
