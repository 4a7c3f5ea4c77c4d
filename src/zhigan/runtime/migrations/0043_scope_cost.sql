-- The row-level rule, said so that a dimension which is not limited costs a look at one value and no array a row.

create or replace function access.rule() returns text
    language sql immutable
    as $rule$ select $text$
        (select access.whole())
        or ((coalesce(area like any ((select access.under(true))::text[]), true)
             or community like any (coalesce((select access.under(false)), '{}')))
            and coalesce(community = any ((select access.allowed('community'))::text[]), true)
            and coalesce(industry = any ((select access.allowed('industry'))::text[]), true)
            and coalesce(grid = any ((select access.allowed('grid'))::text[]), true)
            and coalesce(unit = any ((select access.allowed('unit'))::text[]), true)
            and coalesce(station = any ((select access.allowed('station'))::text[]), true)
            and coalesce(firm = any ((select access.allowed('firm'))::text[]), true)
            and coalesce(org = any ((select access.allowed('org'))::text[]), true))
    $text$ $rule$;

do $$
declare t regclass;
begin
    -- What is unknown would be seen by everybody: the columns are never null.
    if exists (select from pg_policy p join pg_attribute a on a.attrelid = p.polrelid
               where p.polname = 'zhigan_scope' and not a.attnotnull and a.attnum > 0
                 and a.attname in ('area', 'community', 'industry', 'grid', 'unit', 'station', 'firm', 'org')) then
        raise exception 'a column of scope may be null';
    end if;
    execute format(
        'create or replace function access.visible(area text, community text, industry text, grid text, unit text, '
        'station text, firm text, org text) returns boolean language sql stable parallel safe as %L',
        'select ' || access.rule()
    );
    -- Those that `access.guard` made; a policy of another text (registry.device_now) has its own.
    for t in
        select p.polrelid::regclass from pg_policy p
        where p.polname = 'zhigan_scope' and pg_get_expr(p.polqual, p.polrelid) like '%access.allowed(''org''%'
    loop
        execute format('alter policy zhigan_scope on %s using (%s)', t, access.rule());
    end loop;
end $$;

-- What few devices are in is looked for as owner: under the policy every device's state would be asked whose it is before
-- its bits are looked at. It answers numbers only, and who asks joins them with what he may see.
create function registry.devices_in(mask bigint, graver bigint) returns setof integer
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$
        select n.number from registry.device_now n
        where n.conditions <> 0 and n.conditions & mask <> 0 and n.conditions & graver = 0
    $$;
