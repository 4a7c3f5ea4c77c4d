-- notify: contacts asked to prove that they can be reached, one row an asking. No incident stands behind it. Only the
-- digest of a link's token is kept: who reads this table cannot answer for anybody.

create table notify.proof (
    id          uuid primary key,
    number      text not null,
    channel     text not null check (channel in ('sms', 'voice')),
    provider    text not null,
    request     text not null unique,             -- our own id at the provider
    provider_id text not null default '',
    token       bytea unique,                     -- its digest; null: a call, which is answered by a key
    state       text not null check (state in ('handed', 'sent', 'delivered', 'failed', 'proven', 'refused', 'expired')),
    detail      text not null default '',
    asked_at    timestamptz not null,
    expires_at  timestamptz not null,
    at          timestamptz not null
);
create index proof_asked on notify.proof (asked_at);
create index proof_provider on notify.proof (provider, provider_id) where provider_id <> '';
create index proof_open on notify.proof (expires_at) where state in ('handed', 'sent', 'delivered', 'failed');
alter table notify.proof enable row level security;

-- Rows of attention that stand because somebody cannot be reached.
create table notify.reach_row (
    slot    text primary key,
    contact uuid,
    unit    uuid not null
);
alter table notify.reach_row enable row level security;
