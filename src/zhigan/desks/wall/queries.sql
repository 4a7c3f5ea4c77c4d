-- Links of walls. Times are arguments.

-- name: add
insert into wall.link (id, digest, name, scope, networks, made_at, made_by, account, expires_at)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8::uuid, $9)

-- name: listed
-- The newest first; those that ended long ago are left out.
select id::text, name, scope, networks, made_at, made_by, expires_at, revoked_at, revoked_by, used_at, used_from, uses
from wall.link where expires_at > $1 and (revoked_at is null or revoked_at > $1)
order by made_at desc, id desc limit 500

-- name: one
select id::text, name, scope, networks, made_at, made_by, expires_at, revoked_at, revoked_by, used_at, used_from, uses
from wall.link where id = $1::uuid

-- name: by_digest
select id::text, name, scope, networks, made_at, made_by, expires_at, revoked_at, revoked_by, used_at, used_from, uses
from wall.link where digest = $1

-- name: revoke
update wall.link set revoked_at = $2, revoked_by = $3 where id = $1::uuid and revoked_at is null

-- name: used
-- What stood there before: of screens that open together each sees the one before it.
with former as (select id, used_at, used_from from wall.link where id = $1::uuid for update)
update wall.link l set used_at = $2, used_from = $3, uses = l.uses + 1 from former f where l.id = f.id
returning f.used_at, f.used_from

-- name: refused
-- True once an hour, or where it comes from somewhere else.
update wall.link set refused_at = $2, refused_from = $3
where id = $1::uuid and (refused_at is null or refused_at <= $2::timestamptz - $4::interval or refused_from <> $3)
returning true

-- name: area_names
select code, name from registry.area where code = any ($1::text[])
