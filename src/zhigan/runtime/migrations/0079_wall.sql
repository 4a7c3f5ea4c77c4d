-- desks/wall: links for the screens of command halls. Of the secret only its digest is kept; no person reads the table itself.
create schema wall;

create table wall.link (
    id          uuid        primary key,
    digest      bytea       not null unique check (length(digest) = 32),
    name        text        not null,
    scope       text        not null,
    networks    text[]      not null check (cardinality(networks) > 0),
    made_at     timestamptz not null,
    made_by     text        not null,
    account     uuid,
    expires_at  timestamptz not null,
    revoked_at  timestamptz,
    revoked_by  text        not null default '',
    used_at     timestamptz,
    used_from   text        not null default '',
    uses        integer     not null default 0,
    refused_at  timestamptz,
    refused_from text       not null default ''
);
create index link_made on wall.link (made_at desc, id desc);
alter table wall.link enable row level security;
