-- Models of devices: what the protocols' folders describe, and which model a device turned out to be.

-- name: settle
insert into registry.device_model as m (name, zh, en, type, class, period_s)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[])
on conflict (name) do update
set zh = excluded.zh, en = excluded.en, type = excluded.type, class = excluded.class, period_s = excluded.period_s
where (m.zh, m.en, m.type, m.class, m.period_s)
      is distinct from (excluded.zh, excluded.en, excluded.type, excluded.class, excluded.period_s)

-- name: bound
-- Silence is work after $1 seconds at the latest, in the classes that are bounded at all.
update registry.device_class set most_s = $1 where most_s > 0 and most_s <> $1

-- name: bounded
update registry.device_now n set patience = registry.patience_of(d.class, d.model, d.state, u.class)
from registry.device d left join registry.unit u on u.id = d.unit_id
where n.number = d.number and d.class <> 'component' and d.gateway <> 'federation'
  and n.patience is distinct from registry.patience_of(d.class, d.model, d.state, u.class)

-- name: recognise
update registry.device d set model = k.model
from unnest($1::text[], $2::text[], $3::text[]) k (gateway, address, model)
where d.gateway = k.gateway and d.address = k.address and not d.gone and d.model = ''

-- name: present
select k.gateway, k.address from unnest($1::text[], $2::text[]) k (gateway, address)
join registry.device d on d.gateway = k.gateway and d.address = k.address and not d.gone

-- name: carry
insert into registry.carried as c (gateway, address, product, name)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
on conflict (gateway, address) do update set product = excluded.product, name = excluded.name
where (c.product, c.name) is distinct from (excluded.product, excluded.name)

-- name: carried
-- Devices of a gateway that have a connection of their own, with what the gateway calls them besides.
select d.address, coalesce(c.product, '') as product
from registry.device d left join registry.carried c on c.gateway = d.gateway and c.address = d.address
where d.gateway = $1 and not d.gone and position('/' in d.address) = 0
order by d.address

-- name: carriage
select coalesce(d.model, '') as model, coalesce(c.product, '') as product, coalesce(c.name, '') as name
from (select $1::text as gateway, $2::text as address) asked
left join registry.device d on d.gateway = asked.gateway and d.address = asked.address and not d.gone
left join registry.carried c on c.gateway = asked.gateway and c.address = asked.address
