-- desks/health: how often each bit of troubles is set, so that a rare one is asked of its index and not of every device.

create statistics health.device_often_low_battery on (troubles & 1) from health.device;
create statistics health.device_often_battery_soon on (troubles & 2) from health.device;
create statistics health.device_often_weak_signal on (troubles & 4) from health.device;
create statistics health.device_often_tamper on (troubles & 8) from health.device;
create statistics health.device_often_fault on (troubles & 16) from health.device;
create statistics health.device_often_past_life on (troubles & 32) from health.device;
create statistics health.device_often_life_soon on (troubles & 64) from health.device;
create statistics health.device_often_untested on (troubles & 128) from health.device;
