-- desks/health: how many devices were online, a sample a day, summed up by month: the rate of a month that is over.

create table health.month (
    month           date not null,                      -- its first day
    unit            text not null,
    type            text not null,
    area text not null default '', community text not null default '', industry text not null default '',
    grid text not null default '', station text not null default '', firm text not null default '',
    org text not null default '',
    days            integer not null,                   -- days that were sampled
    installed       bigint not null,                    -- sums over them
    online          bigint not null,
    last_day        date not null,
    primary key (month, unit, type)
);
select access.guard('health.month');
