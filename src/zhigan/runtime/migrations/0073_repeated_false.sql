-- Devices whose repeated false alarms have become work: what was before does not count again.
create table upkeep.repeated_false (
    device   uuid        primary key references registry.device (id) on delete cascade,
    at       timestamptz not null,
    incident uuid        not null
);
alter table upkeep.repeated_false enable row level security;
