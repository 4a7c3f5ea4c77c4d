-- incidents: photos and files that people hang on an incident. The bytes lie in ZHIGAN_DATA/files under their hash.

create table incidents.file (
  id uuid primary key,
  incident uuid not null,
  at timestamptz not null,
  who text not null,
  account text not null,
  name text not null,
  type text not null,
  size bigint not null check (size > 0),
  sha256 bytea not null check (length(sha256) = 32),
  -- A photo sent twice over a bad line is one photo.
  unique (incident, sha256)
);
create index file_incident on incidents.file (incident, at, id);
alter table incidents.file enable row level security;
create policy follow on incidents.file for select to zhigan_person
  using (exists (select 1 from incidents.incident i where i.id = incident));
grant select on incidents.file to zhigan_person;
