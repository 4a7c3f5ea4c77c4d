-- history: hourly roll-ups, computed after the hour from what is kept; and the marks that say which hours to compute.

-- An hour of a block of devices holds readings that no roll-up has seen. Only appended to on the hot path.
create table history.mark (
    hour      integer     not null,   -- hours since 1970 UTC, of the readings' own time
    block     integer     not null,   -- history.signal.device / 1024 of the rows that hold them
    marked_at timestamptz not null
);
create index mark_block on history.mark (block, hour);
alter table history.mark enable row level security;

create table history.hourly (
    hour   integer          not null,
    source integer          not null,   -- history.signal.device of the rows: the device itself, or its parent
    device integer          not null,   -- whose reading it is
    metric smallint         not null,   -- vocabulary.metrics number
    count  integer          not null,
    low    double precision not null,
    high   double precision not null,
    total  double precision not null,
    last   double precision not null,
    primary key (hour, source, device, metric)
) partition by range (hour);
alter table history.hourly enable row level security;

-- What was stored before roll-ups existed is marked once. One row an hour and block: 8 million signals a second or two.
insert into history.mark (hour, block, marked_at)
select distinct (extract(epoch from s.at) / 3600)::integer, s.device >> 10, timestamptz '1970-01-01 00:00:00+00'
from history.signal s where s.kind = 2 and s.device > 0 and s."values" is not null;
