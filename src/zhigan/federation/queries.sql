-- Installations joined to one another. Time is an argument; copies of things lie in their own rooms' tables.

-- name: own
select id::text, name from federation.self

-- name: make_own
insert into federation.self (id, name, made_at) values ($1::uuid, $2, $3) on conflict do nothing

-- name: name_own
update federation.self set name = $1

-- name: add_invitation
insert into federation.invitation (id, slug, name, scope, digest, found_by, created_at, created_by, expires_at)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: retire_expired
update federation.invitation set withdrawn_at = $1 where used_at is null and withdrawn_at is null and expires_at <= $1

-- name: invitations
select id::text, slug, name, scope, created_at, created_by, expires_at, used_at, withdrawn_at
from federation.invitation order by created_at desc, id limit 200

-- name: invitation
select id::text, slug, name, scope, created_at, created_by, expires_at, used_at, withdrawn_at
from federation.invitation where id = $1::uuid

-- name: withdraw_invitation
update federation.invitation set withdrawn_at = $2 where id = $1::uuid and used_at is null and withdrawn_at is null returning id

-- name: redeemed
-- Held until the transaction ends: two that come at once with one code are one too many.
select id::text, slug, name, scope, digest, created_by from federation.invitation
where found_by = $1 and used_at is null and withdrawn_at is null and expires_at > $2 for update

-- name: use_invitation
update federation.invitation set used_at = $2 where id = $1::uuid

-- name: known_platform
select id::text, slug, position, down, revoked_at from federation.lower where platform = $1::uuid for update

-- name: slug_taken
select id from federation.lower where slug = $1 and platform <> $2::uuid

-- name: add_lower
insert into federation.lower (id, platform, slug, name, scope, secret, protocol, version, joined_at, joined_by, position, head)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)

-- name: rejoin_lower
update federation.lower set slug = $2, name = $3, scope = $4, secret = $5, protocol = $6, version = $7, joined_at = $8,
       joined_by = $9, revoked_at = null, revoked_by = '', error = '', error_at = null, seen_at = null
where id = $1::uuid

-- name: lower
select id::text, platform::text, slug, name, scope, secret, protocol, position, down, revoked_at
from federation.lower where id = $1::uuid

-- name: lower_locked
select id::text, platform::text, slug, name, scope, secret, protocol, position, down, revoked_at
from federation.lower where id = $1::uuid for update

-- name: lowers
select l.id::text, l.platform::text, l.slug, l.name, l.scope, l.protocol, l.version, l.joined_at, l.joined_by, l.revoked_at,
       l.revoked_by, l.position, l.head, l.waiting, l.oldest_at, l.lost, l.down, l.said, l.seen_at, l.taken_at, l.lag_s,
       l.ahead_s, l.told, l.counted_at, l.error, l.error_at
from federation.lower l where $1::uuid is null or l.id = $1
order by l.revoked_at is not null, l.name, l.id

-- name: revoke_lower
update federation.lower set revoked_at = $2, revoked_by = $3 where id = $1::uuid and revoked_at is null returning id

-- name: advance_lower
update federation.lower set position = $2::bigint, head = greatest($3::bigint, $2::bigint), waiting = $4, oldest_at = $5, lost = $6,
       down = greatest(down, $7), seen_at = $8::timestamptz, taken_at = case when $9 then $8::timestamptz else taken_at end,
       lag_s = coalesce($10, lag_s), ahead_s = $11, told = coalesce($12::text, told), counted_at = case when $12::text is null then counted_at else $8::timestamptz end, version = $13,
       protocol = $14, error = case when $15::text = '' then error else $15::text end,
       error_at = case when $15::text = '' then error_at else $8::timestamptz end
where id = $1::uuid

-- name: seen_lower
update federation.lower set seen_at = $2, down = greatest(down, $3) where id = $1::uuid

-- name: wrong_lower
update federation.lower set error = $2, error_at = $3 where id = $1::uuid

-- name: count_day
insert into federation.day as d (lower, day, events, applied, skipped, unread, refused)
values ($1::uuid, $2, $3, $4, $5, $6, $7)
on conflict (lower, day) do update set
    events = d.events + excluded.events, applied = d.applied + excluded.applied, skipped = d.skipped + excluded.skipped,
    unread = d.unread + excluded.unread, refused = d.refused + excluded.refused

-- name: days
select day, events, applied, skipped, unread, refused from federation.day
where lower = $1::uuid and day > $2 order by day desc

-- name: links
select kind, there::text, here::text, mine, path::text[], version, state, grade, lines from federation.link
where lower = $1::uuid and (kind, there) in (select * from unnest($2::text[], $3::uuid[]))

-- name: elsewhere
-- Which of these are known here by another platform's telling.
select distinct kind, here::text from federation.link
where lower <> $1::uuid and not mine and (here, kind) in (select * from unnest($2::uuid[], $3::text[]))

-- name: put_links
insert into federation.link (lower, kind, there, here, path, mine, version, state, grade, lines)
select $1::uuid, kind, there, here, string_to_array(path, ',')::uuid[], mine, version, state, grade, lines
from unnest($2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::boolean[], $7::integer[], $8::text[], $9::smallint[],
            $10::integer[]) as k (kind, there, here, path, mine, version, state, grade, lines)
on conflict (lower, kind, there) do update set
    said = case when federation.link.here = excluded.here then federation.link.said else 0 end,
    said_own = case when federation.link.here = excluded.here then federation.link.said_own else 0 end,
    here = excluded.here, path = excluded.path, mine = excluded.mine, version = excluded.version, state = excluded.state,
    grade = excluded.grade, lines = excluded.lines

-- name: paths
-- By what way things came here that are not our own.
select here::text, path::text[] from federation.link where here = any ($1::uuid[]) and kind = any ($2::text[]) and not mine

-- name: link_counts
select l.kind, count(*) from federation.link l where l.lower = $1::uuid and l.kind in ('unit', 'incident') group by l.kind

-- name: device_links
-- Its copies, and those of its devices that are ours as well, with their parts.
select count(*) from federation.link l join registry.device d on d.id = l.here
left join registry.device p on p.number = d.parent
where l.lower = $1::uuid and l.kind = 'device'
  and (not d.gone or exists (select from federation.twin t where t.state = 'one' and t.there in (d.id, p.id)))

-- name: unit_links
select count(*) from federation.link l join registry.unit u on u.id = l.here
where l.lower = $1::uuid and l.kind = 'unit' and u.retired_at is null

-- name: upper
select id::text, platform::text, name, called, url, scope, secret, permits, protocol, position, down, lost
from federation.upper where left_at is null

-- name: upper_page
select id::text, platform::text, name, called, url, scope, permits, protocol, version, joined_at, joined_by, left_at, left_by,
       position, down, lost, heard_at, acknowledged_at, error, error_at
from federation.upper order by left_at is not null, joined_at desc limit 1

-- name: put_upper
insert into federation.upper (id, platform, name, called, url, scope, secret, permits, protocol, version, joined_at, joined_by,
                              position, above, down)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::uuid[], $15)
on conflict (id) do update set platform = excluded.platform, name = excluded.name, called = excluded.called,
    above = excluded.above, down = greatest(federation.upper.down, excluded.down),
    url = excluded.url, scope = excluded.scope, secret = excluded.secret, permits = excluded.permits,
    protocol = excluded.protocol, version = excluded.version, joined_at = excluded.joined_at, joined_by = excluded.joined_by,
    left_at = null, left_by = '', position = excluded.position, error = '', error_at = null

-- name: above
select platform::text, above::text[] from federation.upper where left_at is null

-- name: permit
update federation.upper set permits = $1 where left_at is null

-- name: leave_upper
update federation.upper set left_at = $2, left_by = $3 where id = $1::uuid and left_at is null returning id

-- name: acknowledged
update federation.upper set position = $3, heard_at = $4, acknowledged_at = $4, error = '', error_at = null, lost = $5
where id = $1::uuid and position = $2 returning id

-- name: wrong_upper
update federation.upper set error = $2, error_at = $3 where id = $1::uuid and left_at is null

-- name: silent
-- Revoked ones too, so that what stands of them ends.
select l.id::text, l.slug, l.name, l.scope, coalesce(l.seen_at, l.joined_at) as seen_at, l.revoked_at, l.lost
from federation.lower l

-- name: set_back_lower
-- Its log may have been set back to an older state: what it tells is counted from there.
update federation.lower set position = $2 where id = $1::uuid

-- name: notify
select pg_notify('zhigan_federation', '')

-- name: hold_lowers
-- Until the transaction ends. In the order of ids, so that two writers never wait for each other in a ring.
select id from federation.lower where id = any ($1::uuid[]) order by id for update

-- name: devices_below
select distinct on (l.here) l.lower::text, l.there::text, l.here::text, w.name
from federation.link l join federation.lower w on w.id = l.lower
where l.kind = 'device' and l.here = any ($1::uuid[]) and not l.mine and w.revoked_at is null
order by l.here, l.lower

-- name: incidents_below
-- Whose these copies are, and how far was told there: of their own lines, of those of our incident that they went into.
select l.lower::text, l.there::text, l.here::text, l.said, l.said_own
from federation.link l join federation.lower w on w.id = l.lower
where l.kind = 'incident' and l.here = any ($1::uuid[]) and not l.mine and w.revoked_at is null
order by l.lower, l.there

-- name: said_own_of
update federation.link set said_own = $3 where lower = $1::uuid and kind = 'incident' and there = $2::uuid

-- name: said_of
update federation.link set said = $3 where lower = $1::uuid and kind = 'incident' and there = $2::uuid

-- name: next_down
update federation.lower set said = said + 1 where id = $1::uuid returning said

-- name: put_down
insert into federation.down (lower, seq, type, subject, body, made_at, made_by) values ($1::uuid, $2, $3, $4, $5, $6, $7)

-- name: downs
select seq, type, subject, body, made_at from federation.down where lower = $1::uuid and seq > $2 order by seq limit $3

-- name: taken_down
update federation.down set taken_at = $3 where lower = $1::uuid and seq <= $2 and taken_at is null

-- name: words_down
select seq, type, subject, body, made_at, made_by, taken_at from federation.down
where lower = $1::uuid and seq < $2 order by seq desc limit $3

-- name: here_of
select there::text, here::text, state from federation.link
where lower = $1::uuid and kind = 'incident' and there = any ($2::uuid[])

-- name: heard_down
update federation.upper set down = down + 1 where id = $1::uuid and down = $2 and left_at is null returning id

-- name: known_order
select there from federation.order where upper = $1::uuid and there = $2::uuid

-- name: add_order
insert into federation.order (upper, there, here, state, detail) values ($1::uuid, $2::uuid, $3::uuid, $4, $5)

-- name: orders
select there::text, here::text, state, detail from federation.order
where upper = $1::uuid and (here = any ($2::uuid[]) or there = any ($3::uuid[]))

-- name: likely
-- Living devices of our own that one of these numbers names: as their serial, or as the address of the same way.
select d.id::text, d.unit_id::text, d.maker, d.type, d.serial, d.gateway, d.address, d.area, d.community, d.industry, d.grid,
       d.unit, d.station, d.firm, d.org
from registry.device d
where d.serial <> '' and not d.gone and upper(d.serial) = any ($1::text[]) and d.came_from = '{}' and d.parent is null
union
select d.id::text, d.unit_id::text, d.maker, d.type, d.serial, d.gateway, d.address, d.area, d.community, d.industry, d.grid,
       d.unit, d.station, d.firm, d.org
from registry.device d
where (d.gateway, d.address) in (select * from unnest($2::text[], $3::text[])) and not d.gone and d.came_from = '{}'
  and d.parent is null

-- name: overlooked
-- Copies of which a device of our own has the number, and about which nothing is known yet.
select distinct on (c.id) c.id::text as there, l.lower::text, w.slug, w.scope
from registry.device d
join registry.device c on upper(c.serial) = upper(d.serial) and c.serial <> '' and not c.gone and c.came_from <> '{}' and c.parent is null
join federation.link l on l.here = c.id and l.kind = 'device' and not l.mine
join federation.lower w on w.id = l.lower and w.revoked_at is null
where d.serial <> '' and not d.gone and d.came_from = '{}' and d.parent is null
  and not exists (select from federation.twin t where t.there = c.id and t.here = d.id)
order by c.id limit 500

-- name: said_twins
select there::text, here::text, state from federation.twin where there = any ($1::uuid[])

-- name: add_twin
insert into federation.twin (lower, there, here, state, why, at) values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6)
on conflict do nothing

-- name: other_twins
-- It can be only one.
update federation.twin set state = 'apart' where there = $1::uuid and state = 'one'

-- name: say_twin
insert into federation.twin (lower, there, here, state, why, at, said_by)
values ($1::uuid, $2::uuid, $3::uuid, $4, 'person', $5, $6)
on conflict (there, here) do update set state = excluded.state, why = excluded.why, at = excluded.at, said_by = excluded.said_by

-- name: any_twin
select true from federation.twin where state = 'one' limit 1

-- name: pairs_of_copies
select t.there::text, t.here::text from federation.twin t
join registry.device d on d.id = t.here and not d.gone
where t.state = 'one' and t.there = any ($1::uuid[])
union
select c.id::text, d.id::text
from registry.device c
join registry.device cp on cp.number = c.parent
join federation.twin t on t.there = cp.id and t.state = 'one'
join registry.device p on p.id = t.here and not p.gone
join registry.device d on d.parent = p.number and not d.gone and split_part(d.address, '/', 2) = split_part(c.address, '/', 2)
where c.id = any ($1::uuid[]) and split_part(c.address, '/', 2) <> ''

-- name: parts_of_twins
-- Which of these hang on a device that is ours as well: their own ids, by the id of what they hang on.
select t.there::text from federation.twin t join registry.device d on d.id = t.here and not d.gone
where t.state = 'one' and t.there = any ($1::uuid[])

-- name: pairs_of_ours
select t.here::text, t.there::text from federation.twin t where t.state = 'one' and t.here = any ($1::uuid[])
union
select d.id::text, c.id::text
from registry.device d
join registry.device p on p.number = d.parent
join federation.twin t on t.here = p.id and t.state = 'one'
join registry.device cp on cp.id = t.there
join registry.device c on c.parent = cp.number and split_part(c.address, '/', 2) = split_part(d.address, '/', 2)
where d.id = any ($1::uuid[]) and split_part(d.address, '/', 2) <> ''

-- name: twins
-- For a person's eyes: what waits for a word first.
select t.there::text, t.here::text, t.state, t.why, t.said_by, t.at, c.name as there_name, c.address as there_address,
       c.serial, c.maker as there_maker, cu.name as there_unit, d.name as here_name, d.gateway as here_gateway,
       d.address as here_address, d.maker as here_maker, du.name as here_unit
from federation.twin t
join registry.device c on c.id = t.there join registry.device d on d.id = t.here
left join registry.unit cu on cu.id = c.unit_id left join registry.unit du on du.id = d.unit_id
where t.lower = $1::uuid and ($2::text = '' or t.state = $2) and (t.there, t.here) > ($3::uuid, $4::uuid)
order by t.there, t.here limit $5

-- name: twin_counts
select state, count(*)::integer as many from federation.twin where lower = $1::uuid group by state

-- name: copy_of_lower
-- A copy of this platform, and the device of our own: both must be what they are said to be.
select 1 from federation.link l
join registry.device d on d.id = l.here and d.came_from <> '{}'
where l.lower = $1::uuid and l.kind = 'device' and l.here = $2::uuid and not l.mine and d.parent is null

-- name: ours
select d.area, d.community, d.industry, d.grid, d.unit, d.station, d.firm, d.org from registry.device d
where d.id = $1::uuid and not d.gone and d.came_from = '{}' and d.parent is null
