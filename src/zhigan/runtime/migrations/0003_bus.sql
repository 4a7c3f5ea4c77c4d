-- The event log (gapless ids, hash chain) and the positions of its readers and of the signal bus's readers.
--
-- An id is taken under an advisory lock as the last act before commit, so that order of ids is order of commits and a
-- plain cursor misses nothing. There is no row that every append updates: behind one long snapshot its dead versions
-- would pile up and slow every append. Seals are the chain's landmarks: they show a tail cut off, and stand at the
-- point up to which retention has forgotten.

create schema bus;

create table bus.event (
    id bigint primary key,
    at timestamptz not null,
    received_at timestamptz not null,
    type text not null,
    subject text not null,
    body text not null,
    area text not null default '',
    community text not null default '',
    industry text not null default '',
    grid text not null default '',
    unit text not null default '',
    station text not null default '',
    firm text not null default '',
    org text not null default '',
    prev_hash bytea not null,
    hash bytea not null,
    check (id > 0),
    check (octet_length(prev_hash) = 32 and octet_length(hash) = 32)
);

create index event_received on bus.event using brin (received_at);

create table bus.seal (
    id bigint primary key,
    hash bytea not null,
    sealed_at timestamptz not null,
    forgotten boolean not null default false    -- retention took this event and all before it
);

create table bus.position (
    reader text not null,
    lane smallint not null,
    position bigint not null,
    primary key (reader, lane)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

grant usage on schema bus to zhigan_person;

select access.guard('bus.event');
