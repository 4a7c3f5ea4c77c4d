-- commands: DOWN. What people ask devices to do, with approval, expiry and proof.

create schema commands;

create table commands.command (
  id uuid primary key,
  version integer not null,
  device_id uuid not null,
  gateway text not null,
  address text not null,
  -- The device that holds the connection: what stands before the first "/" of the address.
  root text not null,
  device text not null,
  command text not null,
  arguments jsonb not null,
  state text not null check (state in ('awaiting_approval', 'pending', 'sent', 'acknowledged', 'confirmed', 'failed',
                                       'expired', 'cancelled')),
  detail text not null default '',
  requested_by text not null,
  requested_name text not null,
  requested_at timestamptz not null,
  approved_by text,
  approved_name text,
  approved_at timestamptz,
  expires_at timestamptz not null,
  -- A gateway that took the command and died gives it back when the lease is over.
  leased_until timestamptz,
  changed_at timestamptz not null,
  history jsonb not null,
  area text not null default '',
  community text not null default '',
  industry text not null default '',
  grid text not null default '',
  unit text not null default '',
  station text not null default '',
  firm text not null default '',
  org text not null default '',
  check (approved_by is null or approved_by <> requested_by)
);

create index command_device on commands.command (device_id, requested_at desc, id desc);
create index command_newest on commands.command (requested_at desc, id desc);
create index command_pending on commands.command (gateway, requested_at, id) where state = 'pending';
create index command_unfinished on commands.command (expires_at) where state in ('awaiting_approval', 'pending', 'sent');

select access.guard('commands.command');
