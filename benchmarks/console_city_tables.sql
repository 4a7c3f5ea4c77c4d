-- What bench_console.py adds to bench_map's city: a past of 100,000 closed incidents, what stands open now, and 450 devices
-- that are shielded or in test at their panels.
-- $NOW$ gives way to the moment of the run. Chains are not hashed here: nothing in the benchmark verifies them.
select setseed(0.119);

create temp table seat as
select row_number() over (order by u.code) - 1 as k, u.id, u.code, u.name, u.area, u.community, u.industry, u.lon, u.lat,
       b.id as building_id
from registry.unit u join registry.building b on b.unit_id = u.id;
create index on seat (k);

create temp table standing as
select d.id, d.address, d.name, d.building_id, row_number() over (partition by d.building_id order by d.number) - 1 as j
from registry.device d;
create index on standing (building_id, j);

create temp table told as
select gen_random_uuid() as id, n,
       case when n <= 100000 then 1 + n % 2 when n <= 125000 then 3 else 4 end as grade,
       case when n <= 100000 then (array['fire', 'fire', 'fire', 'gas', 'electrical', 'water'])[1 + n % 6]
            when n <= 125000 then (array['facility', 'shield', 'electrical', 'water'])[1 + n % 4]
            else (array['fault', 'link', 'fault', 'facility'])[1 + n % 4] end as kind,
       -- Of each queue the newest stand open: 60 on the desk, 900 to be looked at, 6,000 tasks.
       case when n <= 100000 then n > 99940 when n <= 125000 then n > 124100 else n > 159000 end as stands,
       timestamptz '$NOW$' - case when n <= 100000 then (100000 - n) * interval '10 minutes'
            when n <= 125000 then (125000 - n) * interval '40 minutes'
            else (165000 - n) * interval '24 minutes' end - interval '1 minute' as at,
       (hashint4(n) & 2147483647) % 15000 as k, (hashint4(n + 7) & 2147483647) % 20 as j
from generate_series(1, 165000) n;

insert into incidents.incident (
  id, version, grade, kind, state, outcome, cause, slot, case_key, locus, place, unit_id, unit_code, unit_name,
  building_id, building_code, building_name, lon, lat, reasons, opened_at, received_at, last_signal_at, verify_by,
  closed_at, alarm_count, desk, seq, hash, area, community, industry, unit)
select t.id, 4, t.grade, t.kind, case when t.stands then 'open' else 'closed' end,
       case when t.stands then null when t.n % 12 = 0 then 'fire' else 'false_alarm' end,
       case when t.stands then null else (array['U1', 'U2', 'E1', 'D1', 'H1', 'T1'])[1 + t.n % 6] end,
       'bench:' || t.n, 'bench:' || t.n, 'bench:' || t.n, (t.j % 18) || '层' || (t.n % 40) || '号房间 东侧走廊', s.id, s.code, s.name,
       s.building_id, '1', '1号楼', s.lon + 0.0005, s.lat,
       case when t.grade <= 2 then '[{"why":"first_fire","facts":{}}]'
            when t.kind = 'link' and t.n % 3 = 0 then '[{"why":"power_lost_many","facts":{}}]' else '[]' end::jsonb,
       t.at, t.at, t.at, case when t.grade <= 2 and t.stands then t.at + interval '90 seconds' end,
       case when not t.stands then t.at + interval '6 minutes' end, 1 + t.n % 2, t.grade <= 2, 4, '\x00',
       s.area, s.community, s.industry, s.code
from told t join seat s on s.k = t.k;

insert into incidents.alarm (id, incident, device_id, gateway, address, device, kind, condition, raised_at, received_at,
                             last_at, count)
select gen_random_uuid(), t.id, d.id, 'gb26875', d.address, d.name, t.kind, 'fire', t.at, t.at, t.at, 1
from told t join seat s on s.k = t.k join standing d on d.building_id = s.building_id and d.j in (t.j, (t.j + 1) % 20)
where d.j = t.j or t.n % 2 = 1;

insert into incidents.timeline (incident, seq, at, who, what, detail, prev_hash, hash)
select t.id, q, t.at + q * interval '40 seconds', case when q = 1 then 'system' else 'duty' end,
       (array['opened', 'accepted', 'noted', 'dismissed'])[q], '{}', '\x00', '\x00'
from told t, generate_series(1, 4) q where t.n <= 100000;

update registry.device_now set conditions = (array[1048576, 2199023255552])[1 + number % 2], seen_at = timestamptz '$NOW$' - interval '3 hours'
where number % 660 = 1;
