-- installation: 扫码安装. A project is what is to be done; a job is one device on its way from its box into service.

create schema installation;

create table installation.project (
  id uuid primary key,
  name text not null,
  unit_id uuid,
  gateway text not null,
  type text not null,
  planned integer not null check (planned > 0),
  created_at timestamptz not null,
  created_by text not null,
  closed_at timestamptz,
  area text not null default '',
  community text not null default '',
  industry text not null default '',
  grid text not null default '',
  unit text not null default '',
  station text not null default '',
  firm text not null default '',
  org text not null default ''
);
create index project_open on installation.project (created_at desc) where closed_at is null;
select access.guard('installation.project');

-- The id is made on the phone: what is sent again is the same job.
create table installation.job (
  id uuid primary key,
  project uuid references installation.project (id),
  account text not null,
  installer text not null,
  code text not null,
  device uuid not null,
  number integer not null,
  unit_id uuid not null,
  lon double precision,
  lat double precision,
  accuracy_m real,
  scanned_at timestamptz not null,
  registered_at timestamptz not null,
  pressed_at timestamptz,
  test uuid,
  test_until timestamptz,
  seen_at timestamptz,
  photo bytea check (length(photo) = 32),
  photo_type text not null default '',
  in_service_at timestamptz,
  changed_at timestamptz not null,
  area text not null default '',
  community text not null default '',
  industry text not null default '',
  grid text not null default '',
  unit text not null default '',
  station text not null default '',
  firm text not null default '',
  org text not null default ''
);
create index job_project on installation.job (project, scanned_at desc);
create index job_account on installation.job (account, scanned_at desc);
create index job_device on installation.job (device);
select access.guard('installation.job');

-- A code on a box is the device's serial number: found at once among 300,000.
create index device_serial on registry.device (upper(serial)) where serial <> '' and not gone;
