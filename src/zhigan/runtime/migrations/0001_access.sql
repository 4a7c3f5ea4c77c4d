-- Accounts, sessions, audit trail, and THE RULE: what part of the city a request may see.
--
-- The rule is written once, in access.rule(). It becomes the row-level policy of every scoped table (access.guard) and the
-- function access.visible. Its Python twin is vocabulary/scopes.py `holds`; its compiled form is vocabulary/predicates.py.
-- One property test keeps the three alike.
--
-- A request binds itself: role zhigan_person, `zhigan.scope` = the JSON of Scope.terms ({} = the whole city). Nothing bound
-- sees nothing. The hot path runs as table owner and is not subject to the policies (no FORCE).

create schema access;

do $$
begin
    if not exists (select from pg_roles where rolname = 'zhigan_person') then
        create role zhigan_person nologin;
    end if;
exception when duplicate_object then null;  -- another database of the same server was quicker
end $$;

do $$
begin
    grant zhigan_person to current_user;
exception when insufficient_privilege then
    -- A foreign server where the administrator made the role: membership is enough (docs: "A server of your own").
    if not pg_has_role(current_user, 'zhigan_person', 'MEMBER') then
        raise exception 'role % must be a member of zhigan_person: grant zhigan_person to %', current_user, current_user;
    end if;
end $$;

grant usage on schema access to zhigan_person;

create function access.whole() returns boolean
    language sql stable parallel safe
    as $$ select coalesce(nullif(current_setting('zhigan.scope', true), '')::jsonb = '{}'::jsonb, false) $$;

-- The values allowed in a dimension: null where the scope does not limit it, none where nothing is bound.
create function access.allowed(dimension text) returns text[]
    language sql stable parallel safe
    as $$
        select case
            when s.scope is null then '{}'
            when s.scope ? dimension then array(select jsonb_array_elements_text(s.scope -> dimension))
        end
        from (select nullif(current_setting('zhigan.scope', true), '')::jsonb as scope) s
    $$;

-- The area term as LIKE patterns: up to six digits stand for the reporting area, more for the community. Null: no area term.
create function access.under(reporting boolean) returns text[]
    language sql stable parallel safe
    as $$
        select array(select value || '%' from unnest(a.listed) value where (length(value) <= 6) = reporting)
        from (select access.allowed('area') as listed) a
        where a.listed is not null
    $$;

-- Sub-selects without outer references are evaluated once a query, not once a row; each costs planning, so there is one a
-- dimension: what is not limited is compared with itself.
create function access.rule() returns text
    language sql immutable
    as $rule$ select $text$
        (select access.whole())
        or ((area like any (coalesce((select access.under(true)), array['%']))
             or community like any (coalesce((select access.under(false)), '{}')))
            and community = any (coalesce((select access.allowed('community')), array[community]))
            and industry = any (coalesce((select access.allowed('industry')), array[industry]))
            and grid = any (coalesce((select access.allowed('grid')), array[grid]))
            and unit = any (coalesce((select access.allowed('unit')), array[unit]))
            and station = any (coalesce((select access.allowed('station')), array[station]))
            and firm = any (coalesce((select access.allowed('firm')), array[firm]))
            and org = any (coalesce((select access.allowed('org')), array[org])))
    $text$ $rule$;

do $$
begin
    execute format(
        'create function access.visible(area text, community text, industry text, grid text, unit text, station text, '
        'firm text, org text) returns boolean language sql stable parallel safe as %L',
        'select ' || access.rule()
    );
end $$;

-- Called once for every scoped table, in the migration that makes it. Partitions are reached through their parent.
create function access.guard(target regclass) returns void
    language plpgsql
    as $$
    begin
        execute format('alter table %s enable row level security', target);
        execute format('create policy zhigan_scope on %s for select to zhigan_person using (%s)', target, access.rule());
        execute format('grant usage on schema %I to zhigan_person',
            (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target));
        execute format('grant select on %s to zhigan_person', target);
    end $$;

create table access.account (
    id              uuid primary key,
    name            text not null,
    role            text not null,
    scope           text not null,          -- the contract's text, as vocabulary/scopes.py parses it
    display_name    text not null default '',
    phone           text not null default '',
    password        text not null,          -- Argon2id, PHC string; '!' where no password opens it
    created_at      timestamptz not null,
    changed_at      timestamptz not null,
    disabled_at     timestamptz
);
create unique index account_name on access.account (lower(name));

-- Only the digest of a token is kept: who reads this table cannot become anybody.
create table access.session (
    digest      bytea primary key,
    id          uuid not null unique,
    account     uuid not null references access.account (id) on delete cascade,
    created_at  timestamptz not null,
    seen_at     timestamptz not null,
    expires_at  timestamptz not null,
    address     text not null default '',
    agent       text not null default ''
);
create index session_account on access.session (account);
create index session_expires on access.session (expires_at);

-- Failed logins by key: "account:NAME", "address:IP", "pair:NAME IP". Rows older than a day are of no account.
create table access.attempt (
    key         text primary key,
    failures    integer not null,
    last_at     timestamptz not null
);
create index attempt_last on access.attempt (last_at);

-- Addresses from which an account has logged in before: a stranger's failures do not hold its owner up there.
create table access.familiar (
    account     uuid not null references access.account (id) on delete cascade,
    address     text not null,
    at          timestamptz not null,
    primary key (account, address)
);

create table access.audit (
    id          bigint generated always as identity primary key,
    at          timestamptz not null,
    account     uuid,
    name        text not null,
    role        text not null,
    address     text not null,
    session     text not null,
    action      text not null,
    subject     text not null,
    detail      jsonb not null
);
create index audit_at on access.audit (at desc, id desc);
create index audit_account on access.audit (account, id desc);
create index audit_subject on access.audit (subject, id desc);

create function access.append_only() returns trigger
    language plpgsql
    as $$ begin raise exception 'the audit trail is append-only'; end $$;
create trigger append_only before update or delete on access.audit
    for each row execute function access.append_only();
create trigger append_only_whole before truncate on access.audit
    for each statement execute function access.append_only();

-- The audit trail's one door: any room calls it inside its own transaction (webapi/audit.py).
create function access.note(
    at timestamptz, account uuid, name text, role text, address text, session text, action text, subject text, detail jsonb
) returns bigint
    language sql volatile
    as $$
        insert into access.audit (at, account, name, role, address, session, action, subject, detail)
        values (at, account, name, role, address, session, action, subject, detail) returning id
    $$;
