-- name: files
select m.file from history.moved m;

-- name: files_of
select m.file from history.moved m
where m.kind = $1 and m.block = any($2::int[]) and m.last_at >= $3 and m.first_at < $4 order by m.day, m.file;

-- name: files_heard
select m.file from history.moved m where m.kind = $1 and m.block = $2 and m.day between $3 and $4 order by m.file;

-- name: awaited
-- does somebody wait for this table?
select exists (select 1 from pg_locks l where l.relation = $1::text::regclass and not l.granted);

-- name: put
insert into history.moved (file, kind, day, block, rows, bytes, first_at, last_at, moved_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: hours
-- files of roll-ups that may have hours of these days
select m.file from history.moved m where m.kind = 'hourly' and m.day between $1 and $2 order by m.day;

-- name: hours_to
-- the day behind the newest roll-ups in the archive
select coalesce(max(m.day), -1) + 1 from history.moved m where m.kind = 'hourly';

-- name: replaced
delete from history.moved m where m.kind = 'hourly' and m.day = $1 and m.file <> $2 returning m.file;

-- name: block_hours
-- hours of a block's roll-ups that PostgreSQL has, as they stand
select h.hour, h.source, h.device, h.metric, h.count, h.low, h.high, h.total, h.last
from history.hourly h where h.source = any($1::int[]) and h.hour >= $2 and h.hour < $3;

-- name: old
-- roll-ups ($2) stay as long as readings of their day; what is bound to an incident stays
select m.file, m.kind, m.day, m.block, m.first_at, m.last_at from history.moved m
where not m.kept and m.day < case when m.kind = 'hourly' then $2::integer else $1::integer end order by m.day, m.file;

-- name: forget
delete from history.moved m where m.file = any($1::text[]);

-- name: keep
insert into history.moved (file, kind, day, block, rows, bytes, first_at, last_at, moved_at, kept)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, true);

-- name: kept_until
-- the last moment of which one of these blocks has something that was kept, within [$2, $3)
select max(m.last_at) from history.moved m
where m.kept and m.kind = 'readings' and m.block = any($1::int[]) and m.last_at >= $2 and m.first_at < $3;

-- name: first
select min(m.first_at) from history.moved m where m.kind = 'readings' and not m.kept and m.day >= $1;

-- name: daily
select c.relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
where i.inhparent = 'history.daily'::regclass order by c.relname;

-- name: hourly
select c.relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
where i.inhparent = 'history.hourly'::regclass order by c.relname;
