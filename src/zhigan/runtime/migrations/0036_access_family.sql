-- Family sharing (家人共享): an owner lets relatives see and be told of what is his own. What a relative may see follows
-- from the shares by itself, here, whoever changes them: an owner who loses a unit takes it from his relatives too.

create table access.family (
    id          uuid primary key,
    owner       uuid not null references access.account (id) on delete cascade,
    relative    uuid references access.account (id) on delete cascade,
    label       text not null,                  -- how the owner calls him
    phone       text not null default '',       -- where invited by number: only who holds it may take it
    code        bytea,                          -- the invitation's code, as a keyed digest; null: by number, or taken
    units       text[] not null,                -- unit codes
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    accepted_at timestamptz,
    ended_at    timestamptz
);
create index family_owner on access.family (owner) where ended_at is null;
create index family_relative on access.family (relative) where ended_at is null;
create index family_phone on access.family (phone) where phone <> '' and accepted_at is null and ended_at is null;
create unique index family_code on access.family (code) where code is not null;

-- What an account sees by itself, before anything was shared with it.
create table access.relative (
    account     uuid primary key references access.account (id) on delete cascade,
    scope       text not null,
    invited     boolean not null                -- made by an invitation: with the last share it is closed
);

-- The units of a scope that is nothing but units.
create function access.units_of(scope text) returns text[]
    language sql immutable parallel safe
    as $$ select case when scope ~ '^unit:[^+:]+$' then string_to_array(substr(scope, 6), ',') else '{}'::text[] end $$;

-- The scope of an account as it must be: its own, and what is shared with it by owners who have it themselves today.
create function access.settle_relative(who uuid) returns void
    language plpgsql
    as $$
    declare
        own access.relative;
        shared text[];
        whole text[];
    begin
        select * into own from access.relative where account = who;
        if not found then return; end if;
        select coalesce(array_agg(distinct u order by u), '{}') into shared
        from access.family f
        join access.account o on o.id = f.owner and o.disabled_at is null and o.role = 'owner'
        left join access.relative r on r.account = o.id
        cross join unnest(f.units) u
        where f.relative = who and f.accepted_at is not null and f.ended_at is null
          and u = any (access.units_of(coalesce(r.scope, o.scope)));
        select coalesce(array_agg(distinct u order by u), '{}') into whole from unnest(access.units_of(own.scope) || shared) u;
        perform set_config('zhigan.settling', 'on', true);
        update access.account a
        set scope = case when cardinality(whole) = 0 then own.scope else 'unit:' || array_to_string(whole, ',') end
        where a.id = who;
        perform set_config('zhigan.settling', 'off', true);
    end $$;

create function access.family_follows() returns trigger
    language plpgsql
    as $$
    declare
        who uuid;
    begin
        if current_setting('zhigan.settling', true) = 'on' then return null; end if;
        if new.scope <> old.scope then  -- the office has decided anew what it sees by itself
            update access.relative set scope = new.scope where account = new.id;
            perform access.settle_relative(new.id);
        end if;
        for who in select distinct relative from access.family
                   where owner = new.id and relative is not null and accepted_at is not null and ended_at is null
        loop
            perform access.settle_relative(who);
        end loop;
        return null;
    end $$;
create trigger family_follows after update of scope, disabled_at, role on access.account
    for each row when (old.scope <> new.scope or old.disabled_at is distinct from new.disabled_at or old.role <> new.role)
    execute function access.family_follows();
