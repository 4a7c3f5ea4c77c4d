-- desks/health: an index for each bit of troubles: a rare one is found at once, however common the others are.

drop index health.device_troubled;
create index device_low_battery on health.device (number) where troubles & 1 <> 0;
create index device_battery_soon on health.device (number) where troubles & 2 <> 0;
create index device_weak_signal on health.device (number) where troubles & 4 <> 0;
create index device_tamper on health.device (number) where troubles & 8 <> 0;
create index device_fault on health.device (number) where troubles & 16 <> 0;
create index device_past_life on health.device (number) where troubles & 32 <> 0;
create index device_life_soon on health.device (number) where troubles & 64 <> 0;
create index device_untested on health.device (number) where troubles & 128 <> 0;
