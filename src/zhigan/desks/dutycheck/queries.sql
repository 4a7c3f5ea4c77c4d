-- name: rule
select rule::text, seed, looked_at, changed_at, changed_by from dutycheck.rule

-- name: put_rule
insert into dutycheck.rule (rule, seed, looked_at, changed_at, changed_by) values ($1::text::jsonb, $2, $3, $3, $4)
on conflict (one) do update set rule = excluded.rule, looked_at = greatest(dutycheck.rule.looked_at, excluded.looked_at),
                                changed_at = excluded.changed_at, changed_by = excluded.changed_by

-- name: looked
update dutycheck.rule set looked_at = $1

-- name: units
-- With the transmission device that may be asked, where there is one.
select u.id::text, u.code, u.name, coalesce(u.class_override, u.class) as s, u.lon, u.lat, u.area, u.community, u.industry,
       u.grid, u.unit, u.station, u.firm, u.org, t.id::text as device
from registry.unit u
left join lateral (select d.id from registry.device d
                   where d.unit_id = u.id and d.type = 'transmission_device' and d.gateway = 'gb26875' and not d.gone
                     and d.state in ('installed', 'commissioned', 'in_service')
                   order by d.number limit 1) t on true
where {which}

-- name: add
insert into dutycheck.asked (id, unit, asked_by, drawn, way, state, detail, asked_at, waits_until, ends_at, command)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11::uuid)
on conflict (unit) where state = 'running' do nothing returning true

-- name: page
select c.id::text, c.unit::text as unit_id, u.name as unit, u.code as unit_code, u.area, c.asked_by, c.drawn, c.way, c.state,
       c.detail, c.asked_at, c.waits_until, c.ends_at, c.answered_at, c.answered_by, c.lon, c.lat, c.accuracy_m,
       c.said_at, c.fix_age_s, c.distance_m, c.doubts, c.photo is not null as photo, c.command::text as command_id
from dutycheck.asked c join registry.unit u on u.id = c.unit
where true
order by c.asked_at desc, c.id desc limit $1

-- name: running
select c.id::text, c.unit::text as unit_id, c.way, c.asked_at, c.waits_until, c.ends_at, c.command::text
from dutycheck.asked c where c.state = 'running' order by c.asked_at for update

-- name: ended
update dutycheck.asked set state = $2, answered_at = $3, answered_by = $4, detail = coalesce(nullif($5, ''), detail) where id = $1::uuid and state = 'running'

-- name: by_phone
update dutycheck.asked set way = 'phone', detail = $2 where id = $1::uuid and state = 'running'

-- name: place
update dutycheck.asked set lon = $2, lat = $3, accuracy_m = $4, account = $5::uuid, answered_by = $6, said_at = $7,
                           fix_age_s = $8, distance_m = $9, doubts = $10 where id = $1::uuid

-- name: photographed
update dutycheck.asked
set photo = $2, photo_type = $3, answered_at = $4, state = case when state = 'running' and ends_at > $4 then 'answered' else state end
where id = $1::uuid

-- name: picture
select photo, photo_type from dutycheck.asked where id = $1::uuid and photo is not null

-- name: before
-- Of each check's unit the last check that ran to its end before this one.
select distinct on (c.unit) c.unit::text, c.state
from dutycheck.asked e join dutycheck.asked c on c.unit = e.unit and c.asked_at < e.asked_at
where e.id = any ($1::uuid[]) and c.state in ('answered', 'missed')
order by c.unit, c.asked_at desc, c.id desc

-- name: shares
select u.area, count(*)::integer as asked, count(*) filter (where c.state = 'answered')::integer as answered,
       percentile_cont(0.5) within group (order by extract(epoch from c.answered_at - c.asked_at))
           filter (where c.state = 'answered') as median_s
from dutycheck.asked c join registry.unit u on u.id = c.unit
where c.state in ('answered', 'missed') and c.asked_at >= $1 and c.asked_at < $2
group by u.area order by u.area

-- name: groups
-- $3: now. What nobody settled yet is missed once its time is up.
select u.area, u.firm, u.org, count(*) filter (where c.state = 'answered')::integer as met, count(*)::integer as due
from dutycheck.asked c join registry.unit u on u.id = c.unit
where (c.state in ('answered', 'missed') or c.state = 'running' and c.ends_at <= $3) and c.asked_at >= $1 and c.asked_at < $2
  and {scope}
group by u.area, u.firm, u.org
