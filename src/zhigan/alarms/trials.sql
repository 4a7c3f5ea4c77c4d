-- name: begun
insert into alarms.trial (id, version, revision, against, since, until, asked_at, asked_by) values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: newest
select id::text, version, revision, against, since, until, state, share, asked_at, asked_by, finished_at, result, error
from alarms.trial where version = $1 order by asked_at desc, id desc limit 1;

-- name: unfinished
select count(*) from alarms.trial where state in ('waiting', 'running');

-- name: waiting
-- One runs at a time; whoever runs holds the lock, so what still says "running" was left by one that died.
update alarms.trial set state = 'running', share = 0
where id = (select id from alarms.trial where state in ('waiting', 'running') order by asked_at, id limit 1)
returning id::text, version, against, since, until;

-- name: progress
update alarms.trial set share = $2 where id = $1::uuid and state = 'running' returning id;

-- name: finished
update alarms.trial set state = $2, share = 1, result = $3, error = $4, finished_at = $5
where id = $1::uuid and state = 'running';

-- name: cancelled
update alarms.trial set state = 'cancelled', finished_at = $2
where version = $1 and state in ('waiting', 'running') returning id;

-- name: own_limits
select o.place, o.limits, d.type from registry.own_limit o join registry.device d on d.number = o.place;

-- name: named
select d.number, d.gateway, d.address from registry.device d where d.number = any($1::integer[]);
