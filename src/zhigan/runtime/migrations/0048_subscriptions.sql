-- subscriptions: partners (province, smart city, grid, police …) that are told what happens within their account's scope.

create schema subscriptions;
grant usage on schema subscriptions to zhigan_person;

-- Does what is bound hold all of that scope (the contract's text)? The twin of access.rules.within.
create function access.inside(scope text) returns boolean
    language sql stable parallel safe
    as $$
        select case
            when nullif(current_setting('zhigan.scope', true), '') is null then false
            when access.whole() then true
            else not exists (
                select 1 from jsonb_each(current_setting('zhigan.scope', true)::jsonb) o (dimension, allowed)
                left join lateral (
                    select string_to_array(split_part(term, ':', 2), ',') as held
                    from unnest(string_to_array(scope, '+')) term
                    where split_part(term, ':', 1) = o.dimension limit 1
                ) i on true
                where i.held is null or exists (
                    select 1 from unnest(i.held) v
                    where not exists (
                        select 1 from jsonb_array_elements_text(o.allowed) w
                        where case when o.dimension = 'area' then v like w || '%' and (length(v) <= 6) = (length(w) <= 6)
                              else v = w end
                    )
                )
            )
        end
    $$;
-- Accounts are read by the owner only; what a partner may be told stands in its account, and changes there.
create function subscriptions.scope_of(account_id uuid) returns text
    language sql stable security definer set search_path = pg_catalog
    as $$ select scope from access.account where id = account_id $$;

create table subscriptions.partner (
  id uuid primary key,
  name text not null,
  kind text not null check (kind in ('province', 'city', 'grid', 'police', 'emergency', 'insurance', 'other')),
  account uuid not null references access.account (id),
  notes text not null default '',
  state text not null default 'active' check (state in ('active', 'paused')),
  version integer not null default 1,
  created_at timestamptz not null,
  created_by text not null,
  changed_at timestamptz not null,
  changed_by text not null,
  retired_at timestamptz
);
create unique index partner_name on subscriptions.partner (lower(name)) where retired_at is null;
create unique index partner_account on subscriptions.partner (account) where retired_at is null;
alter table subscriptions.partner enable row level security;
create policy held on subscriptions.partner for select to zhigan_person using (access.inside(subscriptions.scope_of(account)));
grant select on subscriptions.partner to zhigan_person;

-- A reader of the event log with its own position, which moves only after the partner's answer 2xx.
create table subscriptions.subscription (
  id uuid primary key,
  partner uuid not null references subscriptions.partner (id),
  name text not null,
  form text not null check (form in ('cloudevents', 'cap')),
  url text not null,
  what text[] not null,
  confirmed boolean not null default false,
  grades smallint[] not null default '{}',
  kinds text[] not null default '{}',
  exercises text not null default 'marked' check (exercises in ('marked', 'left_out')),
  batch smallint not null default 1 check (batch between 1 and 100),
  secret bytea not null,
  old_secret bytea,                         -- signs too until `old_until`
  old_until timestamptz,
  state text not null default 'active' check (state in ('active', 'paused', 'gone')),
  position bigint not null,
  upto bigint,                              -- what is under way: the same events, with the same id, however often
  failures integer not null default 0,
  failing_since timestamptz,
  next_at timestamptz,
  sent bigint not null default 0,
  last_ok_at timestamptz,
  last_said text not null default '',
  version integer not null default 1,
  created_at timestamptz not null,
  created_by text not null,
  changed_at timestamptz not null,
  changed_by text not null,
  retired_at timestamptz
) with (fillfactor = 70);
create index subscription_partner on subscriptions.subscription (partner) where retired_at is null;

-- What the partner was told of an incident: whence a CAP update takes its references.
create table subscriptions.thread (
  subscription uuid not null references subscriptions.subscription (id),
  incident uuid not null,
  first_id text not null,
  first_sent timestamptz not null,
  last_id text not null,
  last_sent timestamptz not null,
  told text not null,
  primary key (subscription, incident)
);

-- Every attempt, as it stood on the wire.
create table subscriptions.delivery (
  id uuid primary key,
  partner uuid not null references subscriptions.partner (id),
  subscription uuid not null references subscriptions.subscription (id),
  at timestamptz not null,
  act text not null check (act in ('event', 'test')),
  ok boolean not null,
  attempt integer not null,
  events integer not null,
  first bigint,
  incident uuid,
  type text not null,
  message text not null,                    -- webhook-id
  status integer,
  ms integer not null,
  said text not null,
  request text not null,
  answer text not null,
  words text not null                       -- what is searched
);
create index delivery_partner on subscriptions.delivery (partner, at desc, id desc);
create index delivery_at on subscriptions.delivery (at);

do $$
declare t text;
begin
  foreach t in array array['subscription', 'delivery'] loop
    execute format('alter table subscriptions.%I enable row level security', t);
    execute format('create policy held on subscriptions.%I for select to zhigan_person '
                   'using (exists (select 1 from subscriptions.partner p where p.id = partner))', t);
  end loop;
end $$;
alter table subscriptions.thread enable row level security;
create policy held on subscriptions.thread for select to zhigan_person
  using (exists (select 1 from subscriptions.subscription s where s.id = subscription));
grant select on subscriptions.thread, subscriptions.delivery to zhigan_person;
-- All but the secrets.
grant select (id, partner, name, form, url, what, confirmed, grades, kinds, exercises, batch, state, position, upto, failures,
              failing_since, next_at, sent, last_ok_at, last_said, version, created_at, created_by, changed_at, changed_by,
              retired_at) on subscriptions.subscription to zhigan_person;

-- The CAP feed: one row a message, as it stays.
create table subscriptions.alert (
  event bigint primary key,
  incident uuid not null,
  identifier text not null,
  sent timestamptz not null,
  message_type text not null,
  status text not null,
  told text not null,
  title text not null,
  document text not null,
  area text not null default '',
  community text not null default '',
  industry text not null default '',
  grid text not null default '',
  unit text not null default '',
  station text not null default '',
  firm text not null default '',
  org text not null default ''
);
create index alert_incident on subscriptions.alert (incident, event);
create unique index alert_identifier on subscriptions.alert (identifier);
create index alert_area on subscriptions.alert (area, event desc);
select access.guard('subscriptions.alert');
