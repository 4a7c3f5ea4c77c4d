-- The map from far: what stands where changes seldom, what it is in changes always. Positions are counted anew only when
-- they changed, which this number tells; troubles are few, and read each time.

create sequence registry.placing;
grant select on registry.placing to zhigan_person;

-- The number moves before the change is committed: whoever keeps counts reads once more after a while (desks/map/counting.py).
create function registry.placed_anew() returns trigger
    language plpgsql
    as $$
    begin
        perform nextval('registry.placing');
        return null;
    end $$;

create trigger placed_anew after insert or delete or update of
    unit_id, building_id, lon, lat, state, type, area, community, industry, grid, unit, station, firm, org
    on registry.device for each statement execute function registry.placed_anew();
create trigger placed_anew after insert or delete or update of lon, lat
    on registry.building for each statement execute function registry.placed_anew();
create trigger placed_anew after insert or delete or update of
    lon, lat, area, community, industry, grid, station, firm, org
    on registry.unit for each statement execute function registry.placed_anew();

-- Row security on device_now asks of every device. Numbers only, as devices_here: who asks joins them with what he may see.
create function registry.troubled_devices() returns table (number integer, conditions bigint)
    language sql stable security definer rows 3000 set search_path = registry, pg_catalog
    as $$
        select n.number, n.conditions from registry.device_now n where n.conditions <> 0
    $$;
revoke execute on function registry.troubled_devices() from public;
grant execute on function registry.troubled_devices() to zhigan_person;
