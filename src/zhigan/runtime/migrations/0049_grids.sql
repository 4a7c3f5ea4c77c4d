-- Grids 网格 and the people of organisations: grid workers, a property company's managers, a micro station's crew.
--
-- A grid is an organisation whose code a unit names; here it gets the community in which it lies and its bounds in words
-- (四至范围). People stand beside the one person whom an organisation names itself; all of them are told.

alter table registry.organisation add column bounds text not null default '';
create index organisation_community on registry.organisation (community, code) where community <> '';

-- Whoever looks after a community sees the station, the property company and the grids that serve nothing but it.
update registry.organisation o set community = served.community
from (
    select named.dimension, named.code, min(u.community) as community
    from registry.unit u
    cross join lateral (values ('station', u.station), ('grid', u.grid), ('org', u.org)) named (dimension, code)
    where named.code <> '' and u.retired_at is null
    group by named.dimension, named.code
    having count(distinct u.community) = 1 and min(u.community) <> ''
) served
where o.dimension = served.dimension and o.code = served.code and o.area <> '' and o.community = ''
  and o.kind in ('station', 'grid', 'property');

create table registry.member (
    id              uuid primary key,
    organisation_id uuid not null references registry.organisation (id),
    name            text not null check (name <> ''),
    phone           text not null check (phone <> ''),
    post            text not null default '',     -- what he is there: 网格员, 项目经理, 站长
    rank            smallint not null default 1,
    verified_at     timestamptz,                  -- somebody called the number and reached him
    verified_by     text not null default '',
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', unit text not null default '', station text not null default '',
    firm text not null default '', org text not null default '',
    created_at      timestamptz not null,
    changed_at      timestamptz not null,
    unique (organisation_id, name)
);

create function registry.take_scope_of_organisation() returns trigger
    language plpgsql
    as $$
    begin
        select o.area, o.community, o.industry, o.grid, o.unit, o.station, o.firm, o.org
        into new.area, new.community, new.industry, new.grid, new.unit, new.station, new.firm, new.org
        from registry.organisation o where o.id = new.organisation_id;
        return new;
    end $$;
create trigger take_scope before insert or update of organisation_id on registry.member
    for each row execute function registry.take_scope_of_organisation();

create function registry.give_scope_to_members() returns trigger
    language plpgsql
    as $$
    begin
        update registry.member set area = new.area, community = new.community where organisation_id = new.id;
        return null;
    end $$;
create trigger give_scope_to_members after update on registry.organisation for each row
    when ((old.area, old.community) is distinct from (new.area, new.community))
    execute function registry.give_scope_to_members();

-- A community that is given to another area takes its organisations along.
create function registry.give_area_to_organisations() returns trigger
    language plpgsql
    as $$
    begin
        update registry.organisation set area = new.area where community = new.code and area <> '';
        return null;
    end $$;
create trigger give_area_to_organisations after update of area on registry.community for each row
    when (old.area is distinct from new.area) execute function registry.give_area_to_organisations();

select access.guard('registry.member');
