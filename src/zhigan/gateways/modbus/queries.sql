-- name: devices
-- Whoever is to be asked: registered, with a connection of its own, and in use.
select d.address, d.profile from registry.device d
where d.gateway = 'modbus' and d.parent is null and not d.gone
  and d.state in ('installed', 'commissioned', 'in_service')
order by d.address limit $1
