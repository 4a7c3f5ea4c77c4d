-- name: lock
-- Versions are counted, and one is in force: one writer at a time.
lock table alarms.policy in share row exclusive mode;

-- name: active
select version, document, state, based_on, note, revision, editors, made_at, made_by, changed_at, changed_by,
       activated_at, activated_by, retired_at, areas
from alarms.policy where state = 'active';

-- name: one
select version, document, state, based_on, note, revision, editors, made_at, made_by, changed_at, changed_by,
       activated_at, activated_by, retired_at, areas
from alarms.policy where version = $1;

-- name: listed
select version, '' as document, state, based_on, note, revision, editors, made_at, made_by, changed_at, changed_by,
       activated_at, activated_by, retired_at, areas
from alarms.policy where version < coalesce($1::integer, 2147483647) order by version desc limit $2;

-- name: next_version
select coalesce(max(version), 0) + 1 from alarms.policy;

-- name: drafts
select count(*) from alarms.policy where state = 'draft';

-- name: shipped
insert into alarms.policy (version, document, state, made_at, made_by, changed_by, activated_at, activated_by)
values ($1, $2, 'active', $3, $4, $4, $3, $4);

-- name: draft
insert into alarms.policy (version, document, state, based_on, note, made_at, made_by, changed_at, changed_by, editors,
                          areas)
values ($1, $2, 'draft', $3, $4, $5, $6, $5, $6, $7, $8);

-- name: change
update alarms.policy
set document = $3, note = $4, revision = revision + 1, changed_at = $5, changed_by = $6,
    editors = case when $7 = any(editors) then editors else editors || $7 end
where version = $1 and revision = $2 and state = 'draft'
returning version;

-- name: discard
delete from alarms.policy where version = $1 and state = 'draft' returning version;

-- name: retire
update alarms.policy set state = 'retired', retired_at = $1 where state = 'active';

-- name: activate
update alarms.policy set state = 'active', activated_at = $3, activated_by = $4, retired_at = null
where version = $1 and revision = $2 and state = 'draft'
returning version;

-- name: tell
select pg_notify($1, $2);
