-- Command centres, hand-overs, exchanges, feedback, calls. Time is an argument. Incidents are asked of their own room.

-- name: targets
select id::text, name, areas, adapter, url, proof, secret, map, answer_s, receipt_s, phone, automatic, enabled, version
from dispatch.target where retired_at is null and ($1::uuid[] is null or id = any ($1::uuid[])) order by name

-- name: shown_targets
select t.id::text, t.name, t.areas, t.adapter, t.url, t.proof, t.feedback_proof, t.map, t.map_version, t.answer_s, t.receipt_s,
       t.phone, t.automatic, t.enabled, t.version, t.created_at, t.created_by, t.changed_at, t.changed_by
from dispatch.target t where t.retired_at is null and ($1::uuid is null or t.id = $1::uuid) order by t.name

-- name: target_names
select id::text, name from dispatch.target where id = any ($1::uuid[])

-- name: sealed
select secret is not null as secret, feedback is not null as feedback from dispatch.target where id = $1::uuid

-- name: feedback_door
-- also of a target that was retired: its fires may still be under way
select id::text, name, adapter, map, feedback, feedback_proof from dispatch.target where id = $1::uuid and enabled

-- name: add_target
insert into dispatch.target (id, name, areas, adapter, url, proof, secret, feedback, feedback_proof, map, answer_s, receipt_s, phone,
                             automatic, enabled, created_at, created_by, changed_at, changed_by)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $16, $17)

-- name: change_target
update dispatch.target set
  name = $2, areas = $3, adapter = $4, url = $5, proof = $6, secret = case when $7 then $8 else secret end,
  feedback = case when $9 then $10 else feedback end, feedback_proof = $11,
  map_version = case when map = $12 then map_version else map_version + 1 end, map = $12, answer_s = $13, receipt_s = $14,
  phone = $15, automatic = $16, enabled = $17, changed_at = $18, changed_by = $19, version = version + 1
where id = $1::uuid and retired_at is null and version = $20
returning map_version

-- name: keep_map
insert into dispatch.map (target, version, map, at, who) values ($1::uuid, $2, $3, $4, $5)
on conflict (target, version) do nothing

-- name: maps
select version, map, at, who from dispatch.map where target = $1::uuid order by version desc limit 50

-- name: retire_target
update dispatch.target set retired_at = $2, changed_at = $2, changed_by = $3, enabled = false where id = $1::uuid and retired_at is null
returning id

-- name: count_targets
select count(*) from dispatch.target where retired_at is null

-- name: name_taken
select 1 from dispatch.target where lower(name) = lower($1) and retired_at is null and id <> $2::uuid

-- name: of_incidents
select h.id::text, h.incident::text, h.target::text, h.act, h.state, h.seq, h.alert::text, h.asked_at, h.due_at, h.attempts,
       h.first_sent_at, h.number, h.note, h.cause, h.alarms, h.told
from dispatch.hand_over h where h.incident = any ($1::uuid[]) order by h.incident, h.seq for update

-- name: next_seq
select coalesce(max(seq), 0) + 1 from dispatch.hand_over where incident = $1::uuid

-- name: put_down
insert into dispatch.hand_over (id, incident, origin, target, act, state, seq, alert, automatic, asked_by, asked_at, due_at, note,
                                cause, at)
values ($1::uuid, $2::uuid, $2::uuid, $3::uuid, $4, 'waiting', $5, $6::uuid, $7, $8, $9, $10, $11, $12, $13)
on conflict do nothing

-- name: adopt
-- What went into another incident is handed on there.
update dispatch.hand_over h set incident = u.into_id,
       seq = h.seq + (select coalesce(max(x.seq), 0) from dispatch.hand_over x where x.incident = u.into_id)
from unnest($1::uuid[], $2::uuid[]) as u (gone, into_id) where h.incident = u.gone

-- name: adopt_feedback
update dispatch.feedback f set incident = u.into_id
from unnest($1::uuid[], $2::uuid[]) as u (gone, into_id) where f.incident = u.gone

-- name: adopt_calls
update dispatch.call c set incident = u.into_id
from unnest($1::uuid[], $2::uuid[]) as u (gone, into_id)
where c.incident = u.gone
  and (c.state <> 'wanted' or not exists (select 1 from dispatch.call x where x.incident = u.into_id and x.state = 'wanted'))

-- name: acknowledge
-- The centre's word on an incident is a receipt too, however its answer went.
update dispatch.hand_over set state = 'acknowledged', acknowledged_at = coalesce(acknowledged_at, $2),
       number = case when $3 = '' then number else $3 end, said = 'feedback', at = $2
where id = $1::uuid and state in ('waiting', 'sending', 'refused', 'failed')
returning id

-- name: stop
-- Nobody need be told any more: what waits is not sent.
update dispatch.hand_over set state = 'cancelled', at = $2
where incident = any ($1::uuid[]) and act in ('alert', 'update') and state in ('waiting', 'refused', 'failed')

-- name: due
-- The first message of each incident and centre that is not over: what follows waits for what it follows.
select h.id::text, h.incident::text, h.target::text, h.act, h.state, h.seq, h.alert::text, h.asked_at, h.due_at, h.attempts,
       h.first_sent_at, h.number, h.note, h.cause, h.alarms, h.told
from dispatch.hand_over h
where h.state = 'waiting' and h.due_at <= $1 and h.target <> all ($2::uuid[]) and h.id <> all ($3::uuid[])
  and not exists (select 1 from dispatch.hand_over x where x.incident = h.incident and x.target = h.target and x.seq < h.seq
                  and x.state in ('waiting', 'sending'))
order by h.act = 'exercise', h.due_at limit $4
for update skip locked

-- name: sending
-- Before the call: whatever happens now, it is known that it may have happened.
update dispatch.hand_over h set state = 'sending', attempts = h.attempts + 1, sent_at = $2, first_sent_at = coalesce(h.first_sent_at, $2),
       alarms = u.alarms, at = $2
from unnest($1::uuid[], $3::int[]) as u (id, alarms) where h.id = u.id

-- name: settle
update dispatch.hand_over set
  state = case when state in ('acknowledged', 'cancelled') then state
               when $2 = 'waiting' and exists (select 1 from dispatch.hand_over c where c.alert = $1::uuid and c.act = 'cancel')
               then 'cancelled' else $2 end,
  due_at = $3,
  acknowledged_at = case when $2 = 'acknowledged' then coalesce(acknowledged_at, $4) else acknowledged_at end,
  number = case when $5 = '' then number else $5 end, said = $6, told = told or $7, at = $4
where id = $1::uuid
returning state

-- name: recover
update dispatch.hand_over set state = 'waiting', due_at = $1, at = $1
where state = 'sending' and id <> all ($2::uuid[]) and sent_at <= $3

-- name: again
update dispatch.hand_over set state = 'waiting', due_at = $2, at = $2
where incident = $1::uuid and act in ('alert', 'update', 'cancel') and state in ('waiting', 'refused', 'failed')
returning id

-- name: sent_alert
select first_sent_at from dispatch.hand_over where id = $1::uuid

-- name: late
-- Alerts without a receipt whose incident nobody was asked to telephone for yet.
select h.id::text, h.incident::text, h.target::text, h.act, h.state, h.seq, h.alert::text, h.asked_at, h.due_at, h.attempts,
       h.first_sent_at, h.number, h.note, h.cause, h.alarms, h.told, t.receipt_s, t.phone, t.name
from dispatch.hand_over h join dispatch.target t on t.id = h.target
where h.act = 'alert' and h.incident is not null and h.state in ('waiting', 'sending', 'refused', 'failed')
  and h.asked_at <= $1 and not exists (select 1 from dispatch.call c where c.incident = h.incident)
order by h.asked_at limit $2

-- name: want_call
insert into dispatch.call (id, incident, target, phone, why, state, wanted_at)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, 'wanted', $6)
on conflict do nothing returning id

-- name: withdraw_calls
update dispatch.call set state = 'withdrawn', done_at = $2, note = $3 where incident = any ($1::uuid[]) and state = 'wanted'
returning incident::text

-- name: do_call
update dispatch.call set state = 'done', done_at = $2, account = $3, who = $4, number = $5, note = $6
where incident = $1::uuid and state = 'wanted' returning id

-- name: add_call
insert into dispatch.call (id, incident, phone, why, state, wanted_at, done_at, account, who, number, note)
values ($1::uuid, $2::uuid, $3, 'by_hand', 'done', $4, $4, $5, $6, $7, $8)

-- name: calls_of
select id::text, target::text, phone, why, state, wanted_at, done_at, who, number, note
from dispatch.call where incident = any ($1::uuid[]) order by wanted_at, id

-- name: called_number
select number from dispatch.call where incident = $1::uuid and number <> '' order by done_at desc limit 1

-- name: open_calls
select c.incident::text, c.phone, c.why, c.wanted_at from dispatch.call c where c.state = 'wanted' order by c.wanted_at limit $1

-- name: shown
select h.id::text, h.target::text, h.act, h.state, h.alert::text, h.automatic, h.asked_by, h.asked_at, h.due_at, h.attempts,
       h.first_sent_at, h.sent_at, h.acknowledged_at, h.number, h.said, h.note, h.cause
from dispatch.hand_over h where h.incident = any ($1::uuid[]) order by h.asked_at, h.seq

-- name: exercise
select h.id::text, h.target::text, h.act, h.state, h.alert::text, h.automatic, h.asked_by, h.asked_at, h.due_at, h.attempts,
       h.first_sent_at, h.sent_at, h.acknowledged_at, h.number, h.said, h.note, h.cause
from dispatch.hand_over h where h.id = $1::uuid and h.incident is null

-- name: feedback_of
select id::text, target::text, stage, at, received_at, text, number, vehicles, people
from dispatch.feedback where incident = any ($1::uuid[]) order by at, received_at limit 500

-- name: named
-- The incident that a centre means: by our id of the alert, the incident's, or its own number.
select h.incident::text, h.id::text from dispatch.hand_over h
where h.target = $1::uuid and h.act = 'alert' and h.incident is not null
  and (h.id = any ($2::uuid[]) or h.incident = any ($2::uuid[]) or h.origin = any ($2::uuid[])
       or (h.number <> '' and h.number = any ($3::text[])))
order by h.asked_at desc limit 1

-- name: add_feedback
insert into dispatch.feedback (id, target, incident, key, stage, at, received_at, text, number, vehicles, people)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (target, key) do nothing returning id

-- name: count_feedback
select count(*) from dispatch.feedback where incident = $1::uuid

-- name: keep_exchange
insert into dispatch.exchange (id, target, hand_over, incident, at, direction, act, ok, status, ms, said, request, answer, words)
values ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: exchanges
select e.id::text, e.target::text, t.name, e.hand_over::text, e.incident::text, e.at, e.direction, e.act, e.ok, e.status, e.ms, e.said,
       e.words
from dispatch.exchange e join dispatch.target t on t.id = e.target
where (e.at, e.id) < ($1, $2::uuid) and ($3::uuid is null or e.target = $3::uuid) and ($4::boolean is null or e.ok = $4)
  and ($5::text is null or e.direction = $5) and ($6::uuid is null or e.incident = $6::uuid)
  and ($7::text[] is null or lower(e.words || ' ' || e.said) like all ($7::text[]))
  and ($8::timestamptz is null or e.at >= $8) and ($9::text is null or e.act = $9)
order by e.at desc, e.id desc limit $10

-- name: exchange
select e.id::text, e.target::text, t.name, e.hand_over::text, e.incident::text, e.at, e.direction, e.act, e.ok, e.status, e.ms, e.said,
       e.words, e.request, e.answer
from dispatch.exchange e join dispatch.target t on t.id = e.target where e.id = $1::uuid

-- name: forget_exchanges
delete from dispatch.exchange where id in (select id from dispatch.exchange where at < $1 order by at limit 5000)

-- name: figures
-- How soon confirmed fires were acknowledged since $1, in seconds.
select count(*)::integer as n, count(*) filter (where s <= 3)::integer as within,
       percentile_cont(0.5) within group (order by s) as p50, percentile_cont(0.99) within group (order by s) as p99, max(s) as worst
from (select extract(epoch from h.acknowledged_at - h.asked_at)::float8 as s from dispatch.hand_over h
      where h.asked_at >= $1 and h.act = 'alert' and h.acknowledged_at is not null) t

-- name: counts
select count(*) filter (where state = 'waiting')::integer as waiting, count(*) filter (where state = 'refused')::integer as refused
from dispatch.hand_over where state in ('waiting', 'refused') and asked_at >= $1

-- name: tell
select pg_notify('zhigan_dispatch', '')

-- name: unit
select u.id::text, u.name, u.code, u.uscc, u.address, u.premises, u.phone from registry.unit u where u.id = $1::uuid

-- name: floor_of
select floor from registry.device where id = any ($1::uuid[]) and floor <> '' limit 1

-- name: was_shown
select id from access.audit where account = $1::uuid and subject = $2 and action = 'number.shown' limit 1
