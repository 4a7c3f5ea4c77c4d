-- The second factor (RFC 6238). A secret is handed out once, when it is made; after that it only checks codes.

create table access.second_factor (
    account       uuid primary key references access.account (id) on delete cascade,
    secret        bytea not null,
    created_at    timestamptz not null,
    confirmed_at  timestamptz,              -- null: handed out, not proven yet; asks nothing at login
    step          bigint not null default 0 -- the newest time step that was used: no code opens twice
);

-- Digests of codes for the day on which the phone is lost; each opens once and is gone.
create table access.recovery_code (
    account  uuid not null references access.account (id) on delete cascade,
    digest   bytea not null,
    primary key (account, digest)
);

-- Roles that do not enter without. No row: the second factor is everybody's own choice.
create table access.second_factor_role (
    role      text primary key,
    since     timestamptz not null,
    set_by    text not null
);
