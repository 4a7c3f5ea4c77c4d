-- name: profiles
select address, profile from registry.device where gateway = 'gb26875' and profile <> '' and not gone and parent is null;
