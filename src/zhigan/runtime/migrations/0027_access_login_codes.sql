-- Signing in by a code sent as a text message. One row a telephone that was asked for; read by no person, so unguarded.
-- Neither number nor code stands here: both are keyed digests, the key lies outside the database.

create table access.login_code (
    phone     bytea primary key,
    asked_at  timestamptz[] not null,       -- the asks of the last hour, whether or not an account has that telephone
    account   uuid references access.account (id) on delete cascade,
    code      bytea,                        -- null: none stands
    sent_at   timestamptz,
    tries     integer not null default 0
);
create index login_code_asked on access.login_code ((asked_at[cardinality(asked_at)]));

-- Digits as one dials them within the country; another country keeps its plus. Twin: access/codes.py `number`.
create function access.number(phone text) returns text
    language sql immutable parallel safe
    as $$ select regexp_replace(regexp_replace(phone, '[^0-9+]', '', 'g'), '^(\+86|0086)', '') $$;
create index account_phone on access.account (access.number(phone)) where phone <> '';
