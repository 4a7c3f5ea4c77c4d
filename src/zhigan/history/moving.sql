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

-- name: old
select m.file from history.moved m where m.day < $1;

-- name: forget
delete from history.moved where day < $1;

-- name: first
select min(m.first_at) from history.moved m where m.kind = 'readings';

-- name: hourly
select c.relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
where i.inhparent = 'history.hourly'::regclass order by c.relname;
