-- The nearest hydrants of one district: each area lies on a sheet of its own, so that the index never walks past the
-- hydrants of others. 400 degrees apart no two sheets touch; at that distance a double still tells millimetres.

create function registry.sheet(area text) returns double precision
    language sql immutable parallel safe
    as $$ select case when area ~ '^[0-9]{6}$' then area::integer * 400.0 else 0 end $$;

create index hydrant_sheet on registry.hydrant using gist (point(lon * 0.8902 + registry.sheet(area), lat))
    where state in ('usable', 'low_pressure');

-- As owner, for the index, as hydrants_beside (0057): ids only, and who asks joins them with what he may see.
create function registry.hydrants_near(lon double precision, lat double precision, areas text[], most integer)
    returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$
        select near.id
        from unnest($3) as a (code)
        cross join lateral (
            select h.id from registry.hydrant h
            where h.state in ('usable', 'low_pressure')
              and point(h.lon * 0.8902 + registry.sheet(h.area), h.lat)
                  <@ box(point(registry.sheet(a.code) - 180, -90), point(registry.sheet(a.code) + 180, 90))
            order by point(h.lon * 0.8902 + registry.sheet(h.area), h.lat)
                     <-> point($1 * 0.8902 + registry.sheet(a.code), $2)
            limit $4
        ) near
    $$;
revoke execute on function registry.hydrants_near(double precision, double precision, text[], integer) from public;
grant execute on function registry.hydrants_near(double precision, double precision, text[], integer) to zhigan_person;
