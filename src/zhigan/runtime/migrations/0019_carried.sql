-- commands: what another platform (a carrier) carries for us, so that nothing is sent twice.

-- `handed_at`: from this moment on the other platform may have it, whatever became of our call. `outside_id`: its id there.
alter table commands.command add column handed_at timestamptz;
alter table commands.command add column outside_id text;
create index command_outside on commands.command (gateway, outside_id) where outside_id is not null;
create index command_carried on commands.command (gateway, changed_at)
  where outside_id is not null and state in ('sent', 'acknowledged');

-- registry: what a carrier calls a device besides its id. Read and written by the platform only.
create table registry.carried (
    gateway text not null,
    address text not null,
    product text not null,
    name    text not null default '',
    primary key (gateway, address)
);
alter table registry.carried enable row level security;
