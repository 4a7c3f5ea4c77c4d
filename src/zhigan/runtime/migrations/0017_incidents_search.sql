-- incidents: searched by words, as units are (registry.grams, 0002). Only what is closed stands in the index: a storm of new
-- incidents writes nothing more, and what is open is little enough to be read through.

create function incidents.said(unit_name text, unit_code text, building_name text, place text) returns text
    language sql immutable parallel safe
    as $$ select lower(unit_name || ' ' || unit_code || ' ' || building_name || ' ' || place) $$;

create index incident_search on incidents.incident
    using gin (registry.grams(incidents.said(unit_name, unit_code, building_name, place)))
    where state = 'closed' and merged_into is null;

-- Runs as owner, for the index; it answers ids only, and who asks joins them with what he may see.
create function incidents.found(q text, patterns text[]) returns setof uuid
    language sql stable security definer rows 200 set search_path = incidents, pg_catalog
    as $$
        select i.id from incidents.incident i
        where i.state = 'closed' and i.merged_into is null
          and registry.grams(incidents.said(i.unit_name, i.unit_code, i.building_name, i.place)) @> registry.sought(q)
          and incidents.said(i.unit_name, i.unit_code, i.building_name, i.place) like all (patterns)
        union all
        select i.id from incidents.incident i
        where i.state <> 'closed' and i.merged_into is null
          and incidents.said(i.unit_name, i.unit_code, i.building_name, i.place) like all (patterns)
    $$;
revoke execute on function incidents.found(text, text[]) from public;
grant execute on function incidents.found(text, text[]) to zhigan_person;
