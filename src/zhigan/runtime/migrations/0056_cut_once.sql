-- commands: of one breaker one cut at a time is on its way, whoever approves at the same instant.

create unique index command_cut_once on commands.command (device_id)
    where command = 'cut_power' and state in ('pending', 'sent');
