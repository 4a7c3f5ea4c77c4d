-- history: every signal kept, one row a signal, in daily partitions of the time we heard it (UTC days).
create schema history;

create table history.signal (
    received_at timestamptz not null,
    at          timestamptz not null,
    device      integer     not null,   -- registry.device.number of the subject
    kind        smallint    not null,   -- vocabulary.signals.SignalKind
    flags       smallint    not null,
    conditions  bigint      not null,
    known       bigint      not null,
    operations  smallint    not null,
    points      integer[],              -- device numbers parallel to values, where the subject is their parent
    metrics     smallint[],             -- vocabulary.metrics numbers
    "values"    double precision[],
    text        text,
    raw         bytea,
    claimed_at  timestamptz             -- what the device said, where that was not plausible
) partition by range (received_at);

-- Nobody but the owner reads signals directly: api.py shows a device's rows after the registry has shown the device.
alter table history.signal enable row level security;

create table history.quarantine (
    id          uuid        primary key,
    at          timestamptz not null,
    gateway     text        not null,
    address     text        not null,
    reason      text        not null,
    signal      bytea       not null,   -- msgpack of the Signal as the bus carried it
    released_at timestamptz
);
create index quarantine_newest on history.quarantine (at desc);
alter table history.quarantine enable row level security;
