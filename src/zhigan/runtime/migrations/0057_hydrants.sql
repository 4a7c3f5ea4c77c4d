-- A hydrant's kind, pipe, outlets, owner, its flow test, and the gauge that tells of it while it stands there.

alter table registry.hydrant
    add column kind          text not null default '',
    add column main_mm       smallint,
    add column outlets       text not null default '',
    add column owner         text not null default '',
    add column tested_on     date,
    add column static_mpa    double precision,
    add column residual_mpa  double precision,
    add column flow_lps      double precision,
    add column device        integer references registry.device (number);

-- One gauge tells of one hydrant.
create unique index hydrant_device on registry.hydrant (device) where device is not null;

-- What stands now: what a gauge tells goes before what was entered, but for what no gauge can know. Bits: conditions.py.
create function registry.hydrant_now(entered text, conditions bigint) returns text
    language sql immutable parallel safe
    as $$
        select case
            when conditions is null or conditions = 0 or entered in ('removed', 'blocked') then entered
            when conditions & ((1::bigint << 35) | (1::bigint << 30)) <> 0 then 'damaged'
            when conditions & (1::bigint << 33) <> 0 then 'no_water'
            when entered in ('damaged', 'no_water') then entered
            when conditions & (1::bigint << 4) <> 0 then 'opened'
            when conditions & (1::bigint << 32) <> 0 then 'low_pressure'
            when conditions & (1::bigint << 31) <> 0 then 'offline'
            else entered
        end
    $$;

-- Looked up by place as owner: under the policy every hydrant of the city would be asked whose it is before its place is
-- looked at. It answers ids only, and who asks joins them with what he may see.
create function registry.hydrants_beside(lon double precision, lat double precision, after text, apart double precision)
    returns setof uuid
    language sql stable security definer rows 1 set search_path = registry, pg_catalog
    as $$
        select h.id from registry.hydrant h
        where point(h.lon * 0.8902, h.lat) <@ circle(point($1 * 0.8902, $2), $4)  -- a name would be the column's
          and h.code > $3 and h.state <> 'removed'
    $$;
revoke execute on function registry.hydrants_beside(double precision, double precision, text, double precision) from public;
grant execute on function registry.hydrants_beside(double precision, double precision, text, double precision)
    to zhigan_person;
