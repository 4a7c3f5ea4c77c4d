-- What stood in the registry within a scope.

-- name: units
select count(*)::integer from registry.unit u where u.retired_at is null and {where}

-- name: devices
select count(*)::integer from registry.device d
where not d.gone and d.class <> 'component' and d.state not in ('planned', 'delivered', 'replaced', 'retired') and {where}
