-- name: note
insert into history.run (started_at, ended_at, days, rows, bytes, forgotten, failed) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (started_at) do nothing;

-- name: tidy
delete from history.run r where r.started_at < (
    select n.started_at from history.run n order by n.started_at desc offset 99 limit 1);

-- name: runs
-- the newest that did what was due, and the newest that did not
(select r.* from history.run r where r.failed = '' order by r.started_at desc limit 1)
union all (select r.* from history.run r where r.failed <> '' order by r.started_at desc limit 1);

-- name: stocks
select m.kind, m.kept, count(distinct m.day) as days, count(*) as files, sum(m.rows)::bigint as rows, sum(m.bytes)::bigint as bytes,
       min(m.day) as oldest, max(m.day) as newest
from history.moved m group by m.kind, m.kept order by m.kind, m.kept;

-- name: in_postgresql
select coalesce(sum(pg_total_relation_size(i.inhrelid)), 0)::bigint from pg_inherits i where i.inhparent = $1::text::regclass;

-- name: days_waiting
select count(*) from history.day_mark d where d.day < $1;
