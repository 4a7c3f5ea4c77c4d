-- name: candidates
-- Usable accounts of these roles whose scope names one of these words; the scope itself is asked afterwards.
select a.id::text, a.name, a.display_name, a.role, a.scope, a.phone, p.at, p.lon, p.lat
from access.account a left join rollcall.position p on p.account = a.id and p.at > $4
where a.disabled_at is null and a.role = any ($1::text[]) and regexp_split_to_array(a.scope, '[:+,]') && $2::text[]
order by a.role, lower(a.name) limit $3

-- name: put_position
insert into rollcall.position as p (account, at, lon, lat, accuracy_m) values ($1::uuid, $2, $3, $4, $5)
on conflict (account) do update set at = excluded.at, lon = excluded.lon, lat = excluded.lat, accuracy_m = excluded.accuracy_m
where p.at <= excluded.at

-- name: drop_position
delete from rollcall.position where account = $1::uuid or at < $2
