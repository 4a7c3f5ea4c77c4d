-- Sub-platforms hosted here (分平台、子平台): a name, a face and a start page for a part of the city, with accounts of its own.
-- Read by the owner only, as accounts are: who may see one is decided by its scope (access/reach.py).

create table access.hosted (
    id          uuid primary key,
    slug        text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    kind        text not null check (kind in ('industry', 'district', 'community', 'firm')),
    name        text not null,
    short_name  text not null,
    scope       text not null,              -- as the contract writes it; every account of the sub-platform stays within
    start_page  text not null,
    logo        bytea,
    logo_type   text not null default '',
    logo_sha256 text not null default '',
    created_at  timestamptz not null,
    created_by  text not null,
    changed_at  timestamptz not null,
    closed_at   timestamptz
);

alter table access.account add column hosted uuid references access.hosted (id);
create index account_hosted on access.account (hosted) where hosted is not null;
