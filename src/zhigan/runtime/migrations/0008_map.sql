-- The map asks "what stands in this box?". Hydrants have their index of places since 0002.

create index device_spot on registry.device using gist (point(lon, lat)) where lon is not null and lat is not null;
create index building_spot on registry.building using gist (point(lon, lat)) where lon is not null and lat is not null;
create index unit_spot on registry.unit using gist (point(lon, lat)) where lon is not null and lat is not null;

-- Under row security an index of places is lost (its operators are not leakproof), so these run as owner, as search does;
-- they answer numbers and ids only, and who asks joins them with what he may see.
-- A device stands where it was put, else where its building stands, else its unit.
create function registry.devices_here(here box) returns setof integer
    language sql stable security definer rows 500 set search_path = registry, pg_catalog
    as $$
        select d.number from registry.device d
        where d.lon is not null and d.lat is not null and point(d.lon, d.lat) <@ here
        union all
        select d.number from registry.building b join registry.device d on d.building_id = b.id
        where b.lon is not null and b.lat is not null and point(b.lon, b.lat) <@ here
          and (d.lon is null or d.lat is null)
        union all
        select d.number from registry.unit u join registry.device d on d.unit_id = u.id
        left join registry.building b on b.id = d.building_id
        where u.lon is not null and u.lat is not null and point(u.lon, u.lat) <@ here
          and (b.lon is null or b.lat is null) and (d.lon is null or d.lat is null)
    $$;
create function registry.units_here(here box) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$
        select u.id from registry.unit u
        where u.lon is not null and u.lat is not null and point(u.lon, u.lat) <@ here
    $$;
create function registry.hydrants_here(here box) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$
        select h.id from registry.hydrant h
        where point(h.lon * 0.8902, h.lat)
              <@ box(point((here[0])[0] * 0.8902, (here[0])[1]), point((here[1])[0] * 0.8902, (here[1])[1]))
    $$;
revoke execute on function registry.devices_here(box), registry.units_here(box), registry.hydrants_here(box) from public;
grant execute on function registry.devices_here(box), registry.units_here(box), registry.hydrants_here(box) to zhigan_person;
