-- What stood in the registry within a scope.

-- name: units
select count(*)::integer from registry.unit u where u.retired_at is null and {where}

-- name: devices
select count(*)::integer from registry.device d
where not d.gone and d.class <> 'component' and d.state not in ('planned', 'delivered', 'replaced', 'retired') and {where}

-- name: targets
select version, at, set_by, document::text as document from monthly.target order by version desc limit $1

-- name: add_target
insert into monthly.target (version, at, set_by, account, document)
select coalesce(max(version), 0) + 1, $1, $2, $3::uuid, $4::jsonb from monthly.target
returning version

-- name: contracts
select id::text, name, area, firm, org, since, until, targets::text as targets, changed_at, changed_by
from monthly.contract c where until >= $1 and since <= $2 and {where} order by name, id limit 500

-- name: contract
select id::text, name, area, firm, org, since, until, targets::text as targets, changed_at, changed_by
from monthly.contract c where id = $1::uuid

-- name: put_contract
insert into monthly.contract (id, name, area, firm, org, since, until, targets, changed_at, changed_by)
values ($1::uuid, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10)
on conflict (id) do update set
  name = excluded.name, area = excluded.area, firm = excluded.firm, org = excluded.org, since = excluded.since,
  until = excluded.until, targets = excluded.targets, changed_at = excluded.changed_at, changed_by = excluded.changed_by

-- name: area_names
select code, name from registry.area
