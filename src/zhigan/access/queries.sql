-- The access room's statements. Instants are arguments.

-- name: account_by_name
select a.id::text, a.name, a.role, a.scope, a.display_name, a.phone, a.password, a.created_at, a.changed_at, a.disabled_at, a.must_change,
       h.id::text as hosted_id, coalesce(h.short_name, '') as hosted
from access.account a left join access.hosted h on h.id = a.hosted
where lower(a.name) = lower($1)

-- name: account
select a.id::text, a.name, a.role, a.scope, a.display_name, a.phone, a.password, a.created_at, a.changed_at, a.disabled_at, a.must_change,
       h.id::text as hosted_id, coalesce(h.short_name, '') as hosted
from access.account a left join access.hosted h on h.id = a.hosted
where a.id = $1::uuid

-- name: accounts
select a.id::text, a.name, a.role, a.scope, a.display_name, a.phone, a.password, a.created_at, a.changed_at, a.disabled_at, a.must_change,
       h.id::text as hosted_id, coalesce(h.short_name, '') as hosted
from access.account a left join access.hosted h on h.id = a.hosted
where ($1::text is null or lower(a.name) > lower($1)) and ($2::text is null or a.role = $2)
  and ($3::text is null or position(lower($3) in lower(a.name || ' ' || a.display_name)) > 0
    or access.answers_to(a.phone, $3))
  and ($5::boolean is null or (a.disabled_at is not null) = $5) and ($6::uuid is null or a.hosted = $6)
order by lower(a.name) limit $4

-- name: accounts_down
select a.id::text, a.name, a.role, a.scope, a.display_name, a.phone, a.password, a.created_at, a.changed_at, a.disabled_at, a.must_change,
       h.id::text as hosted_id, coalesce(h.short_name, '') as hosted
from access.account a left join access.hosted h on h.id = a.hosted
where ($1::text is null or lower(a.name) < lower($1)) and ($2::text is null or a.role = $2)
  and ($3::text is null or position(lower($3) in lower(a.name || ' ' || a.display_name)) > 0
    or access.answers_to(a.phone, $3))
  and ($5::boolean is null or (a.disabled_at is not null) = $5) and ($6::uuid is null or a.hosted = $6)
order by lower(a.name) desc limit $4

-- name: add_account
insert into access.account (id, name, role, scope, display_name, phone, password, created_at, changed_at, password_at, hosted,
                            must_change)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9::uuid, $10)
on conflict (lower(name)) do nothing
returning id::text

-- name: change_account
update access.account
set role = $2, scope = $3, display_name = $4, phone = $5, disabled_at = $6, changed_at = $7
where id = $1::uuid

-- name: set_password
with former as (
    insert into access.password_past (account, at, hash)
    select id, $3, password from access.account where id = $1::uuid and password <> '!'
    on conflict (account, at) do update set hash = excluded.hash
)
update access.account set password = $2, changed_at = $3, password_at = $3, must_change = $4 where id = $1::uuid

-- name: former_passwords
select hash from (
    select password as hash, 'infinity'::timestamptz as at from access.account where id = $1::uuid and password <> '!'
    union all select hash, at from access.password_past where account = $1::uuid
) past order by at desc limit $2

-- name: forget_former_passwords
delete from access.password_past p
where p.account = $1::uuid and p.at not in (
    select at from access.password_past where account = $1::uuid order by at desc limit 12)

-- name: forget_audit
select access.forget_audit($1, $2)

-- name: kept
select (select at from access.audit order by at limit 1) as since,
       (select coalesce(max(id) - min(id) + 1, 0) from access.audit) as lines

-- name: open_session
insert into access.session (digest, id, account, created_at, seen_at, expires_at, address, agent)
values ($1, $2::uuid, $3::uuid, $4, $4, $5, $6, $7)

-- name: session
select s.id::text as session, s.seen_at, a.id::text, a.name, a.role, a.scope,
       a.must_change or (d.password_days > 0 and a.role <> 'partner' and a.password <> '!'
                         and coalesce(a.password_at, a.created_at) <= $2::timestamptz - make_interval(days => d.password_days)) as owes
from access.session s join access.account a on a.id = s.account cross join access.setting d
where s.digest = $1 and s.expires_at > $2 and a.disabled_at is null
  and s.seen_at > $2 - make_interval(mins => d.idle_minutes) and s.created_at > $2 - make_interval(days => d.life_days)

-- name: session_seen
update access.session set seen_at = $2 where digest = $1

-- name: end_session
delete from access.session where id = $1::uuid

-- name: end_sessions
delete from access.session where account = $1::uuid and ($2::uuid is null or id <> $2)

-- name: sessions
select s.id::text, s.created_at, s.seen_at, s.expires_at, s.address, s.agent
from access.session s cross join access.setting d
where s.account = $1::uuid and s.expires_at > $2
  and s.seen_at > $2 - make_interval(mins => d.idle_minutes) and s.created_at > $2 - make_interval(days => d.life_days)
order by s.seen_at desc

-- name: forget_sessions
delete from access.session s using access.setting d
where s.expires_at <= $1 or s.seen_at <= $1 - make_interval(mins => d.idle_minutes)
  or s.created_at <= $1 - make_interval(days => d.life_days)

-- name: attempts
select key, failures, last_at from access.attempt where key = any ($1::text[])

-- name: failed
insert into access.attempt as a (key, failures, last_at)
select key, 1, $2 from unnest($1::text[]) as key order by key
on conflict (key) do update
set failures = case when a.last_at <= $3 then 1 else a.failures + 1 end, last_at = $2

-- name: one_at_a_time
select pg_advisory_xact_lock(hashtextextended($1, 0))

-- name: forgive
delete from access.attempt where key = any ($1::text[])

-- name: take_back
update access.attempt set failures = greatest(failures - 1, 0) where key = $1

-- name: forget_attempts
delete from access.attempt where last_at <= $1

-- name: is_familiar
select exists (select from access.familiar where account = $1::uuid and address = $2 and at > $3)

-- name: make_familiar
insert into access.familiar (account, address, at) values ($1::uuid, $2, $3)
on conflict (account, address) do update set at = excluded.at

-- name: audit
select e.id, e.at, e.account::text, e.name, e.role, e.address, e.action, e.subject, e.detail::text, a.scope
from access.audit e left join access.account a on a.id = e.account
where ($1::bigint is null or e.id < $1)
  and ($2::timestamptz is null or e.at >= $2) and ($3::timestamptz is null or e.at < $3)
  and ($4::text is null or lower(e.name) = lower($4))
  and ($5::text is null or e.action = $5 or split_part(e.action, '.', 1) = $5)
  and ($6::text is null or e.subject = $6)
order by e.id desc limit $7

-- name: take_back_all
update access.attempt set failures = greatest(failures - 1, 0) where key = any ($1::text[])

-- name: factor
select secret, key, confirmed_at, step from access.second_factor where account = $1::uuid

-- name: begin_factor
insert into access.second_factor as f (account, secret, key, created_at) values ($1::uuid, $2, $3, $4)
on conflict (account) do update
set secret = excluded.secret, key = excluded.key, created_at = excluded.created_at, step = 0
where f.confirmed_at is null
returning true

-- name: confirm_factor
update access.second_factor set confirmed_at = $2 where account = $1::uuid and confirmed_at is null returning true

-- name: use_step
update access.second_factor set step = $2 where account = $1::uuid and step < $2 returning true

-- name: remove_factor
with codes as (delete from access.recovery_code where account = $1::uuid)
delete from access.second_factor where account = $1::uuid returning true

-- name: forget_codes
delete from access.recovery_code where account = $1::uuid

-- name: add_codes
insert into access.recovery_code (account, digest) select $1::uuid, unnest($2::bytea[])

-- name: use_code
delete from access.recovery_code where account = $1::uuid and digest = $2 returning true

-- name: codes_left
select count(*) from access.recovery_code where account = $1::uuid

-- name: factor_roles
select role from access.second_factor_role order by role

-- name: drop_factor_roles
delete from access.second_factor_role where not (role = any ($1::text[]))

-- name: add_factor_roles
insert into access.second_factor_role (role, since, set_by) select unnest($1::text[]), $2, $3 on conflict (role) do nothing

-- name: unsealed
select account::text, secret from access.second_factor where key = '' order by account for update

-- name: seal
update access.second_factor set secret = $2, key = $3 where account = $1::uuid

-- name: setting
select idle_minutes, life_days, shortest_password, password_history, password_days, attempts, lock_seconds, audit_days,
       event_days, log_days, changed_at, changed_by
from access.setting

-- name: change_setting
update access.setting
set idle_minutes = $1, life_days = $2, shortest_password = $3, password_history = $4, password_days = $5, attempts = $6,
    lock_seconds = $7, audit_days = $8, event_days = $9, log_days = $10, changed_at = $11, changed_by = $12

-- name: enrolled
select a.role, count(*) as accounts, count(f.account) filter (where f.confirmed_at is not null) as with_factor
from access.account a left join access.second_factor f on f.account = a.id
where a.disabled_at is null group by a.role order by a.role

-- name: accounts_of_number
select a.id::text, a.name, a.role, a.scope, a.display_name, a.phone, a.password, a.created_at, a.changed_at, a.disabled_at, a.must_change,
       h.id::text as hosted_id, coalesce(h.short_name, '') as hosted
from access.account a left join access.hosted h on h.id = a.hosted
where a.phone <> '' and access.number(a.phone) = $1 and a.disabled_at is null limit 2

-- name: login_code
select asked_at, account::text, code, sent_at, tries from access.login_code where phone = $1

-- name: code_asked
insert into access.login_code as c (phone, asked_at) values ($1, $2)
on conflict (phone) do update set asked_at = excluded.asked_at

-- name: keep_code
update access.login_code set account = $2::uuid, code = $3, sent_at = $4, tries = 0 where phone = $1

-- name: count_try
update access.login_code set tries = tries + 1 where phone = $1

-- name: uncount_try
update access.login_code set tries = greatest(tries - 1, 0) where phone = $1

-- name: spend_code
update access.login_code set code = null where phone = $1 and code = $2 returning true

-- name: forget_asked
delete from access.login_code where asked_at[cardinality(asked_at)] <= $1

-- name: hosted_all
select h.id::text, h.slug, h.kind, h.name, h.short_name, h.scope, h.start_page, h.logo_sha256, h.created_at, h.created_by,
       h.changed_at, h.closed_at, (select count(*) from access.account a where a.hosted = h.id and a.disabled_at is null) as accounts
from access.hosted h order by h.closed_at is not null, h.name, h.id

-- name: hosted
select h.id::text, h.slug, h.kind, h.name, h.short_name, h.scope, h.start_page, h.logo_sha256, h.created_at, h.created_by,
       h.changed_at, h.closed_at, (select count(*) from access.account a where a.hosted = h.id and a.disabled_at is null) as accounts
from access.hosted h where h.id = $1::uuid

-- name: hosted_admins
-- The first administrator of each.
select distinct on (hosted) hosted::text, name, phone from access.account
where hosted = any ($1::uuid[]) and role = 'admin' order by hosted, created_at, id

-- name: hosted_for_share
select id from access.hosted where id = $1::uuid and closed_at is null for share

-- name: hosted_for_update
select id from access.hosted where id = $1::uuid for update

-- name: add_hosted
insert into access.hosted (id, slug, kind, name, short_name, scope, start_page, created_at, created_by, changed_at)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $8)
on conflict (slug) do nothing
returning id::text

-- name: change_hosted
update access.hosted
set name = $2, short_name = $3, scope = $4, start_page = $5, closed_at = $6, changed_at = $7
where id = $1::uuid

-- name: hosted_logo
update access.hosted set logo = $2, logo_type = $3, logo_sha256 = $4, changed_at = $5 where id = $1::uuid

-- name: hosted_scopes
select name, scope from access.account where hosted = $1::uuid order by name

-- name: disable_hosted
with gone as (update access.account set disabled_at = $2, changed_at = $2
              where hosted = $1::uuid and disabled_at is null returning id),
     ended as (delete from access.session s using gone g where s.account = g.id)
select count(*) from gone

-- name: face
select slug, kind, name, short_name, start_page, logo_sha256 from access.hosted where slug = $1 and closed_at is null

-- name: face_of
select h.slug, h.kind, h.name, h.short_name, h.start_page, h.logo_sha256
from access.account a join access.hosted h on h.id = a.hosted where a.id = $1::uuid

-- name: face_logo
select logo, logo_type, logo_sha256 from access.hosted where slug = $1 and closed_at is null and logo is not null

-- name: own_scope
select coalesce(r.scope, a.scope) from access.account a left join access.relative r on r.account = a.id where a.id = $1::uuid

-- name: shares_given
select f.id::text, f.label, f.phone, f.units, f.created_at, f.expires_at, f.accepted_at, coalesce(a.display_name, '') as name,
       f.code is not null as by_code
from access.family f left join access.account a on a.id = f.relative
where f.owner = $1::uuid and f.ended_at is null and (f.accepted_at is not null or f.expires_at > $2)
order by f.created_at

-- name: shares_taken
select f.id::text, coalesce(nullif(o.display_name, ''), o.name) as owner, f.label, f.units, f.created_at, f.expires_at, f.accepted_at
from access.family f join access.account o on o.id = f.owner and o.disabled_at is null
where f.ended_at is null
  and (f.relative = $1::uuid and f.accepted_at is not null
       or f.accepted_at is null and f.expires_at > $2 and f.phone <> '' and f.phone = $3 and f.owner <> $1::uuid)
order by f.created_at

-- name: unit_names
select code, name from registry.unit where code = any ($1::text[])

-- name: add_share
insert into access.family (id, owner, label, phone, code, units, created_at, expires_at)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8)

-- name: share
select f.id::text, f.owner::text, f.relative::text, f.phone, f.units, f.expires_at, f.accepted_at, f.label,
       coalesce(nullif(o.display_name, ''), o.name) as owner_name
from access.family f join access.account o on o.id = f.owner and o.disabled_at is null
where f.ended_at is null and (f.id = $1::uuid or f.code = $2) for update of f

-- name: accept_share
update access.family set relative = $2::uuid, accepted_at = $3, code = null where id = $1::uuid

-- name: end_share
update access.family set ended_at = $2, code = null where id = $1::uuid

-- name: other_share
select exists (select from access.family where owner = $1::uuid and relative = $2::uuid and accepted_at is not null and ended_at is null)

-- name: make_relative
insert into access.relative (account, scope, invited) select a.id, case when $2 then $3 else a.scope end, $2
from access.account a where a.id = $1::uuid on conflict (account) do nothing

-- name: settle_relative
select access.settle_relative($1::uuid)

-- name: left_over
-- Made by an invitation, and nothing is shared with it any more.
select r.invited and not exists (select from access.family f where f.relative = r.account and f.accepted_at is not null and f.ended_at is null)
from access.relative r where r.account = $1::uuid

-- name: accounts_ever_of_number
select a.id::text, a.disabled_at is null as usable, coalesce(r.invited, false) as invited
from access.account a left join access.relative r on r.account = a.id
where a.phone <> '' and access.number(a.phone) = $1
order by a.disabled_at nulls first limit 3

-- name: reopen
update access.account set disabled_at = null, changed_at = $2 where id = $1::uuid

-- name: close_account
update access.account set disabled_at = $2, changed_at = $2 where id = $1::uuid

-- name: manned
-- Desks by scope and sub-platform: how many of their accounts used a session since $2.
select a.scope, coalesce(h.short_name, '') as hosted,
       (count(distinct a.id) filter (where exists (
           select from access.session s where s.account = a.id and s.seen_at >= $2)))::integer as people
from access.account a left join access.hosted h on h.id = a.hosted
where a.role = any ($1::text[]) and a.disabled_at is null
group by 1, 2 order by 1, 2
