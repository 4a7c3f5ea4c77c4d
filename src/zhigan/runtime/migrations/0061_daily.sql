-- history: daily roll-ups, derived from hourly ones when a day of the city is over; and hourly ones among what may move
-- to the archive.

create table history.daily (
    day    integer          not null,   -- days since 1970 of the city's calendar: midnight to midnight in Shanghai
    source integer          not null,   -- as in history.hourly
    device integer          not null,
    metric smallint         not null,
    count  bigint           not null,
    low    double precision not null,
    high   double precision not null,
    total  double precision not null,
    last   double precision not null,
    primary key (source, device, metric, day)
) partition by range (day);
alter table history.daily enable row level security;

-- A day of a block of devices has hours that no daily roll-up has seen. Set down by whoever computes an hour.
create table history.day_mark (
    day   integer not null,
    block integer not null,
    primary key (day, block)
);
alter table history.day_mark enable row level security;
insert into history.day_mark (day, block) select distinct (h.hour + 8) / 24, h.source >> 10 from history.hourly h;

alter table history.moved drop constraint moved_kind_check;
alter table history.moved add constraint moved_kind_check check (kind in ('readings', 'signals', 'hourly'));
