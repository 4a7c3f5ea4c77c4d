-- Shifts. Time is an argument. What people read runs on a bound connection: row security decides.

-- name: desks
select id::text, name, scope, hours, starts_minute, grace_minutes from shifts.desk
where $1::uuid is null or id = $1 order by length(scope), name, id

-- name: add_desk
insert into shifts.desk (id, name, scope, terms, hours, starts_minute, grace_minutes, made_at, made_by)
values ($1::uuid, $2, $3, $4::jsonb, $5, $6, $7, $8, $9) on conflict (scope) do nothing returning id

-- name: change_desk
update shifts.desk set name = $2, hours = $3, starts_minute = $4, grace_minutes = $5 where id = $1::uuid

-- name: drop_desk
delete from shifts.desk where id = $1::uuid

-- name: begun
-- Since when anybody is planned at a desk.
select min(starts_at) from shifts.duty where desk = $1::uuid

-- name: duties
select id::text, day, slot, starts_at, ends_at, account::text, name, part, note from shifts.duty
where desk = $1::uuid and day between $2 and $3 order by starts_at, array_position(array['lead', 'duty', 'operator'], part), name

-- name: elsewhere
-- What these people have besides, near those days: at other desks, and in the months beside.
select id::text, day, slot, starts_at, ends_at, account::text, name, part, note from shifts.duty
where account = any ($1::uuid[]) and day between $2::date - 2 and $3::date + 2 and (desk <> $4::uuid or day not between $2 and $3)

-- name: closed
select id::text from access.account where id = any ($1::uuid[]) and disabled_at is not null

-- name: duty
select id::text, day, slot, starts_at, ends_at, account::text, name, part, note from shifts.duty
where id = $1::uuid and desk = $2::uuid

-- name: put_duty
insert into shifts.duty (id, desk, day, slot, starts_at, ends_at, account, name, part, note, made_at, made_by)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7::uuid, $8, $9, $10, $11, $12) on conflict do nothing returning id

-- name: drop_duty
delete from shifts.duty where id = $1::uuid

-- name: clear
-- What has not begun, between two days.
delete from shifts.duty where desk = $1::uuid and starts_at > $2 and day between coalesce($3, day) and coalesce($4, day)

-- name: hand_over_duty
update shifts.duty set account = $2::uuid, name = $3, part = $4, note = $5, made_at = $6, made_by = $7 where id = $1::uuid

-- name: absences
select id::text, account::text, name, from_day, until_day, kind, note from shifts.absence
where desk = $1::uuid and until_day >= $2 and from_day <= $3 order by from_day, name, id

-- name: away
-- Of these people, whichever desk wrote it down.
select account::text, from_day, until_day from shifts.absence
where account = any ($1::uuid[]) and until_day >= $2 and from_day <= $3

-- name: add_absence
insert into shifts.absence (id, desk, account, name, from_day, until_day, kind, note, made_at, made_by)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10)

-- name: drop_absence
delete from shifts.absence where id = $1::uuid and desk = $2::uuid returning name

-- name: holidays
select day, name from shifts.holiday where day between $1 and $2 order by day

-- name: put_holiday
insert into shifts.holiday (day, name, made_at, made_by) values ($1, $2, $3, $4)
on conflict (day) do update set name = excluded.name, made_at = excluded.made_at, made_by = excluded.made_by

-- name: drop_holiday
delete from shifts.holiday where day = $1 returning day

-- name: staff
select id::text, name, display_name, role, scope from access.account
where disabled_at is null and role in ('lead', 'duty', 'operator') order by role, display_name, name limit 2000

-- name: around
-- Who is on at each desk within the span in which the shift that runs now, and the next, must lie.
select d.desk::text, d.starts_at, d.ends_at, d.account::text, d.name, d.part
from shifts.duty d
where d.ends_at > $1 and d.starts_at < $1::timestamptz + interval '12 hours'
order by d.starts_at, array_position(array['lead', 'duty', 'operator'], d.part), d.name

-- name: planned
select distinct desk::text from shifts.duty where ends_at > $1::timestamptz - interval '35 days'

-- name: off
-- Who stands in a calendar and is not on now, of those parts of a desk in which somebody is: away or closed does not count.
with on_now as (
    select d.desk, d.account, d.part = 'lead' as leads
    from shifts.duty d join access.account a on a.id = d.account and a.disabled_at is null
    where d.starts_at <= $1 and d.ends_at > $1
      and not exists (select from shifts.absence s
                      where s.account = d.account and d.day between s.from_day and s.until_day)
)
select distinct d.account::text
from shifts.duty d
where d.ends_at > $1::timestamptz - interval '35 days' and d.starts_at < $1::timestamptz + interval '35 days'
  and exists (select from on_now n where n.desk = d.desk and n.leads = (d.part = 'lead'))
  and not exists (select from on_now n where n.account = d.account)

-- name: lock_desk
-- One writer of a desk's book at a time.
select id from shifts.desk where id = $1::uuid for update

-- name: head
select seq, hash from shifts.line where desk = $1::uuid order by seq desc limit 1

-- name: add_line
insert into shifts.line (desk, seq, at, account, who, what, detail, prev_hash, hash)
values ($1::uuid, $2, $3, $4::uuid, $5, $6, $7, $8, $9)

-- name: lines
select seq, at, account::text, who, what, detail, hash from shifts.line
where desk = $1::uuid and what = any ($2::text[]) and at >= $3 and at < $4 and ($5::integer is null or seq < $5)
order by seq desc limit $6

-- name: line
select seq, at, account::text, who, what, detail, hash from shifts.line where desk = $1::uuid and seq = $2

-- name: chains
select desk::text, seq, at, who, what, detail, prev_hash, hash from shifts.line order by desk, seq

-- name: watched
-- Every desk: whether people are planned, now or in the shift before; which shift was taken over last.
select d.id::text, d.name, d.terms::text as terms, d.hours, d.starts_minute, d.grace_minutes,
       (select max((l.detail::jsonb ->> 'shift')::timestamptz) from shifts.line l
        where l.desk = d.id and l.what = 'taken' and l.at > $1::timestamptz - interval '3 days') as taken,
       exists (select from shifts.duty x
               where x.desk = d.id and x.starts_at <= $1 and x.ends_at > $1::timestamptz - interval '12 hours') as planned
from shifts.desk d

-- name: recordings
-- $4: the last one of the page before.
select id::text, kind, at, reference, sha256, incident::text, note, keep_until, made_by from shifts.recording r
where desk = $1::uuid and ($3::boolean is null or (keep_until <= $2) = $3)
  and ($4::uuid is null or (at, id) < (select x.at, x.id from shifts.recording x where x.id = $4))
order by at desc, id desc limit $5

-- name: recording
select id::text, kind, at, reference, sha256, incident::text, note, keep_until, made_by from shifts.recording
where desk = $1::uuid and id = $2::uuid

-- name: add_recording
insert into shifts.recording (id, desk, kind, at, reference, sha256, incident, note, keep_until, made_at, made_by)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7::uuid, $8, $9, $10, $11)

-- name: drop_recording
delete from shifts.recording where id = $1::uuid

-- name: worked
-- Who was on from $1 to $2 at the desks that the reader sees; whoever was away, by whichever desk's word, was not.
select k.name as desk, k.scope, d.account::text, d.part = 'lead' as leads, d.starts_at, d.ends_at
from shifts.duty d join shifts.desk k on k.id = d.desk
where d.starts_at < $2 and d.ends_at > $1
  and not exists (select from shifts.absence s where s.account = d.account and d.day between s.from_day and s.until_day)
order by length(k.scope), k.name, k.id, d.starts_at
