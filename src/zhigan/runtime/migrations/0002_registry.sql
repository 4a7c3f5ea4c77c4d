-- Who and where: reporting areas, streets, communities, units, buildings, devices and what they are in now, contacts,
-- test modes, hydrants. Scope columns (area … org) are copied from the unit downwards by triggers, so that a unit that
-- moves takes everything with it, whoever moves it. Time is an argument everywhere.

create schema registry;
grant usage on schema registry to zhigan_person;

-- ---------------------------------------------------------------- places

-- The 15 reporting areas of the plan: 13 county-level ones (GB/T 2260) and two functional zones with local codes.
create table registry.area (
    code    text primary key check (code ~ '^[0-9]{6}$'),
    name    text not null,
    kind    text not null check (kind in ('county', 'zone'))
);
insert into registry.area (code, name, kind) values
    ('360802', '吉州区', 'county'), ('360803', '青原区', 'county'), ('360821', '吉安县', 'county'),
    ('360822', '吉水县', 'county'), ('360823', '峡江县', 'county'), ('360824', '新干县', 'county'),
    ('360825', '永丰县', 'county'), ('360826', '泰和县', 'county'), ('360827', '遂川县', 'county'),
    ('360828', '万安县', 'county'), ('360829', '安福县', 'county'), ('360830', '永新县', 'county'),
    ('360881', '井冈山市', 'county'), ('360871', '庐陵新区', 'zone'), ('360872', '井冈山经开区', 'zone');

create table registry.street (
    code    text primary key check (code ~ '^[0-9]{9}$'),
    name    text not null,
    county  text not null
);

-- A community lies in one county and reports to ONE area: its county, or the zone that it was given to.
create table registry.community (
    code    text primary key check (code ~ '^[0-9]{12}$'),
    name    text not null,
    street  text not null references registry.street (code),
    county  text not null,
    area    text not null references registry.area (code)
);
create index community_area on registry.community (area, code);
create index community_street on registry.community (street);
grant select on registry.area, registry.street, registry.community to zhigan_person;

-- ---------------------------------------------------------------- search

-- Every single character and every pair: two Chinese characters find a name, which three-letter grams cannot.
create function registry.grams(words text) returns text[]
    language plpgsql immutable strict parallel safe
    as $$
    declare
        letters text[] := string_to_array(words, null);
    begin
        return letters || array(select letters[i] || letters[i + 1] from generate_series(1, cardinality(letters) - 1) i);
    end $$;

-- What a row must hold to mention every word of a question.
create function registry.sought(q text) returns text[]
    language sql immutable strict parallel safe
    as $$
        select coalesce(array_agg(gram), '{}')
        from regexp_split_to_table(lower(btrim(q)), '\s+') word, unnest(registry.grams(word)) gram
    $$;

create function registry.mentions(text_ text, q text) returns boolean
    language sql immutable parallel safe
    as $$
        select coalesce(bool_and(position(word in text_) > 0), true)
        from regexp_split_to_table(lower(btrim(q)), '\s+') word
    $$;

-- ---------------------------------------------------------------- units

create table registry.unit (
    id              uuid primary key,
    code            text not null unique check (code <> ''),
    name            text not null check (name <> ''),
    premises        text not null,
    class           smallint not null check (class between 1 and 4),
    class_override  smallint check (class_override between 1 and 4),
    area_code       text not null,
    area            text not null references registry.area (code),
    community       text not null default '',
    industry        text not null default '',
    grid            text not null default '',
    unit            text not null generated always as (code) stored,
    station         text not null default '',
    firm            text not null default '',
    org             text not null default '',
    tags            text[] not null default '{}',
    uscc            text not null default '',
    ownership       text not null default '',
    supervised_by   text not null default '',
    address         text not null default '',
    lon             double precision,
    lat             double precision,
    phone           text not null default '',
    closed_hours    text not null default '',
    pinyin          text not null default '',
    search          text not null generated always as
                        (lower(code || ' ' || name || ' ' || address || ' ' || pinyin)) stored,
    created_at      timestamptz not null,
    changed_at      timestamptz not null
);
create index unit_area on registry.unit (area, code);
create index unit_name on registry.unit (name, id);
create index unit_community on registry.unit (community, code) where community <> '';
create index unit_industry on registry.unit (industry, code) where industry <> '';
create index unit_grid on registry.unit (grid) where grid <> '';
create index unit_station on registry.unit (station) where station <> '';
create index unit_firm on registry.unit (firm) where firm <> '';
create index unit_org on registry.unit (org) where org <> '';
create index unit_tags on registry.unit using gin (tags);
create index unit_search on registry.unit using gin (registry.grams(search));

create table registry.building (
    id              uuid primary key,
    unit_id         uuid not null references registry.unit (id),
    code            text not null,
    name            text not null,
    floors_above    smallint,
    floors_below    smallint,
    address         text not null default '',
    lon             double precision,
    lat             double precision,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default '',
    created_at      timestamptz not null,
    changed_at      timestamptz not null,
    unique (unit_id, code)
);

create table registry.contact (
    id          uuid primary key,
    unit_id     uuid not null references registry.unit (id),
    role        text not null,
    name        text not null,
    phone       text not null,
    rank        smallint not null default 1,      -- in which order people of one role are called
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default '',
    created_at  timestamptz not null,
    changed_at  timestamptz not null
);
create index contact_unit on registry.contact (unit_id, role, rank);

create table registry.test_mode (
    id          uuid primary key,
    unit_id     uuid not null references registry.unit (id),
    building_id uuid references registry.building (id),
    devices     uuid[] not null default '{}',
    systems     text[] not null default '{}',     -- address prefixes: a transmission device, a system behind it, a loop
    purpose     text not null,
    person      text not null,
    phone       text not null default '',
    starts_at   timestamptz not null,
    ends_at     timestamptz not null,
    ended_at    timestamptz,
    ended_by    text not null default '',
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default '',
    check (ends_at > starts_at and ends_at <= starts_at + interval '8 hours')
);
create index test_mode_unit on registry.test_mode (unit_id, ends_at);
create index test_mode_starts on registry.test_mode (starts_at desc, id desc);

-- ---------------------------------------------------------------- devices

create table registry.device (
    number          integer generated by default as identity primary key,
    id              uuid not null unique,
    gateway         text not null,
    address         text collate "C" not null check (address <> ''),
    parent          integer references registry.device (number),
    unit_id         uuid references registry.unit (id),
    building_id     uuid references registry.building (id),
    name            text not null default '',
    type            text not null,
    class           text not null,
    state           text not null,
    gone            boolean not null generated always as (state in ('replaced', 'retired')) stored,
    floor           text not null default '',
    compartment     text not null default '',
    flat            text not null default '',
    place           text not null default '',
    lon             double precision,
    lat             double precision,
    load_class      text not null default '',
    cut_by          text not null default '',
    cut_until       timestamptz,
    profile         text not null default '',     -- the dialect by which its frames are read
    maker           text not null default '',
    model           text not null default '',
    serial          text not null default '',
    firmware        text not null default '',
    iccid           text not null default '',
    installer       text not null default '',
    made_on         date,
    installed_on    date,
    battery_on      date,
    life_until      date,
    plan_expires_on date,
    last_test_seen  timestamptz,
    suspended_by    text not null default '',
    suspended_why   text not null default '',
    suspended_until timestamptz,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default '',
    search          text not null generated always as
                        (lower(name || ' ' || place || ' ' || compartment || ' ' || flat || ' ' || address)) stored,
    discovered_at   timestamptz,
    created_at      timestamptz not null,
    changed_at      timestamptz not null
);
-- One living device at an address; what was replaced or retired stays for its history.
create unique index device_address on registry.device (gateway, address) where not gone;
create index device_parent on registry.device (parent) where parent is not null;
create index device_unit on registry.device (unit_id, number);
create index device_building on registry.device (building_id) where building_id is not null;
create index device_area on registry.device (area, number);
create index device_community on registry.device (community, number) where community <> '';
create index device_type on registry.device (type, number);
create index device_state on registry.device (state, number) where state <> 'in_service';
-- Single characters only: there are a million devices, and their names are short.
create index device_search on registry.device using gin (string_to_array(search, null)) where name <> '';
create index device_grid on registry.device (grid, number) where grid <> '';
create index device_station on registry.device (station, number) where station <> '';
create index device_firm on registry.device (firm, number) where firm <> '';
create index device_org on registry.device (org, number) where org <> '';

-- Hot and narrow, apart from the device, with room on the page: a row seen again is rewritten in place.
-- `patience` (s) is how long the device may be silent before it counts as offline; 0: its silence means nothing.
create table registry.device_now (
    number      integer primary key references registry.device (number) on delete cascade,
    conditions  bigint not null default 0,
    patience    integer not null default 0,
    seen_at     timestamptz,
    metrics     smallint[] not null default '{}'
) with (fillfactor = 70);
create index device_now_conditions on registry.device_now (number) where conditions <> 0;

-- ---------------------------------------------------------------- scope follows the unit

create function registry.take_scope() returns trigger
    language plpgsql
    as $$
    begin
        if new.unit_id is null then
            new.area := ''; new.community := ''; new.industry := ''; new.grid := ''; new.unit := '';
            new.station := ''; new.firm := ''; new.org := '';
        else
            select u.area, u.community, u.industry, u.grid, u.code, u.station, u.firm, u.org
            into new.area, new.community, new.industry, new.grid, new.unit, new.station, new.firm, new.org
            from registry.unit u where u.id = new.unit_id;
        end if;
        return new;
    end $$;

create trigger take_scope before insert or update of unit_id on registry.building
    for each row execute function registry.take_scope();
create trigger take_scope before insert or update of unit_id on registry.contact
    for each row execute function registry.take_scope();
create trigger take_scope before insert or update of unit_id on registry.test_mode
    for each row execute function registry.take_scope();
create trigger take_scope before insert or update of unit_id on registry.device
    for each row execute function registry.take_scope();

create function registry.give_scope() returns trigger
    language plpgsql
    as $$
    declare
        place text;
    begin
        foreach place in array array['building', 'contact', 'test_mode', 'device'] loop
            execute format(
                'update registry.%I set area = $2, community = $3, industry = $4, grid = $5, unit = $6, station = $7, '
                'firm = $8, org = $9 where unit_id = $1', place)
            using new.id, new.area, new.community, new.industry, new.grid, new.code, new.station, new.firm, new.org;
        end loop;
        return null;
    end $$;

create trigger give_scope after update on registry.unit for each row
    when ((old.area, old.community, old.industry, old.grid, old.code, old.station, old.firm, old.org)
          is distinct from (new.area, new.community, new.industry, new.grid, new.code, new.station, new.firm, new.org))
    execute function registry.give_scope();

-- A community that is given to another area takes its units with it.
create function registry.give_area() returns trigger
    language plpgsql
    as $$
    begin
        update registry.unit set area = new.area where community = new.code;
        return null;
    end $$;
create trigger give_area after update of area on registry.community for each row
    when (old.area is distinct from new.area) execute function registry.give_area();

-- What stands behind a transmission device goes where it goes, except what was put elsewhere by hand.
create function registry.take_along() returns trigger
    language plpgsql
    as $$
    begin
        update registry.device set unit_id = new.unit_id, building_id = new.building_id
        where parent = new.number
          and unit_id is not distinct from old.unit_id and building_id is not distinct from old.building_id;
        return null;
    end $$;
create trigger take_along after update of unit_id, building_id on registry.device for each row
    when (old.parent is null and (old.unit_id, old.building_id) is distinct from (new.unit_id, new.building_id))
    execute function registry.take_along();

-- ---------------------------------------------------------------- patience

create table registry.device_class (
    name            text primary key,
    period_s        integer not null,
    late_s          integer not null,
    offline_s       integer not null,
    offline_s1_s    integer not null
);
grant select on registry.device_class to zhigan_person;
-- Device classes of policy.md; vocabulary/devices.py has the same rows, a test keeps them alike.
insert into registry.device_class (name, period_s, late_s, offline_s, offline_s1_s) values
    ('nb_battery', 86400, 86400, 172800, 129600), ('nb_gas', 86400, 86400, 86400, 43200),
    ('hub', 300, 100, 600, 600), ('hub_node', 86400, 86400, 172800, 172800),
    ('transmission_device', 60, 180, 180, 180), ('electrical_4g', 300, 600, 900, 900),
    ('electrical_nb', 3600, 7200, 10800, 10800), ('breaker', 300, 600, 600, 600),
    ('hydrant_nb', 86400, 86400, 172800, 172800), ('water_nb', 14400, 28800, 43200, 43200),
    ('water_wired', 300, 600, 900, 900), ('camera', 60, 180, 300, 300),
    ('sub_platform', 60, 120, 300, 300), ('component', 0, 0, 0, 0);

create function registry.patience(class_ text, state_ text, unit_class smallint) returns integer
    language sql stable
    as $$
        select case when state_ in ('installed', 'commissioned', 'in_service', 'discovered')
            then coalesce((select case when unit_class = 1 then c.offline_s1_s else c.offline_s end
                           from registry.device_class c where c.name = class_), 0)
            else 0 end
    $$;

-- Once a statement, not once a row: devices come by the ten thousand.
create function registry.keep_now() returns trigger
    language plpgsql
    as $$
    begin
        insert into registry.device_now (number, patience)
        select d.number, registry.patience(d.class, d.state, u.class)
        from changed d left join registry.unit u on u.id = d.unit_id
        on conflict (number) do update set patience = excluded.patience
            where registry.device_now.patience <> excluded.patience;
        return null;
    end $$;
create trigger keep_now_new after insert on registry.device
    referencing new table as changed for each statement execute function registry.keep_now();
create trigger keep_now_changed after update on registry.device
    referencing new table as changed for each statement execute function registry.keep_now();

create function registry.unit_patience() returns trigger
    language plpgsql
    as $$
    begin
        update registry.device_now n set patience = registry.patience(d.class, d.state, new.class)
        from registry.device d where d.unit_id = new.id and n.number = d.number and d.class <> 'component';
        return null;
    end $$;
create trigger unit_patience after update of class on registry.unit for each row
    when (old.class is distinct from new.class) execute function registry.unit_patience();

-- ---------------------------------------------------------------- hydrants

create table registry.hydrant (
    id              uuid primary key,
    code            text not null unique check (code <> ''),
    name            text not null default '',
    lon             double precision not null,
    lat             double precision not null,
    area_code       text not null,
    address         text not null default '',
    state           text not null default 'usable',
    pressure_mpa    double precision,
    pressure_at     timestamptz,
    diameter_mm     smallint,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default '',
    created_at      timestamptz not null,
    changed_at      timestamptz not null
);
-- Longitude shrunk by cos 27.1°: straight lines on this paper are straight enough across the city to rank by.
create index hydrant_place on registry.hydrant using gist (point(lon * 0.8902, lat));
create index hydrant_area on registry.hydrant (area, code);

-- ---------------------------------------------------------------- who sees what

select access.guard('registry.unit');
select access.guard('registry.building');
select access.guard('registry.contact');
select access.guard('registry.test_mode');
select access.guard('registry.device');
select access.guard('registry.hydrant');

alter table registry.device_now enable row level security;
create policy zhigan_scope on registry.device_now for select to zhigan_person
    using (exists (select from registry.device d where d.number = device_now.number));
grant select on registry.device_now to zhigan_person;

-- Search runs as owner, for the index; it answers ids only, and who asks joins them with what he may see.
create function registry.found_units(q text) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$
        select u.id from registry.unit u
        where registry.grams(u.search) @> registry.sought(q) and registry.mentions(u.search, q)
    $$;
create function registry.found_devices(q text) returns setof integer
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$
        select d.number from registry.device d
        where d.name <> '' and btrim(q) !~* '^[0-9a-f]{6,12}(/[0-9.]*)?$'  -- nobody is named like an address
          and string_to_array(d.search, null) @> string_to_array(regexp_replace(lower(q), '\s', '', 'g'), null)
          and registry.mentions(d.search, q)
        union
        select d.number from registry.device d
        where btrim(q) <> '' and not d.gone
          and d.gateway in ('gb26875', 'coap', 'lwm2m', 'mqtt', 'ctwing', 'onenet', 'huawei', 'modbus', 'gb28181')
          and (d.address >= btrim(q) and d.address < btrim(q) || U&'\FFFF'
               or d.address >= upper(btrim(q)) and d.address < upper(btrim(q)) || U&'\FFFF')
    $$;
revoke execute on function registry.found_units(text), registry.found_devices(text) from public;
grant execute on function registry.found_units(text), registry.found_devices(text) to zhigan_person;
