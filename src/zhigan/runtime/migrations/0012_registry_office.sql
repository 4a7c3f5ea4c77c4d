-- What the registry's pages need: the field survey's figures of a unit, organisations, key parts 重点部位, retired units,
-- search in characters and pinyin for devices, contacts and hydrants, and imports as jobs that outlive a restart.

-- ---------------------------------------------------------------- units: the survey that coverage is counted against

alter table registry.unit
    add column floor_area_m2      integer check (floor_area_m2 >= 0),
    add column occupants          integer check (occupants >= 0),      -- people, beds or pupils
    add column households         integer check (households >= 0),
    add column circuits           integer check (circuits >= 0),       -- annex note 2: electrical monitors go by circuits
    add column cameras            integer check (cameras >= 0),        -- annex note 3: existing ones that can be connected
    add column need_transmission  integer check (need_transmission >= 0),
    add column need_water         integer check (need_water >= 0),
    add column need_control_video integer check (need_control_video >= 0),
    add column need_escape_video  integer check (need_escape_video >= 0),
    add column need_detectors     integer check (need_detectors >= 0),
    add column need_electrical    integer check (need_electrical >= 0),
    add column need_hydrants      integer check (need_hydrants >= 0),
    add column surveyed_on        date,
    add column retired_at         timestamptz;

alter table registry.building
    add column height_m      double precision check (height_m >= 0),
    add column floor_area_m2 integer check (floor_area_m2 >= 0),
    add column retired_at    timestamptz;

-- ---------------------------------------------------------------- organisations: who stands behind the codes of a unit

-- `dimension` says in which field of a unit the code stands; it is the scope's dimension too.
create table registry.organisation (
    id          uuid primary key,
    dimension   text not null check (dimension in ('station', 'firm', 'grid', 'org')),
    kind        text not null,
    code        text not null check (code <> ''),
    name        text not null check (name <> ''),
    uscc        text not null default '',
    person      text not null default '',
    phone       text not null default '',
    address     text not null default '',
    lon         double precision,
    lat         double precision,
    retired_at  timestamptz,
    pinyin      text not null default '',
    search      text not null generated always as
                    (lower(code || ' ' || name || ' ' || person || ' ' || phone || ' ' || address || ' ' || pinyin)) stored,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default '',
    created_at  timestamptz not null,
    changed_at  timestamptz not null,
    unique (dimension, code)
);
create index organisation_name on registry.organisation (name, id);
create index organisation_search on registry.organisation using gin (registry.grams(search));

-- ---------------------------------------------------------------- key parts

create table registry.key_part (
    id          uuid primary key,
    unit_id     uuid not null references registry.unit (id),
    building_id uuid references registry.building (id),
    name        text not null check (name <> ''),
    floor       text not null default '',
    place       text not null default '',
    hazard      text not null,                    -- why it is one
    facilities  text not null default '',         -- what stands there against fire
    measures    text not null default '',         -- what is to be done
    person      text not null default '',
    phone       text not null default '',
    pinyin      text not null default '',
    search      text not null generated always as
                    (lower(name || ' ' || place || ' ' || person || ' ' || phone || ' ' || pinyin)) stored,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default '',
    created_at  timestamptz not null,
    changed_at  timestamptz not null
);
create index key_part_unit on registry.key_part (unit_id, name);
create index key_part_search on registry.key_part using gin (registry.grams(search));

create trigger take_scope before insert or update of unit_id on registry.key_part
    for each row execute function registry.take_scope();
create function registry.give_scope_to_key_parts() returns trigger
    language plpgsql
    as $$
    begin
        update registry.key_part
        set area = new.area, community = new.community, industry = new.industry, grid = new.grid, unit = new.code,
            station = new.station, firm = new.firm, org = new.org
        where unit_id = new.id;
        return null;
    end $$;
create trigger give_scope_to_key_parts after update on registry.unit for each row
    when ((old.area, old.community, old.industry, old.grid, old.code, old.station, old.firm, old.org)
          is distinct from (new.area, new.community, new.industry, new.grid, new.code, new.station, new.firm, new.org))
    execute function registry.give_scope_to_key_parts();

-- ---------------------------------------------------------------- search

-- `pinyin` null: not spelled yet (rows from before this migration; the import's worker spells them).
alter table registry.contact add column pinyin text;
alter table registry.contact add column search text not null
    generated always as (lower(name || ' ' || phone || ' ' || coalesce(pinyin, ''))) stored;
create index contact_search on registry.contact using gin (registry.grams(search));
create index contact_unspelled on registry.contact (id) where pinyin is null;

alter table registry.hydrant add column pinyin text;
alter table registry.hydrant add column search text not null
    generated always as (lower(code || ' ' || name || ' ' || address || ' ' || coalesce(pinyin, ''))) stored;
create index hydrant_unspelled on registry.hydrant (id) where pinyin is null;
create index hydrant_search on registry.hydrant using gin (registry.grams(search));

-- Pairs of neighbours, and single characters beyond ASCII: addresses stay out, they are found by their beginning.
create function registry.pairs(words text) returns text[]
    language plpgsql immutable strict parallel safe
    as $$
    declare
        letters text[] := string_to_array(words, null);
    begin
        return array(select letters[i] || letters[i + 1] from generate_series(1, cardinality(letters) - 1) i
                     where letters[i] <> ' ' and letters[i + 1] <> ' ')
            || array(select letter from unnest(letters) letter where letter > '~');
    end $$;

drop index registry.device_search;
alter table registry.device drop column search;
alter table registry.device add column pinyin text;
alter table registry.device add column search text not null
    generated always as (lower(name || ' ' || place || ' ' || compartment || ' ' || flat || ' ' || coalesce(pinyin, ''))) stored;
create index device_search on registry.device using gin (registry.pairs(search)) where name <> '';
create index device_unspelled on registry.device (number) where pinyin is null and name <> '';

-- At most `most` numbers: whoever gets as many asks on by walking the list instead.
drop function registry.found_devices(text);
create function registry.found_devices(q text, most integer) returns setof integer
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$
        (select d.number from registry.device d
         where d.name <> '' and btrim(q) !~* '^[0-9a-f]{8,12}(/[0-9.]*)?$'  -- nobody is named like an address
           and registry.pairs(d.search) @> (
               select coalesce(array_agg(p), '{}') from regexp_split_to_table(lower(btrim(q)), '\s+') word,
                   unnest(registry.pairs(word)) p)
           and d.search like all (
               select '%' || replace(replace(replace(word, '\', '\\'), '%', '\%'), '_', '\_') || '%'
               from regexp_split_to_table(lower(btrim(q)), '\s+') word)
         limit most)
        union
        (select d.number from registry.device d
         where btrim(q) <> '' and not d.gone
           and d.gateway in ('gb26875', 'coap', 'lwm2m', 'mqtt', 'ctwing', 'onenet', 'huawei', 'modbus', 'gb28181')
           and (d.address >= btrim(q) and d.address < btrim(q) || U&'\FFFF'
                or d.address >= upper(btrim(q)) and d.address < upper(btrim(q)) || U&'\FFFF')
         limit most)
    $$;

-- The same for the smaller tables: ids only, as owner, for the index.
create function registry.found_contacts(q text) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$ select c.id from registry.contact c
          where registry.grams(c.search) @> registry.sought(q) and registry.mentions(c.search, q) $$;
create function registry.found_key_parts(q text) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$ select k.id from registry.key_part k
          where registry.grams(k.search) @> registry.sought(q) and registry.mentions(k.search, q) $$;
create function registry.found_organisations(q text) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$ select o.id from registry.organisation o
          where registry.grams(o.search) @> registry.sought(q) and registry.mentions(o.search, q) $$;
create function registry.found_hydrants(q text) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$ select h.id from registry.hydrant h
          where registry.grams(h.search) @> registry.sought(q) and registry.mentions(h.search, q) $$;

revoke execute on function registry.found_devices(text, integer), registry.found_contacts(text),
    registry.found_key_parts(text), registry.found_organisations(text), registry.found_hydrants(text) from public;
grant execute on function registry.found_devices(text, integer), registry.found_contacts(text),
    registry.found_key_parts(text), registry.found_organisations(text), registry.found_hydrants(text) to zhigan_person;

create index device_discovered on registry.device (discovered_at desc, number desc) where state = 'discovered';
create index contact_name on registry.contact (name, id);
create index key_part_name on registry.key_part (name, id);
create index unit_created on registry.unit (created_at, id);

-- The quarantine's page says how many of one address are kept.
create index quarantine_from on history.quarantine (gateway, address);

-- ---------------------------------------------------------------- imports as jobs

-- A job's lines are taken in order, each batch in one transaction with `done`: a restart neither loses nor repeats one.
create table registry.import_job (
    id          uuid primary key,
    kind        text not null,
    file        text not null,
    content     bytea,                            -- dropped when the job is old
    account     uuid not null,                    -- on whose behalf, with what rights: looked at again at every batch
    name        text not null,
    role        text not null,
    scope       text not null,
    address     text not null default '',
    state       text not null check (state in ('checking', 'checked', 'importing', 'done', 'failed', 'cancelled')),
    columns     jsonb not null,
    lines       integer not null,
    done        integer not null default 0,       -- entries behind us, of `entries`
    entries     integer not null default 0,
    added       integer not null default 0,
    changed     integer not null default 0,
    bad         integer not null default 0,
    failure     text not null default '',
    created_at  timestamptz not null,
    started_at  timestamptz,
    ended_at    timestamptz
);
create index import_job_newest on registry.import_job (created_at desc, id desc);
create index import_job_waiting on registry.import_job (created_at) where state in ('checking', 'importing');

create table registry.import_bad (
    job     uuid not null references registry.import_job (id) on delete cascade,
    line    integer not null,
    reason  text not null,
    primary key (job, line)
);

-- ---------------------------------------------------------------- who sees what

select access.guard('registry.organisation');
select access.guard('registry.key_part');
alter table registry.import_job enable row level security;
alter table registry.import_bad enable row level security;
