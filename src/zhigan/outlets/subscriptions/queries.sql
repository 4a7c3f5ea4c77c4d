-- Partners, their subscriptions, what went out, and the CAP feed. Time is an argument.

-- name: partners
-- For people, bound: what one's scope holds. Figures of the last day.
select p.id::text, p.name, p.kind, p.notes, p.state, p.version, p.account::text, p.created_at, p.created_by, p.changed_at,
       p.changed_by,
       (select count(*) from subscriptions.subscription s where s.partner = p.id and s.retired_at is null) as subscriptions,
       (select count(*) from subscriptions.subscription s where s.partner = p.id and s.retired_at is null
          and (s.state = 'gone' or (s.state = 'active' and s.failing_since <= $7::timestamptz))) as failing,
       (select max(s.last_ok_at) from subscriptions.subscription s where s.partner = p.id and s.retired_at is null) as last_ok_at,
       (select count(*) from subscriptions.delivery d where d.partner = p.id and d.at > $6::timestamptz and d.ok) as day_ok,
       (select count(*) from subscriptions.delivery d where d.partner = p.id and d.at > $6::timestamptz and not d.ok) as day_failed
from subscriptions.partner p
where p.retired_at is null and ($1::uuid is null or p.id = $1) and ($2::text is null or p.kind = $2)
  and ($3::text is null or p.name ilike $3 or p.notes ilike $3)
  and ($4::text is null or (lower(p.name), p.id) > (lower($4), $5::uuid))
order by lower(p.name), p.id limit $8

-- name: accounts
select id::text, name, role, scope, disabled_at is not null as disabled from access.account where id = any ($1::uuid[])

-- name: account_named
select id::text from access.account where lower(name) = lower($1)

-- name: partner_of
select id::text from subscriptions.partner where account = $1::uuid and retired_at is null

-- name: name_taken
select id from subscriptions.partner where lower(name) = lower($1) and retired_at is null and id <> $2::uuid

-- name: count_partners
select count(*) from subscriptions.partner where retired_at is null

-- name: add_partner
insert into subscriptions.partner (id, name, kind, account, notes, created_at, created_by, changed_at, changed_by)
values ($1::uuid, $2, $3, $4::uuid, $5, $6, $7, $6, $7)

-- name: change_partner
update subscriptions.partner set name = $2, kind = $3, notes = $4, changed_at = $5, changed_by = $6, version = version + 1
where id = $1::uuid and version = $7 and retired_at is null returning version

-- name: set_partner
update subscriptions.partner set state = $2, changed_at = $3, changed_by = $4, version = version + 1
where id = $1::uuid and retired_at is null returning id

-- name: retire_partner
with them as (
    update subscriptions.subscription set retired_at = $2, changed_at = $2, changed_by = $3
    where partner = $1::uuid and retired_at is null
)
update subscriptions.partner set retired_at = $2, changed_at = $2, changed_by = $3
where id = $1::uuid and retired_at is null returning id

-- name: subscriptions
-- For people, bound.
select s.id::text, s.partner::text, p.name as partner_name, p.state as partner_state, p.account::text, s.name, s.form, s.url,
       s.what, s.confirmed, s.grades, s.kinds, s.exercises, s.batch, s.state, s.position, s.upto, s.failures,
       s.failing_since, s.next_at, s.sent, s.last_ok_at, s.last_said, s.version, s.created_at, s.created_by, s.changed_at,
       s.changed_by
from subscriptions.subscription s join subscriptions.partner p on p.id = s.partner
where s.retired_at is null and p.retired_at is null
  and ($1::uuid[] is null or s.partner = any ($1)) and ($2::uuid is null or s.id = $2)
order by s.created_at, s.id

-- name: count_subscriptions
select count(*) from subscriptions.subscription where retired_at is null

-- name: add_subscription
insert into subscriptions.subscription (id, partner, name, form, url, what, confirmed, grades, kinds, exercises, batch, secret,
                                        position, created_at, created_by, changed_at, changed_by)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $14, $15)

-- name: change_subscription
-- What is under way keeps its form: a change of the form or the batch begins with the next message.
update subscriptions.subscription set name = $2, url = $3, what = $4, confirmed = $5, grades = $6, kinds = $7, exercises = $8,
       batch = $9, changed_at = $10, changed_by = $11, version = version + 1, upto = null, next_at = null
where id = $1::uuid and version = $12 and retired_at is null returning version

-- name: set_subscription
update subscriptions.subscription set state = $2, changed_at = $3, changed_by = $4, version = version + 1, next_at = null,
       failures = 0, failing_since = null
where id = $1::uuid and retired_at is null returning id

-- name: renew_secret
update subscriptions.subscription set old_secret = secret, old_until = $3, secret = $2, changed_at = $4, changed_by = $5,
       version = version + 1
where id = $1::uuid and retired_at is null returning id

-- name: retire_subscription
update subscriptions.subscription set retired_at = $2, changed_at = $2, changed_by = $3
where id = $1::uuid and retired_at is null returning id

-- name: replay
update subscriptions.subscription set position = $2, upto = null, next_at = null, failures = 0, failing_since = null,
       changed_at = $3, changed_by = $4, version = version + 1
where id = $1::uuid and retired_at is null returning id

-- name: forget_threads
delete from subscriptions.thread where subscription = $1::uuid

-- name: tell
select pg_notify('zhigan_subscriptions', '')

-- name: active
select s.id::text from subscriptions.subscription s
join subscriptions.partner p on p.id = s.partner
join access.account a on a.id = p.account
where s.retired_at is null and p.retired_at is null and s.state = 'active' and p.state = 'active' and a.disabled_at is null

-- name: loaded
select s.id::text, s.partner::text, s.name, s.form, s.url, s.what, s.confirmed, s.grades, s.kinds, s.exercises, s.batch,
       s.secret, case when s.old_until > $2 then s.old_secret end as old_secret, a.id::text as account, a.scope,
       s.state = 'active' and p.state = 'active' and a.disabled_at is null and s.retired_at is null
         and p.retired_at is null as runs,
       s.position, s.upto, s.failures, s.failing_since, s.next_at
from subscriptions.subscription s
join subscriptions.partner p on p.id = s.partner
join access.account a on a.id = p.account
where s.id = $1::uuid

-- name: threads
select incident::text, first_id, first_sent, last_id, last_sent, told from subscriptions.thread
where subscription = $1::uuid and incident = any ($2::uuid[])

-- name: put_down
update subscriptions.subscription set upto = $3 where id = $1::uuid and position = $2 and upto is null returning id

-- name: passed
-- Nothing of it was the partner's.
update subscriptions.subscription set position = $3, upto = null where id = $1::uuid and position = $2 returning id

-- name: taken
update subscriptions.subscription set position = $3, upto = null, failures = 0, failing_since = null, next_at = null,
       sent = sent + $4, last_ok_at = $5, last_said = $6
where id = $1::uuid and position = $2 returning id

-- name: not_taken
update subscriptions.subscription set failures = failures + 1, failing_since = coalesce(failing_since, $3::timestamptz),
       next_at = $4, last_said = $5, state = case when $6 then 'gone' else state end
where id = $1::uuid and position = $2 returning id

-- name: put_threads
insert into subscriptions.thread (subscription, incident, first_id, first_sent, last_id, last_sent, told)
select $1::uuid, incident, first_id, first_sent, last_id, last_sent, told
from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::text[])
    as t (incident, first_id, first_sent, last_id, last_sent, told)
on conflict (subscription, incident) do update set first_id = excluded.first_id, first_sent = excluded.first_sent,
    last_id = excluded.last_id, last_sent = excluded.last_sent, told = excluded.told

-- name: keep_delivery
insert into subscriptions.delivery (id, partner, subscription, at, act, ok, attempt, events, first, incident, type, message,
                                    status, ms, said, request, answer, words)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10::uuid, $11, $12, $13, $14, $15, $16, $17, $18)

-- name: deliveries
select d.id::text, d.at, d.subscription::text, s.name, d.act, d.ok, d.attempt, d.events, d.incident::text, d.type, d.message,
       d.status, d.ms, d.said, d.words
from subscriptions.delivery d join subscriptions.subscription s on s.id = d.subscription
where d.partner = $1::uuid and (d.at, d.id) < ($2::timestamptz, $3::uuid)
  and ($4::uuid is null or d.subscription = $4) and ($5::boolean is null or d.ok = $5) and ($6::text is null or d.act = $6)
  and ($7::timestamptz is null or d.at >= $7) and ($8::text[] is null or lower(d.words || ' ' || d.said) like all ($8))
order by d.at desc, d.id desc limit $9

-- name: delivery
select d.id::text, d.at, d.subscription::text, s.name, d.act, d.ok, d.attempt, d.events, d.incident::text, d.type, d.message,
       d.status, d.ms, d.said, d.words, d.request, d.answer
from subscriptions.delivery d join subscriptions.subscription s on s.id = d.subscription
where d.id = $1::uuid

-- name: forget_deliveries
delete from subscriptions.delivery where at < $1

-- name: forget_alerts
delete from subscriptions.alert where sent < $1

-- name: forget_old_threads
delete from subscriptions.thread where last_sent < $1

-- name: standing
-- How every one stands, for the watch and the figures.
select s.id::text, s.name, s.state, s.position, s.failing_since, p.name as partner, p.state as partner_state,
       a.scope, a.disabled_at, s.retired_at is not null or p.retired_at is not null as retired
from subscriptions.subscription s
join subscriptions.partner p on p.id = s.partner
join access.account a on a.id = p.account

-- name: told_alerts
-- The messages about these incidents, oldest first.
select incident::text, identifier, sent, message_type, told from subscriptions.alert
where incident = any ($1::uuid[]) order by event

-- name: add_alert
insert into subscriptions.alert (event, incident, identifier, sent, message_type, status, told, title, document, area,
                                 community, industry, grid, unit, station, firm, org)
values ($1, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict do nothing

-- name: alerts
-- For whoever is bound; row security decides.
select event, identifier, sent, message_type, status, title from subscriptions.alert
where event < $1 order by event desc limit $2

-- name: alert
select document, sent from subscriptions.alert where identifier = $1
