-- Durable keys of what carriers stamped. Sorted: two transactions that bring the same keys wait for each other in one order.

-- name: known
select key from history.stamp where key = any($1::bigint[])

-- name: put
insert into history.stamp (key, received_on)
select k, $2 from unnest($1::bigint[]) k order by k
on conflict (key) do nothing

-- name: forget
delete from history.stamp where received_on < $1
