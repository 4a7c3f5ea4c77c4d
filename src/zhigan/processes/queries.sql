-- name: profiles
select address, profile from registry.device where gateway = 'gb26875' and profile <> '' and not gone and parent is null;

-- name: unit_ids
select code, id::text from registry.unit where code = any($1::text[]);
