-- name: profiles
select address, profile from registry.device where gateway = 'gb26875' and profile <> '' and not gone and parent is null;

-- name: unit_ids
select code, id::text from registry.unit where code = any($1::text[]);

-- name: meters
-- Where the demo's meters are asked: HOST:PORT of one of them.
select regexp_replace(address, ':[0-9]+$', '') from registry.device
where gateway = 'modbus' and parent is null and not gone order by number limit 1;
