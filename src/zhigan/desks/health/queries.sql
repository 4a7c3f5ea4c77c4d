-- Device health: rolled up by the worker, read by pages. Times are arguments.

-- name: alone
select pg_advisory_xact_lock(hashtextextended('health round', 0))

-- name: settle
-- Devices that have a connection of their own, as the registry has them now: those changed since $1.
insert into health.device as h (number, id, type, class, unit_id, offline_s, life_until, installed_on,
                                area, community, industry, grid, unit, station, firm, org)
select d.number, d.id, d.type, d.class, d.unit_id, coalesce(n.patience, 0),
       case when d.life_until is not null then d.life_until
            when d.type in ('smoke', 'heat') then (d.made_on + interval '12 years')::date
            when d.type = 'gas' then (d.made_on + interval '5 years')::date end,
       coalesce(d.installed_on, d.created_at::date),
       d.area, d.community, d.industry, d.grid, d.unit, d.station, d.firm, d.org
from registry.device d left join registry.device_now n on n.number = d.number
where d.changed_at >= $1 and d.number > $2 and d.number <= $3
  and d.class <> 'component' and d.gateway <> 'federation' and d.state not in ('planned', 'delivered', 'replaced', 'retired')
on conflict (number) do update set
  type = excluded.type, class = excluded.class, unit_id = excluded.unit_id, offline_s = excluded.offline_s,
  life_until = excluded.life_until, installed_on = excluded.installed_on, area = excluded.area,
  community = excluded.community, industry = excluded.industry, grid = excluded.grid, unit = excluded.unit,
  station = excluded.station, firm = excluded.firm, org = excluded.org
where (h.type, h.class, h.unit_id, h.offline_s, h.life_until, h.installed_on, h.area, h.community, h.industry, h.grid,
       h.unit, h.station, h.firm, h.org)
      is distinct from (excluded.type, excluded.class, excluded.unit_id, excluded.offline_s, excluded.life_until,
       excluded.installed_on, excluded.area, excluded.community, excluded.industry, excluded.grid, excluded.unit,
       excluded.station, excluded.firm, excluded.org)

-- name: last
select coalesce(max(number), 0) from registry.device

-- name: forget
delete from health.device h using registry.device d
where d.number = h.number and d.changed_at >= $1 and (d.gone or d.class = 'component')

-- name: heard
-- Devices of these classes that spoke since they were last looked at, at most $3.
select h.number, h.class, h.beats, h.period_s, h.late_s, h.battery_days, h.battery_values, h.seen_at as before, n.seen_at
from health.device h join registry.device_now n on n.number = h.number
where h.class = any ($1::text[]) and n.seen_at is not null and h.seen_at is distinct from n.seen_at
  and h.number > $2
order by h.number
limit $3

-- name: keep
update health.device h set
  beats = array(select unnest(string_to_array(k.beats, ',')::bigint[])), period_s = k.period_s, late_s = k.late_s,
  seen_at = k.seen_at, battery = coalesce(k.battery, h.battery), battery_at = coalesce(k.battery_at, h.battery_at),
  battery_days = coalesce(string_to_array(k.days, ',')::integer[], h.battery_days),
  battery_values = coalesce(string_to_array(k.values, ',')::real[], h.battery_values),
  battery_loss = case when k.days is null then h.battery_loss else k.loss end,
  days_left = case when k.days is null then h.days_left else k.days_left end,
  days_least = case when k.days is null then h.days_least else k.days_least end,
  days_most = case when k.days is null then h.days_most else k.days_most end,
  signal = coalesce(k.signal, h.signal), signal_at = coalesce(k.signal_at, h.signal_at),
  tested_at = coalesce(k.tested_at, h.tested_at)
from unnest($1::integer[], $2::text[], $3::integer[], $4::integer[], $5::timestamptz[], $6::real[], $7::timestamptz[],
            $8::text[], $9::text[], $10::real[], $11::integer[], $12::integer[], $13::integer[], $14::real[],
            $15::timestamptz[], $16::timestamptz[])
     k (number, beats, period_s, late_s, seen_at, battery, battery_at, days, values, loss, days_left, days_least,
        days_most, signal, signal_at, tested_at)
where h.number = k.number

-- name: keep_times
-- Classes that are not learned keep the times of their class.
update health.device h set late_s = c.late_s
from unnest($1::text[], $2::integer[]) c (name, late_s)
where h.class = c.name and h.period_s = 0 and h.late_s <> c.late_s

-- name: judge
-- $1 now, $2 today, $3 off-line, $4 low battery, $5 tamper, $6 faults: bits of conditions. Troubles as model.Trouble.
update health.device h set state = j.state, troubles = j.troubles, offline_s = j.patience
from (
  select x.number, coalesce(n.patience, 0) as patience,
    case when n.seen_at is null then 'never'
         when n.conditions & $3::bigint <> 0
              or n.patience > 0 and n.seen_at < $1::timestamptz - make_interval(secs => n.patience) then 'offline'
         when x.late_s > 0 and n.seen_at < $1::timestamptz - make_interval(secs => x.late_s) then 'late'
         else 'alive' end as state,
    case when n.conditions & $4::bigint <> 0 or x.battery < 10 then 1 else 0 end
    | case when x.days_least <= 30 then 2 else 0 end
    | case when x.signal <= -115 then 4 else 0 end
    | case when n.conditions & $5::bigint <> 0 then 8 else 0 end
    | case when n.conditions & $6::bigint <> 0 then 16 else 0 end
    | case when x.life_until < $2::date then 32 when x.life_until < $2::date + 90 then 64 else 0 end
    | case when x.type in ('smoke', 'heat', 'gas') and coalesce(x.tested_at::date, x.installed_on) < $2::date - 365
           then 128 else 0 end as troubles
  from health.device x left join registry.device_now n on n.number = x.number
  where x.number > $7 and x.number <= $8
) j
where h.number = j.number and h.number > $7 and h.number <= $8
  and (h.state, h.troubles, h.offline_s) is distinct from (j.state, j.troubles, j.patience)

-- name: count
with counted as (
  select h.unit, h.type, max(h.area) as area, max(h.community) as community, max(h.industry) as industry,
         max(h.grid) as grid, max(h.station) as station, max(h.firm) as firm, max(h.org) as org,
         count(*)::integer as installed,
         (count(*) filter (where h.state = 'alive'))::integer as alive,
         (count(*) filter (where h.state = 'late'))::integer as late,
         (count(*) filter (where h.state = 'offline'))::integer as offline,
         (count(*) filter (where h.state = 'never'))::integer as never,
         (count(*) filter (where h.troubles & 1 <> 0))::integer as low_battery,
         (count(*) filter (where h.troubles & 32 <> 0))::integer as past_life
  from health.device h group by h.unit, h.type
), gone as (
  delete from health.tally t where not exists (select from counted c where c.unit = t.unit and c.type = t.type)
)
insert into health.tally as t (unit, type, area, community, industry, grid, station, firm, org,
                               installed, alive, late, offline, never, low_battery, past_life)
select * from counted
on conflict (unit, type) do update set
  area = excluded.area, community = excluded.community, industry = excluded.industry, grid = excluded.grid,
  station = excluded.station, firm = excluded.firm, org = excluded.org, installed = excluded.installed,
  alive = excluded.alive, late = excluded.late, offline = excluded.offline, never = excluded.never,
  low_battery = excluded.low_battery, past_life = excluded.past_life
where t is distinct from excluded

-- name: sampled
select exists (select from health.month where month = date_trunc('month', $1::date)::date and last_day = $1::date)

-- name: sample
-- $1: today. Once a day; a unit's scope is the one that it has now.
insert into health.month as m (month, unit, type, area, community, industry, grid, station, firm, org, days, installed,
                               online, last_day)
select date_trunc('month', $1::date)::date, t.unit, t.type, t.area, t.community, t.industry, t.grid, t.station, t.firm, t.org,
       1, t.installed, t.alive + t.late, $1::date
from health.tally t
on conflict (month, unit, type) do update set
  area = excluded.area, community = excluded.community, industry = excluded.industry, grid = excluded.grid,
  station = excluded.station, firm = excluded.firm, org = excluded.org, days = m.days + 1,
  installed = m.installed + excluded.installed, online = m.online + excluded.online, last_day = excluded.last_day
where m.last_day < excluded.last_day

-- name: month
-- $1: the month; $2: today, where the month is not over: it counts as it stands until it is sampled.
select x.type, round(sum(x.installed)::numeric / max(x.days))::integer as devices,
       (sum(x.online)::float8 / nullif(sum(x.installed), 0)) as online
from (
  select m.unit, m.type, m.area, m.community, m.industry, m.grid, m.station, m.firm, m.org, m.days, m.installed, m.online
  from health.month m where m.month = $1
  union all
  select t.unit, t.type, t.area, t.community, t.industry, t.grid, t.station, t.firm, t.org, 1, t.installed, t.alive + t.late
  from health.tally t
  where $2::date is not null and not exists (
    select from health.month d where d.month = $1 and d.unit = t.unit and d.type = t.type and d.last_day = $2)
) x
where {where}
group by x.type order by 2 desc, 1

-- name: month_groups
-- As `month`, by county and by who answers for the devices.
select x.area, x.firm, x.org, sum(x.installed)::bigint as installed, sum(x.online)::bigint as online
from (
  select m.unit, m.type, m.area, m.community, m.industry, m.grid, m.station, m.firm, m.org, m.installed, m.online
  from health.month m where m.month = $1
  union all
  select t.unit, t.type, t.area, t.community, t.industry, t.grid, t.station, t.firm, t.org, t.installed, t.alive + t.late
  from health.tally t
  where $2::date is not null and not exists (
    select from health.month d where d.month = $1 and d.unit = t.unit and d.type = t.type and d.last_day = $2)
) x
where {where}
group by 1, 2, 3

-- name: devices
select h.number, h.id::text, coalesce(nullif(d.name, ''), d.address) as name, h.type, d.gateway, h.unit_id::text,
       coalesce(u.name, '') as unit, coalesce(b.name, '') as building, d.floor, d.compartment, d.flat, d.place,
       h.state, h.troubles, n.seen_at, h.battery, h.days_left, h.days_least, h.days_most, h.signal, h.tested_at,
       h.life_until
from health.device h
join registry.device d on d.number = h.number
left join registry.device_now n on n.number = h.number
left join registry.unit u on u.id = h.unit_id
left join registry.building b on b.id = d.building_id

-- name: one
select h.*, n.seen_at as last_seen
from health.device h left join registry.device_now n on n.number = h.number
where h.id = $1::uuid

-- name: summary
select coalesce(sum(t.installed), 0)::integer as installed, coalesce(sum(t.alive), 0)::integer as alive,
       coalesce(sum(t.late), 0)::integer as late, coalesce(sum(t.offline), 0)::integer as offline,
       coalesce(sum(t.never), 0)::integer as never, coalesce(sum(t.low_battery), 0)::integer as low_battery,
       coalesce(sum(t.past_life), 0)::integer as past_life
from health.tally t where {where}

-- name: coverage
-- `{by}` is one of three expressions of store.py; `{where}` the scope.
select {by} as code, max(t.area) as area, sum(t.installed)::integer as installed, sum(t.alive)::integer as alive,
       sum(t.late)::integer as late, sum(t.offline)::integer as offline, sum(t.never)::integer as never,
       sum(t.low_battery)::integer as low_battery, sum(t.past_life)::integer as past_life
from health.tally t
where {where}
group by 1
order by sum(t.late + t.offline + t.never) desc, 1
limit 2000

-- name: names
select 'area' as kind, a.code, a.name from registry.area a
union all select 'street', s.code, s.name from registry.street s
union all select 'community', c.code, c.name from registry.community c
